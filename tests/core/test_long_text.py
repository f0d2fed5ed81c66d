"""Texts of any length: cut where a sentence ends, and spoken into one stream."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio import SpeechRequest, Studio
from studio.core.speech.long_text import LongUtterance, cut
from studio.core.speech.utterance import Utterance
from studio.errors import EngineError, TextError

TEXT = "  The boy was there.\n\n* * *\n\nA rod is used to catch salmon. Kick the ball straight.  "

words = st.text(st.sampled_from('ab .,!?\n"é漢'), max_size=120)


@given(words, st.integers(1, 60))
def test_parts_are_short_enough_and_lose_no_word(text: str, longest: int) -> None:
    parts = cut(text, longest)
    assert all(0 < len(part.text) <= longest for part in parts)
    assert all(text[part.start :].startswith(part.text) for part in parts)
    assert all(any(char.isalnum() for char in part.text) for part in parts)
    said = "".join(char for part in parts for char in part.text if char.isalnum())
    assert said == "".join(char for char in text if char.isalnum())


def test_parts_end_with_sentences_where_one_is_in_reach() -> None:
    long = "one, " * 40 + "end. "
    parts = cut("First here. Second one there! " + long + "Last.", 80)
    assert parts[0].text == "First here. Second one there!"
    assert [part.text[-1] for part in parts] == ["!", ",", ",", "."]


@pytest.fixture
def short(studio: Studio) -> Studio:
    """One that takes 40 characters at a time."""
    return Studio(studio.settings.model_copy(update={"max_text_chars": 40}))


def test_a_long_text_is_spoken_in_parts_as_one(short: Studio) -> None:
    with short, short.speak_long("anna", TEXT, SpeechRequest(seed=5)) as utterance:
        with pytest.raises(EngineError, match="not spoken to its end"):
            _ = utterance.stats
        frames = list(utterance)
        parts = [
            short.speak("anna", part.text, SpeechRequest(seed=5)).audio().samples
            for part in cut(TEXT, short.settings.max_text_chars)
        ]
    assert len(parts) > 1
    samples = np.concatenate([frame.samples for frame in frames])
    assert len(samples) > sum(len(part) for part in parts)
    np.testing.assert_array_equal(samples[: len(parts[0]) - 400], parts[0][:-400])
    np.testing.assert_array_equal(samples[-len(parts[-1]) + 400 :], parts[-1][400:])
    assert [frame.index for frame in frames] == list(range(len(frames)))
    reached = [frame.text_end for frame in frames]
    assert reached == sorted(reached)
    assert reached[-1] == len(utterance.text) == len(TEXT.strip())
    stats = utterance.stats
    assert stats.duration_s == pytest.approx(len(samples) / stats.sample_rate)
    assert stats.seed == 5


def test_a_text_that_fits_is_spoken_as_ever(studio: Studio) -> None:
    text = "The boy was there. A rod is used to catch salmon."
    with studio.speak_long("anna", text, SpeechRequest(seed=5)) as utterance:
        samples = np.concatenate([frame.samples for frame in utterance])
    np.testing.assert_array_equal(
        samples, studio.speak("anna", text, SpeechRequest(seed=5)).audio().samples
    )


def test_what_cannot_be_spoken_is_refused_at_once(short: Studio) -> None:
    with short:
        with pytest.raises(TextError, match="nothing to say"):
            short.speak_long("anna", " \n ")
        with pytest.raises(TextError):
            list(short.speak_long("anna", "* * * " * 30))


def test_a_part_that_cannot_be_spoken_is_told_and_the_rest_is_spoken(short: Studio) -> None:
    def speak(text: str, request: SpeechRequest) -> Utterance:
        if "salmon" in text:
            raise TextError("The letters of this text are unknown.")
        return short.speak("anna", text, request)

    with short, LongUtterance(speak, TEXT, SpeechRequest(), 40, "en") as utterance:
        frames = list(utterance)
    assert utterance.stats.duration_s > 0.5
    assert frames[-1].text_end == len(utterance.text)
    (note,) = (note for note in utterance.stats.notes if "could not be spoken" in note)
    assert "unknown" in note
