"""The tone that brings one voice nearer to another."""

from __future__ import annotations

import numpy as np
import pytest

from studio.analysis import speaker, speaker_tone
from studio.analysis.speaker_encoder import MEL_BANDS, band_edges_hz
from studio.analysis.speaker_tone import LIMIT, fit_tone, loudness, tone_at
from studio.errors import ClipRefusedError
from studio.types import SAMPLE_RATE, Audio
from tests.voices import spoken

TEXT = "The boy was there when the sun rose. The source of the huge river is the clear spring."


def through(audio: Audio, tone: np.ndarray) -> Audio:
    """``audio`` with ``tone`` in all its sounds."""
    spectrum = np.fft.rfft(audio.samples)
    hz = np.fft.rfftfreq(len(audio.samples), 1 / SAMPLE_RATE)
    toned = np.fft.irfft(spectrum * np.exp(tone_at(tone, hz) / 2), n=len(audio.samples))
    return Audio(toned.astype(np.float32))


@pytest.fixture(scope="module")
def voices() -> tuple[Audio, Audio]:
    return spoken(TEXT, voice="en-us"), spoken(TEXT, voice="en-us+f2", pitch=60)


def test_the_tone_makes_a_voice_more_like_the_person(voices: tuple[Audio, Audio]) -> None:
    # Words outside the fit, so that it is the voice that came nearer and not the sentence.
    other_words = "Please send me the report before Friday, and walk home with the others."
    voice, person = voices
    wanted = speaker.embed(spoken(other_words, voice="en-us+f2", pitch=60))
    before = spoken(other_words, voice="en-us")
    after = through(before, fit_tone(voice, person))
    gained = [speaker.similarity(speaker.embed(sound), wanted) for sound in (before, after)]
    assert gained[1] > gained[0] + 0.01


def test_a_tone_that_was_taken_away_is_found(voices: tuple[Audio, Audio]) -> None:
    # Darker by up to 8 dB from 1 to 4 kHz: to be itself again, the voice has to become brighter.
    person = voices[0]
    middle = (band_edges_hz()[1:-1] > 1_000) & (band_edges_hz()[1:-1] < 4_000)
    darker = through(person, np.where(middle, -0.8 * LIMIT, 0.0))
    tone = fit_tone(darker, person)
    assert tone.shape == (MEL_BANDS,)
    assert tone[middle].mean() - tone[~middle].mean() > 0.2 * LIMIT


def test_the_tone_keeps_within_its_limit_and_is_found_again(voices: tuple[Audio, Audio]) -> None:
    # The network may have been loaded by an embedding first, which needs no gradients.
    speaker.embed(voices[0])
    tone = fit_tone(*voices)
    assert np.abs(tone).max() <= LIMIT
    assert np.array_equal(tone, fit_tone(*voices))


def test_a_single_word_is_heard_at_every_step(
    voices: tuple[Audio, Audio], monkeypatch: pytest.MonkeyPatch
) -> None:
    word = voices[0].slice(0.2, 0.7)
    tone = fit_tone(word, voices[1])
    monkeypatch.setattr(speaker_tone, "WHOLE_STEPS", speaker_tone.STEPS)
    assert np.array_equal(tone, fit_tone(word, voices[1]))


def test_soft_sounds_are_left_alone() -> None:
    levels = np.array([-80.0, -45.0, -35.0, -20.0])
    assert loudness(levels, top_db=-20.0).tolist() == [0.0, 0.0, 0.5, 1.0]


def test_silence_has_no_tone(voices: tuple[Audio, Audio]) -> None:
    with pytest.raises(ClipRefusedError, match="silent"):
        fit_tone(Audio(np.zeros(SAMPLE_RATE, np.float32)), voices[0])
