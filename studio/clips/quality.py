"""How good a recording is: noise, clipping and bandwidth, each as one number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.audio.levels import HOP_S, Levels
from studio.clips.activity import noise_frames, speech_frames
from studio.types import Audio, Span

_ENOUGH_NOISE: Final = round(0.15 / HOP_S)

_FFT: Final = 1_024
_FFT_HOP: Final = 512
_SMOOTH_HZ: Final = 300.0
_BELOW_LOUDEST_DB: Final = 65.0
_ABOVE_NOISE_DB: Final = 5.5
"""The geometric mean of noise lies 2.5 dB below its mean power; 3 dB above that stands out."""

_ENOUGH_SPECTRA: Final = 5
_FRAMES_AT_ONCE: Final = 2_048
_TINY: Final = 1e-30

_CROWD: Final = 0.08
"""Codecs spread a flat top about so far above and below its level."""

_CROWDED: Final = 1.15
_LOWEST_RAIL: Final = 0.15
_RAILS: Final = 34
"""Levels that are looked at: every half decibel below the peak."""


def noise_floor_db(levels: Levels, speech: Sequence[Span]) -> float | None:
    """The level of what is there when nobody speaks, above 100 Hz, dBFS.

    Where the clip has no such stretch, the quietest tenth of its speech stands in for it. None
    when there is nothing but digital silence.
    """
    noise = noise_frames(levels, speech)
    if noise.sum() >= _ENOUGH_NOISE:
        # The median in decibels: one cough or click in a pause is not the floor.
        return float(np.median(levels.db[noise]))
    inside = levels.db[speech_frames(levels, speech) & (levels.db > -120)]
    if not len(inside):
        return None
    return float(np.percentile(inside, 5))


def speech_level_db(levels: Levels, speech: Sequence[Span]) -> float | None:
    """The mean power of the spoken frames, above 100 Hz, dBFS; None without speech."""
    inside = levels.db[speech_frames(levels, speech)]
    if not len(inside):
        return None
    return 10 * math.log10(float(np.mean(10 ** (inside.astype(np.float64) / 10))))


def snr_db(levels: Levels, speech: Sequence[Span]) -> float | None:
    """Speech over noise, dB: the power in speech, less the noise in it, over the noise floor."""
    floor, level = noise_floor_db(levels, speech), speech_level_db(levels, speech)
    if floor is None or level is None:
        return None
    noise, both = 10 ** (floor / 10), 10 ** (level / 10)
    return 10 * math.log10(max(both - noise, noise * 1e-2) / noise)


def piled_up_ratio(audio: Audio) -> float:
    """The part of samples crowded at one high level, which only clipping does.

    Sees what flat runs do not: clipping that was resampled or coded with losses since, and a loud
    knock beside it. In speech the higher a level is, the fewer samples reach it; clipping folds
    all that was higher into one level, and codecs spread it a little. Each side of zero is judged
    by itself. On coded recordings it finds about half of what was clipped, and none where nothing
    was.
    """
    if not len(audio.samples):
        return 0.0
    return sum(_piled_up(side) for side in (audio.samples, -audio.samples)) / len(audio.samples)


def _piled_up(samples: NDArray[np.float32]) -> float:
    """How many more samples are around the most crowded level than just below it."""
    peak = float(samples.max())
    if peak <= 0:
        return 0.0
    around, below = 1 - _CROWD, 1 - 3 * _CROWD  # bands of equal width
    loud = np.sort(samples[samples > peak * _LOWEST_RAIL * below])
    rails = peak * np.geomspace(1.0, _LOWEST_RAIL, _RAILS)
    up_to = [np.searchsorted(loud, rails * part) for part in (below, around, 1 + _CROWD)]
    crowd = up_to[2] - up_to[1] - _CROWDED * (up_to[1] - up_to[0])
    return max(0.0, float(crowd.max()))


def bandwidth_hz(audio: Audio, speech: Sequence[Span]) -> float | None:
    """Up to which frequency the voice itself can be heard, Hz; None without speech.

    A frequency counts when it is within 65 dB of the loudest one and, where the clip has pauses,
    stands out from their noise by 3 dB.
    """
    if not speech:
        return None
    voice, noise = _mean_spectra(audio, speech)
    if voice is None:
        return None
    heard = voice > voice.max() * 10 ** (-_BELOW_LOUDEST_DB / 10)
    if noise is not None:
        heard &= voice > noise * 10 ** (_ABOVE_NOISE_DB / 10)
    bins = np.flatnonzero(heard)
    return float(bins[-1] * audio.sample_rate / _FFT) if len(bins) else None


def _mean_spectra(
    audio: Audio, speech: Sequence[Span]
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Mean power [bins] in speech and, robust to a stray click, geometric mean outside it."""
    count = max(1, 1 + (len(audio.samples) - _FFT) // _FFT_HOP)
    padded = np.zeros((count - 1) * _FFT_HOP + _FFT, dtype=np.float32)
    usable = audio.samples[: len(padded)]
    padded[: len(usable)] = usable
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_FFT_HOP]
    centres_s = (np.arange(count) * _FFT_HOP + _FFT / 2) / audio.sample_rate
    inside = np.zeros(count, dtype=bool)
    for span in speech:
        inside |= (centres_s >= span.start_s) & (centres_s <= span.end_s)
    # Blackman: the leakage of the vowels must stay below the 65 dB that are looked at.
    window = np.blackman(_FFT)
    voice, noise = np.zeros(_FFT // 2 + 1), np.zeros(_FFT // 2 + 1)
    for start in range(0, count, _FRAMES_AT_ONCE):
        block = slice(start, start + _FRAMES_AT_ONCE)
        power = np.abs(np.fft.rfft(frames[block] * window, axis=1)) ** 2
        voice += power[inside[block]].sum(axis=0)
        noise += np.log(power[~inside[block]] + _TINY).sum(axis=0)
    spoken, silent = int(inside.sum()), int((~inside).sum())
    width = max(1, round(_SMOOTH_HZ * _FFT / audio.sample_rate))
    return (
        _smooth(voice / spoken, width) if spoken else None,
        _smooth(np.exp(noise / silent), width) if silent >= _ENOUGH_SPECTRA else None,
    )


def _smooth(power: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    return np.convolve(power, np.full(width, 1 / width), mode="same")
