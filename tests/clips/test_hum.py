"""Mains hum is told from voices at its own pitch, and what is taken out is the hum alone."""

from __future__ import annotations

import numpy as np
import pytest

from studio.clips.hum import without_hum
from studio.types import SAMPLE_RATE, Audio
from tests.corpus import chords, noise, speech


def monotone(hz: float) -> Audio:
    """A voice that keeps to ``hz`` exactly, as no person can, with pauses between its words."""
    times = np.arange(6 * SAMPLE_RATE) / SAMPLE_RATE
    buzz = sum(np.sin(2 * np.pi * hz * k * times + k * k) / k for k in range(1, 20))
    words = np.clip(4 * np.sin(2 * np.pi * 0.7 * times) + 1, 0, 1)
    return Audio((0.1 * buzz * words).astype(np.float32) + noise(len(times), 1e-4))


def hum(count: int, hz: float, level: float) -> np.ndarray:
    times = np.arange(count) / SAMPLE_RATE
    tones = sum(np.sin(2 * np.pi * hz * k * times + k * k) / k for k in range(1, 9))
    return (level * tones).astype(np.float32)


@pytest.mark.parametrize("hz", [100.0, 120.0, 150.0])
def test_a_voice_at_the_pitch_of_the_mains_is_no_hum(hz: float) -> None:
    voice = monotone(hz)
    assert without_hum(voice) == (voice, None)


def test_sounds_without_hum_are_left_alone() -> None:
    rng = Audio(noise(3 * SAMPLE_RATE, 0.01))
    for clip in (Audio(speech()), Audio(chords()), rng, Audio(np.zeros(0, np.float32))):
        assert without_hum(clip) == (clip, None)


@pytest.mark.parametrize("repeats", [1, 6])  # the longer is read in several sections
def test_only_the_hum_is_taken_out(repeats: int) -> None:
    voice = speech(repeats)
    wave = hum(len(voice), 49.96, 0.01)
    left, found = without_hum(Audio(voice + wave))
    assert found is not None
    assert found.hz == pytest.approx(49.96, abs=0.03)
    wrong = left.samples - voice
    assert np.mean(wrong**2) < 0.01 * np.mean(wave**2)


def test_a_tone_that_is_all_there_is_to_hear_stays() -> None:
    tone = Audio(hum(3 * SAMPLE_RATE, 60.0, 0.1))
    assert without_hum(tone) == (tone, None)
