"""What is still speech and what is not, told from codes and sound alone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from studio.engines.csm.talk.guards import Guard, Judgement
from studio.types import FRAME_SAMPLES

LOUD = np.full(FRAME_SAMPLES, 0.1, np.float32)
QUIET = np.full(FRAME_SAMPLES, 0.001, np.float32)
SPEECH = [(number * 7 % 101, number * 13 % 97) for number in range(400)]

Sound = tuple[int, int]


def judged(frames: Iterable[tuple[Sound, bool]], expected: float = 50) -> tuple[Judgement, int]:
    """The first thing it minds and after how many frames; FINE if it minds nothing."""
    guard = Guard(expected)
    count = 0
    for count, (sound, loud) in enumerate(frames, 1):
        codes = np.array([*sound, *[0] * 30], np.int16)
        judgement = guard.hear(codes, LOUD if loud else QUIET)
        if judgement is not Judgement.FINE:
            return judgement, count
    return Judgement.FINE, count


def spoken(count: int) -> list[tuple[Sound, bool]]:
    return [(sound, True) for sound in SPEECH[:count]]


def silence(count: int) -> list[tuple[Sound, bool]]:
    return [((3, 3), False)] * count


def test_speech_with_pauses_is_fine() -> None:
    assert judged(spoken(60) + silence(14) + spoken(60))[0] is Judgement.FINE
    assert judged(silence(14) + spoken(60))[0] is Judgement.FINE


def test_a_sentence_that_does_not_begin() -> None:
    assert judged(silence(40)) == (Judgement.NOTHING_HEARD, 15)


@pytest.mark.parametrize(
    ("said", "judgement", "after"), [(40, Judgement.OVER, 15), (10, Judgement.SILENT, 30)]
)
def test_silence_is_the_end_only_once_most_was_said(
    said: int, judgement: Judgement, after: int
) -> None:
    assert judged(spoken(said) + silence(60)) == (judgement, said + after)


@pytest.mark.parametrize("period", [1, 2, 3, 4])
def test_a_sound_that_comes_again_and_again(period: int) -> None:
    cycle = [(sound, True) for sound in SPEECH[200 : 200 + period]]
    judgement, count = judged(spoken(30) + cycle * 40)
    assert judgement is Judgement.STUCK
    assert 18 <= count - 30 <= 30


def test_a_long_vowel_is_no_repetition() -> None:
    vowel = [((5, 9), True)] * 12
    assert judged(spoken(30) + vowel + spoken(30))[0] is Judgement.FINE
