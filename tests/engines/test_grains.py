"""Speech moved to another pitch and envelope by its own periods."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from studio.engines.parametric.espeak import Espeak
from studio.engines.parametric.grains import resound
from studio.engines.parametric.pitch_marks import marks_of, voiced_stretches
from studio.engines.parametric.vocoder import BINS, FFT_SIZE, HOP_SAMPLES, Features, analyse
from studio.types import SAMPLE_RATE

pytest.importorskip("pyworld")

TEXT = "We walked along the river until the rain began to fall, and she asked him why."
HZ = np.arange(BINS) * SAMPLE_RATE / FFT_SIZE


@cache
def source(voice: str = "en-us") -> tuple[np.ndarray, Features]:
    with Espeak() as espeak:
        samples = espeak.render(TEXT, voice=voice).samples
    return samples, taken_apart(samples)


def taken_apart(samples: np.ndarray) -> Features:
    return analyse(samples, quick=True, f0_floor=50.0, f0_ceil=600.0, aperiodicity=False)


def power_db(sound: np.ndarray, low_hz: float, high_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(sound.astype(np.float64))) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    return float(10 * np.log10(spectrum[(hz >= low_hz) & (hz < high_hz)].sum()))


@pytest.mark.parametrize("voice", ["en-us", "en-us+f2"])
def test_what_is_to_stay_the_same_stays_the_same(voice: str) -> None:
    samples, features = source(voice)
    made = resound(samples, features, features)
    assert len(made) == len(features) * HOP_SAMPLES
    compared = samples[: len(made)]
    error = made[: len(compared)] - compared
    assert 10 * np.log10((error**2).sum() / (compared**2).sum()) < -30


@pytest.mark.parametrize("factor", [0.6, 0.8, 1.3, 1.7])
def test_the_pitch_is_the_one_that_is_wanted(factor: float) -> None:
    samples, features = source()
    wanted = replace(features, f0_hz=features.f0_hz * factor)
    made = resound(samples, features, wanted)
    found = taken_apart(made).f0_hz[: len(features)]
    both = (found > 0) & (wanted.f0_hz > 0)
    assert both.sum() > 0.85 * (wanted.f0_hz > 0).sum()
    away = np.abs(np.log2(found[both] / wanted.f0_hz[both])) * 12
    assert np.median(away) < 0.1
    assert np.percentile(away, 90) < 0.6
    assert power_db(made, 0, 12_000) == pytest.approx(power_db(samples, 0, 12_000), abs=1.5)


def test_the_envelope_is_the_one_that_is_wanted() -> None:
    samples, features = source()
    tilt = 10 ** (np.where(HZ > 2_000, -12.0, 3.0) / 10)
    made = resound(samples, features, replace(features, envelope=features.envelope * tilt))
    for low_hz, high_hz, change_db in ((100, 1_800, 3.0), (2_300, 8_000, -12.0)):
        change = power_db(made, low_hz, high_hz) - power_db(samples, low_hz, high_hz)
        assert change == pytest.approx(change_db, abs=1.0)


def test_noise_that_is_wanted_is_added_and_keeps_the_power() -> None:
    samples, features = source()
    voiced = features.f0_hz[:, None] > 0
    noisy = np.where(voiced, np.maximum(features.aperiodicity, 0.9), features.aperiodicity)
    made = resound(samples, features, replace(features, aperiodicity=noisy))
    assert power_db(made, 0, 12_000) == pytest.approx(power_db(samples, 0, 12_000), abs=2.0)
    start, end = max(voiced_stretches(features.f0_hz), key=lambda ends: ends[1] - ends[0])
    period = round(SAMPLE_RATE / float(np.median(features.f0_hz[start:end])))
    assert likeness_after(made, start, end, period) < likeness_after(samples, start, end, period)


def likeness_after(sound: np.ndarray, start: int, end: int, period: int) -> float:
    """How alike a stretch is to itself, the best of about a period later."""
    part = sound[start * HOP_SAMPLES : end * HOP_SAMPLES].astype(np.float64)
    return max(
        float(np.corrcoef(part[:-lag], part[lag:])[0, 1]) for lag in range(period - 9, period + 10)
    )


def test_a_whisper_has_no_period_left() -> None:
    samples, features = source()
    whisper = Features(
        np.zeros_like(features.f0_hz), features.envelope, np.ones_like(features.aperiodicity)
    )
    found = taken_apart(resound(samples, features, whisper)).f0_hz
    assert (found > 0).mean() < 0.25 * (features.f0_hz > 0).mean()


def test_a_whisper_has_the_envelope_that_is_wanted_and_no_rumble() -> None:
    samples, features = source()
    flat = Features(
        np.zeros_like(features.f0_hz),
        np.full_like(features.envelope, 1e-4),
        np.ones_like(features.aperiodicity),
    )
    made = resound(samples, features, flat)
    a_hz = {
        (low, high): power_db(made, low, high) - 10 * np.log10(high - low)
        for low, high in ((10, 60), (400, 1_000), (1_000, 3_000), (3_000, 11_000))
    }
    rumble, *heard = a_hz.values()
    assert max(heard) - min(heard) < 1.0
    assert rumble < min(heard) - 10


def test_silence_and_nothing_come_out_as_they_are() -> None:
    silent = np.zeros(SAMPLE_RATE // 4, np.float32)
    features = taken_apart(silent)
    assert not resound(silent, features, features).any()
    nothing = Features(np.zeros(0), np.zeros((0, BINS)), np.zeros((0, BINS)))
    assert len(resound(silent[:0], nothing, nothing)) == 0


def test_there_is_one_mark_in_each_period() -> None:
    samples, features = source("en-us+f2")
    for start, end in voiced_stretches(features.f0_hz):
        marks = marks_of(samples.astype(np.float64), features.f0_hz, start, end)
        if len(marks) < 3:
            continue
        rows = np.clip((marks[1:] / HOP_SAMPLES).astype(int), start, end - 1)
        periods = np.diff(marks) * features.f0_hz[rows] / SAMPLE_RATE
        assert np.median(periods) == pytest.approx(1.0, abs=0.05)
        assert periods.min() > 0.6
        assert periods.max() < 1.7
