"""Pitch, pace and tilt: of sounds made to be known, and of recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.analysis.pace import count_syllables
from studio.analysis.prosody import characteristics, pitch_curve
from studio.types import Audio, Span

RATE = 24_000


def glide(f0_hz: NDArray[np.float64], harmonics: int = 25, slope: float = 1.0) -> Audio:
    """A buzz whose pitch follows ``f0_hz`` [samples]; overtone k has 1 / k**slope."""
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE
    sound = np.zeros(len(f0_hz))
    for k in range(1, harmonics + 1):
        sound += np.where(k * f0_hz < 9_000, np.sin(k * phase + k) / k**slope, 0.0)
    return Audio((0.3 * sound / np.abs(sound).max()).astype(np.float32))


def steady(hz: float, seconds: float = 1.0, **shape: float) -> Audio:
    return glide(np.full(round(seconds * RATE), hz), **shape)  # type: ignore[arg-type]


def whole(audio: Audio) -> list[Span]:
    return [Span(0.0, audio.duration_s)]


def read(path: Path) -> Audio:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return Audio(np.ascontiguousarray(samples.mean(axis=1)), rate)


@pytest.mark.parametrize("hz", [65.0, 80.0, 110.0, 155.0, 220.0, 330.0, 470.0])
def test_pitch_of_a_steady_buzz_is_right(hz: float) -> None:
    curve = pitch_curve(steady(hz))
    inner = curve.f0_hz[3:-3]
    np.testing.assert_allclose(inner, hz, rtol=0.01)


@pytest.mark.parametrize("missing", ["fundamental", "even overtones", "weak fundamental"])
def test_octave_is_right_when_the_spectrum_misleads(missing: str) -> None:
    times = np.arange(RATE) / RATE
    parts = {
        "fundamental": range(2, 15),
        "even overtones": range(1, 15, 2),
        "weak fundamental": range(1, 15),
    }[missing]
    weights = {1: 0.02} if missing == "weak fundamental" else {}
    sound = sum(weights.get(k, 1 / k) * np.sin(2 * np.pi * 130 * k * times + k * k) for k in parts)
    curve = pitch_curve(Audio((0.1 * np.asarray(sound)).astype(np.float32)))
    np.testing.assert_allclose(curve.f0_hz[3:-3], 130, rtol=0.01)


def test_pitch_follows_a_glide() -> None:
    f0_hz = np.geomspace(110, 260, 2 * RATE)
    curve = pitch_curve(glide(f0_hz))
    inner = slice(4, -4)
    expected = f0_hz[np.rint(curve.times_s[inner] * RATE).astype(int)]
    np.testing.assert_allclose(curve.f0_hz[inner], expected, rtol=0.02)


def test_silence_noise_and_whispering_have_no_pitch() -> None:
    noise = np.random.default_rng(5).standard_normal(2 * RATE).astype(np.float32)
    dull = np.convolve(noise, np.ones(24, dtype=np.float32) / 24, "same")
    for samples in (np.zeros(RATE, dtype=np.float32), 0.1 * noise, 0.5 * dull):
        curve = pitch_curve(Audio(samples.astype(np.float32)))
        assert np.isfinite(curve.f0_hz).mean() < 0.03


def test_pitch_is_found_between_silences_and_over_rumble() -> None:
    times = np.arange(3 * RATE) / RATE
    rumble = 0.2 * np.sin(2 * np.pi * 23 * times).astype(np.float32)
    rumble[RATE : 2 * RATE] += steady(180).samples
    curve = pitch_curve(Audio(rumble))
    voiced = np.isfinite(curve.f0_hz)
    inside = (curve.times_s > 1.05) & (curve.times_s < 1.95)
    outside = (curve.times_s < 0.95) | (curve.times_s > 2.05)
    assert voiced[inside].all()
    assert voiced[outside].mean() < 0.05
    np.testing.assert_allclose(curve.f0_hz[inside], 180, rtol=0.02)


@pytest.mark.parametrize("gain", [1e-4, 1.0])
def test_level_does_not_matter(gain: float) -> None:
    clip = steady(140)
    curve = pitch_curve(Audio(clip.samples * np.float32(gain)))
    np.testing.assert_allclose(curve.f0_hz[3:-3], 140, rtol=0.01)


def test_a_click_does_not_silence_the_rest() -> None:
    clip = Audio(0.02 * steady(140, 2.0).samples)
    clip.samples[5_000] = 1.0
    curve = pitch_curve(clip)
    assert np.isfinite(curve.f0_hz).mean() > 0.8


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(0, 5_000),
    seed=st.integers(0, 99),
    rate=st.sampled_from([8_000, 16_000, 24_000, 48_000]),
    scale=st.sampled_from([0.0, 1e-9, 0.1, 1.0]),
)
def test_any_sound_has_a_curve_in_range(count: int, seed: int, rate: int, scale: float) -> None:
    noise = np.random.default_rng(seed).standard_normal(count)
    clip = Audio((scale * noise).astype(np.float32), rate)
    curve = pitch_curve(clip)
    assert len(curve.times_s) == len(curve.f0_hz)
    assert (len(curve.times_s) > 0) == (count > 0)
    voiced = curve.f0_hz[np.isfinite(curve.f0_hz)]
    assert ((voiced > 50) & (voiced < 700)).all()
    traits = characteristics(clip, whole(clip))
    assert traits.f0_median_hz is None or 50 < traits.f0_median_hz < 700


def test_hop_sets_the_times() -> None:
    clip = steady(200, 0.5)
    np.testing.assert_allclose(pitch_curve(clip, hop_s=0.01).times_s, np.arange(51) * 0.01)


def test_traits_leave_out_what_is_not_speech() -> None:
    samples = np.concatenate([steady(400).samples, steady(120, 2.0).samples])
    traits = characteristics(Audio(samples), [Span(1.1, 3.0)])
    assert traits.f0_median_hz == pytest.approx(120, rel=0.02)
    assert traits.f0_low_hz == pytest.approx(120, rel=0.03)
    assert traits.f0_high_hz == pytest.approx(120, rel=0.03)


def test_traits_of_nothing_are_none() -> None:
    traits = characteristics(Audio(np.zeros(RATE, dtype=np.float32)), [])
    assert set(vars(traits).values()) == {None}


@pytest.mark.parametrize("slope_db", [0.0, -3.0, -6.0, -9.0])
def test_tilt_of_noise_with_a_known_slope(slope_db: float) -> None:
    count = 4 * RATE
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(count))
    octaves = np.log2(np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20.0) / 1_000)
    sound = np.fft.irfft(spectrum * 10 ** (slope_db * octaves / 20))
    clip = Audio((0.1 * sound / np.abs(sound).max()).astype(np.float32))
    tilt = characteristics(clip, whole(clip)).spectral_tilt_db_per_octave
    assert tilt == pytest.approx(slope_db, abs=0.3)


@pytest.mark.parametrize(
    ("text", "syllables"),
    [
        ("And so, my fellow Americans", 9),
        ("He made a table", 5),
        ("asked", 1),
        ("wanted wishes", 4),
        ("L'été à Paris", 5),
        ("甚至出现交易", 6),
        ("Привет, мир", 3),
        ("", None),
        ("...", None),
        ("room 101", None),
    ],
)
def test_syllables_are_counted_in_words(text: str, syllables: int | None) -> None:
    assert count_syllables(text) == syllables


def syllables_of_sound(per_s: float, seconds: float = 6.0) -> Audio:
    """A buzz that swells ``per_s`` times a second."""
    times = np.arange(round(seconds * RATE)) / RATE
    swell = 0.03 + 0.97 * np.sin(np.pi * per_s * times) ** 4
    return Audio((steady(120, seconds).samples * swell).astype(np.float32))


def test_pace_is_heard_when_there_are_no_words() -> None:
    slow, quick = (
        characteristics(clip, whole(clip)).pace_syllables_per_s
        for clip in (syllables_of_sound(2.5), syllables_of_sound(4.5))
    )
    assert slow is not None
    assert quick is not None
    assert quick / slow == pytest.approx(4.5 / 2.5, rel=0.1)


def test_pace_is_counted_in_the_words_unless_they_cannot_be_those_of_the_clip() -> None:
    clip = syllables_of_sound(3.0)
    words = "one and two and three and four " * 3
    assert characteristics(clip, whole(clip), words).pace_syllables_per_s == pytest.approx(3.5)
    alone = characteristics(clip, whole(clip)).pace_syllables_per_s
    for wrong in ("yes", words * 20):
        assert characteristics(clip, whole(clip), wrong).pace_syllables_per_s == alone


@pytest.mark.speech
@pytest.mark.parametrize(
    ("file", "low", "high"),
    [
        ("vctk_p287_003_clean.wav", 90, 110),
        ("vctk_p287_003_noisy.wav", 90, 110),
        ("ls_5703-47212-0000.ogg", 70, 85),
        ("cml_es_3503_2162_000104.wav", 92, 108),
        ("cml_fr_1591_1028_000096.wav", 220, 245),
        ("ls_1998-15444-0004.flac", 185, 215),
        ("ls_1688-142285-0006.flac", 160, 195),
        ("fsdd_jackson_8k.wav", 97, 112),
    ],
)
def test_median_pitch_of_a_person(speech_dir: Path, file: str, low: float, high: float) -> None:
    clip = read(speech_dir / file)
    median = characteristics(clip, whole(clip)).f0_median_hz
    assert median is not None
    assert low < median < high


@pytest.mark.speech
@pytest.mark.filterwarnings("ignore:pkg_resources:UserWarning")
@pytest.mark.parametrize("file", ["ls_1688-142285-0006.flac", "vctk_p287_003_clean.wav"])
def test_pitch_agrees_with_harvest(speech_dir: Path, file: str) -> None:
    import pyworld

    clip = read(speech_dir / file)
    ours = pitch_curve(clip, hop_s=0.01).f0_hz
    theirs, _ = pyworld.harvest(
        clip.samples.astype(np.float64), clip.sample_rate, 60, 600, frame_period=10.0
    )
    count = min(len(ours), len(theirs))
    both = np.isfinite(ours[:count]) & (theirs[:count] > 0)
    apart = np.abs(np.log2(ours[:count][both] / theirs[:count][both]))
    assert both.mean() > 0.3
    assert np.mean(apart > np.log2(1.2)) < 0.05


def whispered(audio: Audio) -> Audio:
    """``audio`` with noise in place of the voice's buzz, under the same formants."""
    import pyworld

    samples = audio.samples.astype(np.float64)
    f0, times = pyworld.harvest(samples, audio.sample_rate)
    envelope = pyworld.cheaptrick(samples, f0, times, audio.sample_rate)
    breath = np.ones_like(envelope)
    made = pyworld.synthesize(np.zeros_like(f0), envelope, breath, audio.sample_rate)
    return Audio(made[: len(samples)].astype(np.float32), audio.sample_rate)


@pytest.mark.speech
@pytest.mark.filterwarnings("ignore:pkg_resources:UserWarning")
def test_a_whisper_has_no_pitch(speech_dir: Path) -> None:
    whisper = read(speech_dir / "thorsten_whisper.wav")
    made = [
        whispered(read(speech_dir / file))
        for file in ("ls_1688-142285-0006.flac", "cml_es_3503_2162_000104.wav", "lj_LJ001-0004.wav")
    ]
    for clip in (whisper, *made):
        traits = characteristics(clip, whole(clip))
        assert (traits.f0_median_hz, traits.f0_low_hz, traits.f0_high_hz) == (None, None, None)
        assert traits.pace_syllables_per_s is not None
        assert traits.pace_syllables_per_s > 2


@pytest.mark.speech
def test_whispering_between_leaves_the_pitch_of_what_is_said_aloud(speech_dir: Path) -> None:
    """One person's clips, one after the other, as a voice is measured."""
    aloud, whisper = (read(speech_dir / f"thorsten_{how}.wav") for how in ("neutral", "whisper"))
    both = Audio(
        np.concatenate([aloud.samples, *[whisper.samples] * 3]), sample_rate=aloud.sample_rate
    )
    alone = characteristics(aloud, whole(aloud)).f0_median_hz
    assert characteristics(both, whole(both)).f0_median_hz == pytest.approx(alone, rel=0.05)


@pytest.mark.speech
def test_heard_pace_is_near_the_counted_one(speech_dir: Path) -> None:
    words = (
        "i don't think mister hale you have done quite right in introducing such a person to us "
        "without telling us what he had been"
    )
    clip = read(speech_dir / "ls_1688-142285-0006.flac")
    counted = characteristics(clip, whole(clip), words).pace_syllables_per_s
    heard = characteristics(clip, whole(clip)).pace_syllables_per_s
    assert counted is not None
    assert heard == pytest.approx(counted, rel=0.2)
