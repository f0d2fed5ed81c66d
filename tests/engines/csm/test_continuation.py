"""A voice whose last clip is continued: exactly so, sentence after sentence, kept or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from transformers import CsmForConditionalGeneration

from studio.engines.base import Capability, EngineSetup, context_fingerprint
from studio.engines.csm.engine import CsmEngine
from studio.engines.csm.files.checkpoint import open_checkpoint
from studio.engines.csm.talk.prompt import Rows
from studio.errors import EngineError
from studio.text import prepare
from studio.types import CodecTokens, Segment, SpeechFrame, SpeechOptions
from tests.engines.csm import own

EARLIER, LAST = own.random_codes(9), own.random_codes(6, seed=1)
FIRST, SECOND = "how are you today, my friend?", "it rained, and the cat sat on the mat."
GREEDY = SpeechOptions(temperature=0.0)
END = np.zeros((32, 1), np.int16)


@pytest.fixture(scope="module")
def oracle(csm_folder: Path) -> CsmForConditionalGeneration:
    return CsmForConditionalGeneration.from_pretrained(csm_folder, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def engine(csm_folder: Path) -> Iterator[CsmEngine]:
    """On weights that are not quantised, so in the checkpoint's own float32."""
    setup = EngineSetup(model=str(csm_folder), quantize="none", device="cpu")
    made = CsmEngine(open_checkpoint(setup.model), setup)
    yield made
    made.close()


def clips(engine: CsmEngine, *, continued: bool = True) -> list[Segment]:
    def tokens(codes: own.Codes) -> CodecTokens:
        return CodecTokens(codes, *engine.codec)

    return [
        Segment("one", "the quick brown fox", None, tokens(EARLIER), sha256="1"),
        Segment("two", "over there", None, tokens(LAST), sha256="2", continued=continued),
    ]


def codes_of(frames: list[SpeechFrame]) -> own.Codes:
    return np.stack([frame.tokens for frame in frames if frame.tokens is not None], axis=1)


def said_by(
    oracle: CsmForConditionalGeneration, engine: CsmEngine, rows: list[Rows], sentence: str
) -> own.Codes:
    """What transformers says after ``rows``, at most as long as ``sentence`` may take, without
    the frame that ends it."""
    voices = engine._ready().voices
    most = voices.speak(voices.prepare([]), sentence, GREEDY).most_frames
    codes = own.spoken_by(oracle, most, inputs_embeds=own.embedded(oracle, rows))
    return codes if codes[:, -1].any() else codes[:, :-1]


def test_only_the_first_sentence_goes_on_from_the_clip(
    oracle: CsmForConditionalGeneration, engine: CsmEngine
) -> None:
    """And of the clip itself nothing is heard."""
    context = engine.prepare(clips(engine))
    spoken = codes_of(list(engine.stream(context, prepare(f"{FIRST} {SECOND}", "en"), GREEDY)))

    text = engine._ready().voices.text
    rows: list[Rows] = [text.ids("the quick brown fox", 0), EARLIER, END]
    rows += [text.ids(f"over there {FIRST}", 0), LAST]
    first = said_by(oracle, engine, rows, FIRST)
    rows += [first, END, text.ids(SECOND, 0)]
    second = said_by(oracle, engine, rows, SECOND)
    assert min(first.shape[1], second.shape[1]) > 5
    assert_array_equal(spoken, np.concatenate([first, second], axis=1))
    # Read and to be read: all turns, as they would be if they had been the prompt.
    texts = [turn.text for turn in context.memory.turns]
    assert texts == ["the quick brown fox", f"over there {FIRST}", SECOND]
    assert context.positions == sum(turn.positions for turn in context.memory.turns)


def test_a_kept_voice_is_continued_as_the_one_just_read(engine: CsmEngine, tmp_path: Path) -> None:
    context = engine.prepare(clips(engine))
    engine.save_context(context, tmp_path / "voice.safetensors")
    kept = engine.load_context(tmp_path / "voice.safetensors")
    expected = codes_of(list(engine.stream(context.fork(), prepare(FIRST, "en"), GREEDY)))
    assert_array_equal(codes_of(list(engine.stream(kept, prepare(FIRST, "en"), GREEDY))), expected)


def test_it_is_another_prompt_than_two_segments(engine: CsmEngine) -> None:
    separate, continued = clips(engine, continued=False), clips(engine)
    assert Capability.CONTINUATION in engine.info.capabilities
    assert context_fingerprint(engine.info, separate) != context_fingerprint(engine.info, continued)
    spoken = [
        codes_of(list(engine.stream(engine.prepare(segments), prepare(FIRST, "en"), GREEDY)))
        for segments in (separate, continued)
    ]
    assert not np.array_equal(*spoken)


def test_only_the_last_clip_of_a_voice_can_be_continued(engine: CsmEngine) -> None:
    voice = engine.prepare(clips(engine, continued=False))
    for segments, base in ((clips(engine)[::-1], None), (clips(engine), voice)):
        with pytest.raises(EngineError, match="last clip"):
            engine.prepare(segments, base)
