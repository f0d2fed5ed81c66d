"""CSM on a card that is lent says what it says elsewhere, in a process that knows only codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from studio.engines.base import EngineSetup
from studio.engines.csm.engine import CsmEngine
from studio.engines.csm.files.checkpoint import open_checkpoint
from studio.engines.csm.lent import MOST_S
from studio.engines.csm.talk.context import CsmContext
from studio.engines.lending import lend_through
from studio.errors import ContextMismatchError, TextError
from studio.text import prepare
from studio.types import CodecTokens, Segment, SpeechFrame, SpeechOptions
from tests.engines.csm import own
from tests.engines.forking import Lender

TURNS = ("We met there. It was late.", "Go on!")
GREEDY = SpeechOptions(temperature=0.0)
SAMPLED = SpeechOptions(seed=7)
FRAME_BYTES = 8_500
"""What a frame of sound takes on its way: 7,680 bytes, and its codes."""
POSITION_BYTES = 70
"""What a position takes: 64 bytes for the codes of a frame. Keys and values take kilobytes."""

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


@pytest.fixture(scope="module")
def one_lender() -> Lender:
    return Lender()


@pytest.fixture
def lender(one_lender: Lender) -> Iterator[Lender]:
    """As new for each test."""
    yield one_lender
    one_lender.end()
    one_lender.forget()


@pytest.fixture(scope="module")
def usual(csm_folder: Path) -> CsmEngine:
    return made_with(EngineSetup(model=str(csm_folder), quantize="none", device="cpu"))


@pytest.fixture(scope="module")
def one_lent(csm_folder: Path, one_lender: Lender) -> CsmEngine:
    lend = lend_through(one_lender)
    return made_with(EngineSetup(str(csm_folder), quantize="none", device="cpu", lend=lend))


@pytest.fixture
def lent(one_lent: CsmEngine, lender: Lender) -> CsmEngine:
    return one_lent


def made_with(setup: EngineSetup) -> CsmEngine:
    return CsmEngine(open_checkpoint(setup.model), setup)


def clips(engine: CsmEngine, *, frames: int = 6, continued: bool = False) -> list[Segment]:
    def tokens(codes: own.Codes) -> CodecTokens:
        return CodecTokens(codes, *engine.codec)

    first, last = own.random_codes(9), own.random_codes(frames, seed=1)
    return [
        Segment("one", "the quick brown fox", None, tokens(first), sha256="1"),
        Segment("two", "over there", None, tokens(last), sha256="2", continued=continued),
    ]


def assert_same(ours: list[SpeechFrame], theirs: list[SpeechFrame]) -> None:
    assert len(ours) == len(theirs) > 1
    for one, other in zip(ours, theirs, strict=True):
        assert (one.index, one.text_end, one.note) == (other.index, other.text_end, other.note)
        assert_array_equal(one.tokens, other.tokens)
        np.testing.assert_allclose(one.samples, other.samples, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "continued", "lost"),
    [(GREEDY, False, True), (SAMPLED, True, False)],
    ids=["greedy, the process lost", "sampled, continuation, the process kept"],
)
def test_a_voice_and_two_turns_are_the_same(
    usual: CsmEngine,
    lent: CsmEngine,
    lender: Lender,
    options: SpeechOptions,
    continued: bool,
    lost: bool,
) -> None:
    """The second turn goes on from the first, also where all that was made for that is lost."""
    context = usual.prepare(clips(usual, continued=continued))
    elsewhere = lent.prepare(clips(lent, continued=continued))
    assert lender.started == 0, "a voice takes nothing of what a visitor may use the card for"
    for text in TURNS:
        assert elsewhere.positions == context.positions
        assert elsewhere.voice_positions == context.voice_positions
        theirs = list(usual.stream(context, prepare(text, "en"), options))
        assert_same(list(lent.stream(elsewhere, prepare(text, "en"), options)), theirs)
        if lost:
            lender.end()
    assert elsewhere.positions == context.positions
    assert lender.started == (2 if lost else 1)
    assert max(lender.sizes) < FRAME_BYTES + POSITION_BYTES * elsewhere.positions
    assert elsewhere.nbytes == 0


def test_without_a_voice(usual: CsmEngine, lent: CsmEngine) -> None:
    theirs = list(usual.stream(usual.without_voice(), prepare(TURNS[0], "en"), SAMPLED))
    assert_same(list(lent.stream(lent.without_voice(), prepare(TURNS[0], "en"), SAMPLED)), theirs)


def test_a_cancelled_reply_ends_there_and_leaves_the_conversation_as_it_was(
    lent: CsmEngine, lender: Lender
) -> None:
    context = lent.prepare(clips(lent))
    before = context.memory
    whole = len(list(lent.stream(context.fork(), prepare(TURNS[0], "en"), GREEDY)))
    lender.forget()
    with closing(lent.stream(context, prepare(TURNS[0], "en"), GREEDY)) as frames:  # type: ignore[type-var]
        next(frames)
    assert len(lender.sizes) < whole / 2
    assert context.memory is before
    assert list(lent.stream(context, prepare(TURNS[1], "en"), SAMPLED))
    assert lender.started == 0, "it was not ended by force"


def test_an_error_is_the_sentence_that_it_is_elsewhere(usual: CsmEngine, lent: CsmEngine) -> None:
    def failure(engine: CsmEngine) -> tuple[CsmContext, str]:
        context = engine.prepare(clips(engine, frames=980))
        with pytest.raises(TextError) as caught:
            list(engine.stream(context, prepare("7" * 200, "en"), SAMPLED))
        return context, str(caught.value)

    (_, theirs), (context, ours) = failure(usual), failure(lent)
    assert ours == theirs
    assert list(lent.stream(context, prepare("Hello.", "en"), SAMPLED))


def test_a_longer_text_asks_for_the_card_for_longer(lent: CsmEngine, lender: Lender) -> None:
    context = lent.without_voice()
    for text in (TURNS[1], TURNS[0], "over there, " * 200):
        with closing(lent.stream(context.fork(), prepare(text, "en"), GREEDY)) as frames:  # type: ignore[type-var]
            next(frames)
    short, longer, longest = lender.seconds
    assert short < longer < longest == MOST_S


def test_a_kept_voice_is_unread_and_serves_no_other_way_to_run(
    usual: CsmEngine, lent: CsmEngine, tmp_path: Path
) -> None:
    context = lent.prepare(clips(lent))
    kept = tmp_path / "voice.safetensors"
    lent.save_context(context, kept)
    assert kept.stat().st_size < FRAME_BYTES + 2 * POSITION_BYTES * context.positions
    theirs = list(lent.stream(context, prepare(TURNS[1], "en"), SAMPLED))
    assert_same(
        list(lent.stream(lent.load_context(kept), prepare(TURNS[1], "en"), SAMPLED)), theirs
    )
    with pytest.raises(ContextMismatchError):
        usual.load_context(kept)


def test_it_speaks_on_after_its_weights_were_let_go_of(lent: CsmEngine) -> None:
    context = lent.prepare(clips(lent))
    theirs = list(lent.stream(context.fork(), prepare(TURNS[1], "en"), SAMPLED))
    lent.close()
    assert_same(list(lent.stream(context.fork(), prepare(TURNS[1], "en"), SAMPLED)), theirs)


def test_it_says_that_the_device_is_lent(lent: CsmEngine) -> None:
    assert lent.info.device == "cpu, lent for each reply"
