"""Positions are counted as they are; the voice stays and the oldest turns go."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from studio.engines.csm.talk.budget import LOW_WATER, kept_turns, most_frames, room_for_reply
from studio.engines.csm.talk.generating import VoiceModel
from studio.engines.csm.talk.prompt import PromptTurn
from studio.errors import EngineError, TextError
from tests.engines.csm import own
from tests.engines.csm.tiny import make_checkpoint

POSITIONS = 256


def turn(positions: int) -> PromptTurn:
    return PromptTurn(0, "", np.zeros(positions, np.int64), None)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> VoiceModel:
    """A model with few positions."""
    folder = tmp_path_factory.mktemp("csm") / "small"
    return own.from_checkpoint(make_checkpoint(folder, max_positions=POSITIONS))


def test_the_longest_reply_grows_with_words_and_digits(voices: VoiceModel) -> None:
    def longest(text: str) -> int:
        return most_frames(text, voices.text.ids(text, 0))

    assert longest("Hello.") < 100
    assert longest("Hello, how are you today?") > longest("Hello.")
    # "four hundred and eighty-seven" takes about two seconds.
    assert longest("Room 487.") - longest("Room.") > 25


def test_room() -> None:
    assert room_for_reply(2048, 171, 20) == 2048 - 171 - 20 - 1
    assert room_for_reply(100, 99, 20) == 0


def test_nothing_is_dropped_where_all_fits() -> None:
    turns = [turn(50), turn(20), turn(30)]
    assert kept_turns(turns, 1, 100, 200) == turns


def test_whole_old_turns_go_down_to_the_low_water_mark() -> None:
    voice, *talk = [turn(40), *(turn(20) for _ in range(7))]
    kept = kept_turns([voice, *talk], 1, 30, 200)
    assert kept[0] is voice
    assert kept[1:] == talk[-len(kept[1:]) :]
    assert sum(t.positions for t in kept) + 30 <= LOW_WATER * 200
    assert sum(t.positions for t in kept) + 30 + 20 > LOW_WATER * 200


def test_a_text_that_does_not_even_fit_after_the_voice() -> None:
    with pytest.raises(TextError, match=r"too long.*shorter parts"):
        kept_turns([turn(40), turn(20)], 1, 161, 200)
    assert len(kept_turns([turn(40), turn(20)], 1, 160, 200)) == 1


def test_a_voice_that_leaves_no_room(small: VoiceModel) -> None:
    with pytest.raises(EngineError, match=r"shorter or fewer clips"):
        small.prepare([own.segment("the fox", own.random_codes(POSITIONS // 2))])


def test_a_text_that_is_too_long(small: VoiceModel) -> None:
    memory = small.prepare([own.segment("the fox", own.random_codes(20))])
    with pytest.raises(TextError, match="too long"):
        small.speak(memory, "how are you today? " * 20, own.GREEDY)


@pytest.mark.parametrize("continued", [False, True])
def test_a_conversation_that_goes_on_for_ever(small: VoiceModel, continued: bool) -> None:
    """What is left of it is read exactly as if it had been all there ever was."""
    clip = own.segment("the quick brown fox", own.random_codes(30))
    memory = small.prepare([clip], continued=continued)
    lengths = []
    for index in range(12):
        reply = small.speak(memory, f"turn {index}", own.GREEDY, most=15)
        spoken = np.stack(list(reply), axis=1)
        before, memory = memory, reply.memory
        assert memory.positions <= POSITIONS
        assert memory.positions == sum(t.positions for t in memory.turns)
        assert memory.pinned == 1
        assert memory.turns[0].text.startswith("the quick brown fox")
        assert memory.turns[-1].text.endswith(f"turn {index}")
        lengths.append(len(memory.turns))
        if len(memory.turns) <= len(before.turns) and index:  # some were forgotten
            kept = [own.segment(t.text, t.codes) for t in memory.turns[:-1] if t.codes is not None]
            anew = small.prepare(kept[1:], small.prepare(kept[:1]))
            assert_array_equal(own.greedy(small, anew, f"turn {index}", 15), spoken)
    assert min(lengths[4:]) < max(lengths)  # it was forgotten more than at every turn
    assert lengths[-1] > 1
