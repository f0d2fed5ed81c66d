"""Loudness and true peak against pyloudnorm, the standard's own tones and brute force."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.audio.loudness import apply_gain, constant_gain_db, integrated_lufs, true_peak_dbtp
from studio.types import Audio
from tests.corpus import as_audio, noise, speech


def tone(frequency: float, level_db: float, seconds: float = 3.0, phase: float = 0.0) -> Audio:
    t = np.arange(round(seconds * 24_000)) / 24_000
    return as_audio(10 ** (level_db / 20) * np.sin(2 * np.pi * frequency * t + phase))


def brute_force_peak_db(audio: Audio) -> float:
    spectrum = np.fft.rfft(audio.samples.astype(np.float64))
    between = np.fft.irfft(spectrum, len(audio.samples) * 64) * 64
    return float(20 * np.log10(np.abs(between).max()))


def test_loudness_of_the_reference_tone() -> None:
    assert integrated_lufs(tone(997, -20)) == pytest.approx(-23.01, abs=0.1)


def test_loudness_is_that_of_pyloudnorm() -> None:
    voice = as_audio(speech())
    assert integrated_lufs(voice) == pyloudnorm.Meter(24_000).integrated_loudness(voice.samples)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0),
        np.zeros(48_000),
        np.full(9_000, 0.5),
        np.full(48_000, np.nan),
        np.full(48_000, np.inf),
        noise(48_000, 1e-6),
    ],
    ids=["empty", "silence", "short", "not a number", "infinite", "below the gate"],
)
def test_what_has_no_loudness(samples: np.ndarray) -> None:
    assert integrated_lufs(as_audio(samples)) is None


def test_true_peak_between_samples() -> None:
    # A quarter of the rate at 45 degrees: every sample is 3 dB below the wave's own peak.
    assert true_peak_dbtp(tone(6_000, -6, phase=np.pi / 4)) == pytest.approx(-6, abs=0.1)


def test_silence_has_no_peak() -> None:
    assert true_peak_dbtp(as_audio(np.zeros(100))) is None
    assert true_peak_dbtp(as_audio(np.zeros(0))) is None


@given(
    seed=st.integers(0, 10_000),
    seconds=st.floats(0.01, 1),
    colour=st.sampled_from(["white", "soft", "sparse"]),
)
@settings(max_examples=15, deadline=None)
def test_true_peak_equals_brute_force(seed: int, seconds: float, colour: str) -> None:
    samples = noise(round(seconds * 24_000), 0.1, seed)
    if colour == "soft":
        samples = np.convolve(samples, np.hanning(9), mode="same").astype(np.float32)
    if colour == "sparse":
        samples *= np.random.default_rng(seed).random(len(samples)) > 0.99
        samples[len(samples) // 2] = 0.3
    # Silence around it, so that the brute force does not wrap around either.
    audio = as_audio(np.pad(samples, 2_000))
    assert true_peak_dbtp(audio) == pytest.approx(brute_force_peak_db(audio), abs=0.1)


@given(level_db=st.floats(-80, 20), target=st.floats(-36, -10), ceiling=st.floats(-9, 0))
@settings(max_examples=12, deadline=None)
def test_one_gain_reaches_the_target_or_the_ceiling(
    level_db: float, target: float, ceiling: float
) -> None:
    audio = apply_gain(as_audio(speech()), level_db)
    louder = apply_gain(audio, constant_gain_db(audio, target, ceiling))
    lufs, peak = integrated_lufs(louder), true_peak_dbtp(louder)
    assert lufs is not None
    assert peak is not None
    assert peak <= ceiling
    assert lufs == pytest.approx(target, abs=0.5) or peak == pytest.approx(ceiling, abs=0.1)
    assert lufs <= target + 0.5


def test_a_sound_without_loudness_is_only_ever_turned_down() -> None:
    click = as_audio(np.full(100, 0.5))
    assert constant_gain_db(click, -20, -1) == 0
    assert apply_gain(click, constant_gain_db(click, -20, -9)).samples.max() < 10 ** (-9 / 20)
    assert constant_gain_db(as_audio(np.zeros(0)), -20, -1) == 0
