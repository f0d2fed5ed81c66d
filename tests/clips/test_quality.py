"""Noise, clipping and bandwidth, against sounds in which they are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from studio.audio.levels import measure_levels
from studio.clips.activity import energy_speech_spans
from studio.clips.decoding.decode import DecodeLimits, decode_clip
from studio.clips.decoding.mixdown import Mixdown
from studio.clips.quality import bandwidth_hz, noise_floor_db, piled_up_ratio, snr_db
from studio.types import Span
from tests.corpus import RATE, Samples, as_audio, coded_file, noise, speech


def spans_of(samples: Samples) -> list[Span]:
    return energy_speech_spans(as_audio(samples))


@pytest.mark.parametrize("wanted_db", [10.0, 20.0, 30.0, 40.0])
def test_snr_is_the_one_that_was_mixed(wanted_db: float) -> None:
    clean = speech()
    spans = spans_of(clean)
    [first, *_] = spans
    inside = np.concatenate([as_audio(clean).slice(s.start_s, s.end_s).samples for s in spans])
    level = float(np.sqrt(np.mean(np.square(inside)))) * 10 ** (-wanted_db / 20)
    levels = measure_levels(as_audio(clean + noise(len(clean), level, seed=5)))
    measured = snr_db(levels, spans)
    assert first.start_s > 0.4
    assert measured == pytest.approx(wanted_db, abs=2.0)
    assert noise_floor_db(levels, spans) == pytest.approx(20 * np.log10(level), abs=1.5)


def test_snr_needs_something_to_compare() -> None:
    silent = measure_levels(as_audio(np.zeros(RATE)))
    assert snr_db(silent, []) is None
    assert snr_db(silent, [Span(0.2, 0.8)]) is None


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
@pytest.mark.parametrize("level", [1.0, 0.2])
def test_flat_tops_are_counted_also_after_turning_down(rate: int, level: float) -> None:
    voice = soxr.resample(speech(), RATE, rate)
    peak = np.abs(voice).max()
    for limit, least, most in ((1.01, 0.0, 2e-4), (0.5, 5e-4, 0.05), (0.1, 0.05, 0.5)):
        clipped = np.clip(voice, -limit * peak, limit * peak) * level
        mix = Mixdown(rate, 1)
        for start in range(0, len(clipped), 4_000):
            mix.add(clipped[start : start + 4_000, None].astype(np.float32))
        assert least <= mix.clipping_ratio <= most, limit


def test_clipping_is_seen_through_resampling() -> None:
    voice = speech()
    peak = np.abs(voice).max()
    assert piled_up_ratio(as_audio(voice)) < 5e-4
    for limit, least in ((0.2, 0.01), (0.1, 0.05)):
        clipped = np.clip(voice, -limit * peak, limit * peak)
        other = soxr.resample(soxr.resample(clipped, RATE, 22_050), 22_050, RATE)
        assert piled_up_ratio(as_audio(other)) > least
        one_sided = np.clip(voice, -peak, limit * peak)
        assert piled_up_ratio(as_audio(one_sided)) > least / 4


@pytest.mark.parametrize(
    ("container", "codec"), [("mp3", "libmp3lame"), ("ogg", "libopus"), ("ipod", "aac")]
)
def test_clipping_is_seen_through_a_codec(container: str, codec: str, tmp_path: Path) -> None:
    """Clipped first and encoded then, the tops are no longer flat, nor at full scale."""
    voice = soxr.resample(speech(), RATE, 48_000)
    for limit, least, most in ((1.01, 0.0, 0.0), (0.25, 5e-4, 0.1), (0.1, 0.03, 0.5)):
        clipped = np.clip(voice, -limit * np.abs(voice).max(), limit * np.abs(voice).max())
        path = tmp_path / "clip"
        sound = (0.6 * clipped / np.abs(clipped).max()).astype(np.float32)
        path.write_bytes(coded_file(sound, 48_000, container=container, codec=codec))
        assert least <= piled_up_ratio(decode_clip(path, DecodeLimits()).audio) <= most, limit


def test_a_louder_knock_does_not_hide_clipping() -> None:
    voice = speech()
    clipped = np.clip(voice, -0.1 * voice.max(), 0.1 * voice.max())
    alone = piled_up_ratio(as_audio(clipped))
    clipped[RATE : RATE + 20] = 3 * clipped.max()
    assert piled_up_ratio(as_audio(clipped)) == pytest.approx(alone, rel=0.1)
    assert alone > 0.05


@pytest.mark.speech
def test_recordings_that_are_not_overdriven_pile_up_nowhere(speech_dir: Path) -> None:
    for path in sorted(speech_dir.glob("*.wav")) + sorted(speech_dir.glob("*.flac")):
        samples = soundfile.read(path, dtype="float32", always_2d=True)[0][:, 0]
        assert piled_up_ratio(as_audio(samples)) < 1e-4, path.name


def test_clipping_of_nothing() -> None:
    assert piled_up_ratio(as_audio(np.zeros(0))) == 0
    assert piled_up_ratio(as_audio(np.zeros(100))) == 0
    assert Mixdown(24_000, 1).clipping_ratio == 0


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000])
def test_bandwidth_is_that_of_the_recording(rate: int) -> None:
    # White noise in the words, so that there is something to hear up to the top.
    voice = speech() * (1 + noise(len(speech()), 0.3, seed=3))
    narrow = soxr.resample(soxr.resample(voice, RATE, rate), rate, RATE)[: len(voice)]
    narrow = narrow + noise(len(narrow), 1e-5)
    measured = bandwidth_hz(as_audio(narrow), spans_of(voice))
    assert measured == pytest.approx(rate / 2, rel=0.08)


def test_hiss_above_the_voice_is_not_bandwidth() -> None:
    voice = speech()
    dull = soxr.resample(soxr.resample(voice, RATE, 8_000), 8_000, RATE)[: len(voice)]
    measured = bandwidth_hz(as_audio(dull + noise(len(dull), 2e-3)), spans_of(voice))
    assert measured is not None
    assert measured < 4_600


def test_bandwidth_needs_speech() -> None:
    assert bandwidth_hz(as_audio(noise(RATE, 0.1)), []) is None
