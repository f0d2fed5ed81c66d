"""How a voice sounds and moves: pitch, pace, loudness and brightness, measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.analysis.pace import syllables_per_s
from studio.analysis.pitch import PitchCurve, pitch_curve
from studio.audio.loudness import integrated_lufs
from studio.types import Audio, Span

__all__ = ["PitchCurve", "VoiceTraits", "characteristics", "pitch_curve"]

# Below it there is the pitch itself; above it a telephone passes nothing.
_TILT_BAND_HZ = (250.0, 3_500.0)
_TILT_FFT = 1_024
_TILT_BANDS_PER_OCTAVE = 3
_MIN_VOICED_FRAMES = 10
_CLEAR = 0.85
_LEAST_VOICED = 0.2
_AROUND_FRAMES = 100


@dataclass(frozen=True)
class VoiceTraits:
    """What was measured of a voice; None where there was too little of it to measure.

    ``f0_low_hz`` and ``f0_high_hz`` are the 10th and 90th percentile. The tilt is the slope of the
    power spectrum between 250 Hz and 3.5 kHz: white noise has 0, pink noise -3, speech about -7.
    """

    f0_median_hz: float | None
    f0_low_hz: float | None
    f0_high_hz: float | None
    pace_syllables_per_s: float | None
    lufs: float | None
    spectral_tilt_db_per_octave: float | None


def characteristics(audio: Audio, spans: Sequence[Span], transcript: str = "") -> VoiceTraits:
    """Traits of the voice that speaks in ``spans`` of ``audio``; ``transcript`` may be empty."""
    pitch = pitch_curve(audio)
    voiced = _spoken_aloud(pitch, spans)
    low, median, high = (
        (float(hz) for hz in np.percentile(voiced, [10, 50, 90]))
        if len(voiced) >= _MIN_VOICED_FRAMES
        else (None, None, None)
    )
    return VoiceTraits(
        f0_median_hz=median,
        f0_low_hz=low,
        f0_high_hz=high,
        pace_syllables_per_s=syllables_per_s(
            audio, spans, None if median is None else pitch, transcript
        ),
        lufs=integrated_lufs(audio),
        spectral_tilt_db_per_octave=_spectral_tilt(audio, spans),
    )


def _spoken_aloud(pitch: PitchCurve, spans: Sequence[Span]) -> NDArray[np.float64]:
    """The pitches, Hz, at which ``spans`` speak aloud: empty for a whisper.

    Breath rings here and there as if it were a voice, but seldom clearly: of a whisper a tenth at
    most passes here, of speech aloud a third at least, even in noise 10 dB below it.
    """
    spoken = np.zeros(len(pitch.times_s), dtype=bool)
    for span in spans:
        spoken |= (pitch.times_s >= span.start_s) & (pitch.times_s <= span.end_s)
    voiced = spoken & np.isfinite(pitch.f0_hz)
    for start, end in np.flatnonzero(np.diff(voiced, prepend=False, append=False)).reshape(-1, 2):
        voiced[start:end] = pitch.strength[start:end].max() >= _CLEAR
    # Within some seconds: a voice may speak in one clip and whisper in the next.
    share = _sums_around(voiced) / np.maximum(_sums_around(spoken), 1)
    aloud: NDArray[np.float64] = pitch.f0_hz[voiced & (share >= _LEAST_VOICED)]
    return aloud


def _sums_around(frames: NDArray[np.bool_]) -> NDArray[np.intp]:
    sums = np.cumsum(np.pad(frames, (_AROUND_FRAMES + 1, _AROUND_FRAMES)), dtype=np.intp)
    return sums[2 * _AROUND_FRAMES + 1 :] - sums[: -2 * _AROUND_FRAMES - 1]


def _spectral_tilt(audio: Audio, spans: Sequence[Span]) -> float | None:
    """Slope of the long-term spectrum over the speech, dB per octave."""
    parts = [audio.slice(span.start_s, span.end_s).samples for span in spans]
    samples = np.concatenate(parts) if parts else audio.samples[:0]
    if len(samples) < _TILT_FFT * 4:
        return None
    power = _mean_power(samples)
    hz = np.fft.rfftfreq(_TILT_FFT, 1 / audio.sample_rate)
    octaves = np.log2(_TILT_BAND_HZ[1] / _TILT_BAND_HZ[0])
    edges = np.geomspace(*_TILT_BAND_HZ, round(octaves * _TILT_BANDS_PER_OCTAVE) + 1)
    # Bands of equal width in octaves, or the many bins of the top octave would decide alone.
    band = np.digitize(hz, edges) - 1
    within = [band == index for index in range(len(edges) - 1)]
    levels = [power[bins].mean() for bins in within if bins.any()]
    centres = [np.log2(hz[bins]).mean() for bins in within if bins.any()]
    if min(levels) <= 0:
        return None
    return float(np.polyfit(centres, 10 * np.log10(levels), 1)[0])


def _mean_power(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power spectrum averaged over half-overlapping windows (P. Welch, 1967)."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, _TILT_FFT)[:: _TILT_FFT // 2]
    window = np.hanning(_TILT_FFT)
    total = np.zeros(_TILT_FFT // 2 + 1)
    for start in range(0, len(frames), 4_096):
        spectra = np.fft.rfft(frames[start : start + 4_096] * window)
        total += (np.abs(spectra) ** 2).sum(axis=0)
    return total / len(frames)
