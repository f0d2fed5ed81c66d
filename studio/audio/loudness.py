"""How loud a sound is and how high it peaks, and the one gain that follows from the two."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.types import Audio

_SHORTEST_S: Final = 0.4
"""One gating block of BS.1770; a shorter sound has no integrated loudness."""

_OVERSAMPLING: Final = 16
"""Twice to four times what BS.1770-4 asks: a tone just below half the sample rate then reads at
most 0.04 dB too low, 8-fold 0.17 dB."""

_BLOCK: Final = 1_024
_CONTEXT: Final = 256
"""Samples on either side of a block, so that its cut edges do not reach into it."""

_CANDIDATE: Final = 0.5
"""Blocks whose samples stay below this part of the highest sample cannot hold the true peak of
anything recorded: that would take 6 dB between two samples."""

_MARGIN_DB: Final = 0.05
"""Kept below the ceiling for what oversampling and 16-bit rounding can miss."""

_PASSES: Final = 4
"""Measurements at most until the loudness stays: each may bring another block to the gate."""

_CLOSE_ENOUGH_LU: Final = 0.01


def integrated_lufs(audio: Audio) -> float | None:
    """Integrated loudness after ITU-R BS.1770-4, LUFS.

    None where there is none: silence, less than 0.4 s, or samples that are not finite.
    """
    if audio.duration_s < _SHORTEST_S or not np.isfinite(audio.samples).all():
        return None
    if not audio.samples.any():
        return None
    import pyloudnorm

    loudness = float(pyloudnorm.Meter(audio.sample_rate).integrated_loudness(audio.samples))
    return loudness if math.isfinite(loudness) else None


def true_peak_dbtp(audio: Audio) -> float | None:
    """The highest point of the waveform between the samples too, dBTP; None for silence.

    As BS.1770-4 Annex 2 asks, by oversampling; band-limited interpolation through the
    Fourier transform, so that nothing below half the sample rate is missed.
    """
    samples = audio.samples
    peak = float(np.abs(samples).max(initial=0.0))
    if peak == 0 or not math.isfinite(peak):
        return None
    blocks = _blocks_near_peak(samples, peak * _CANDIDATE)
    for start in range(0, len(blocks), 256):
        few = blocks[start : start + 256]
        spectrum = np.fft.rfft(few, axis=1)
        length = few.shape[1] * _OVERSAMPLING
        between = np.fft.irfft(spectrum, length, axis=1) * _OVERSAMPLING
        inside = between[:, _CONTEXT * _OVERSAMPLING : -_CONTEXT * _OVERSAMPLING]
        peak = max(peak, float(np.abs(inside).max()))
    return 20 * math.log10(peak)


def _blocks_near_peak(samples: NDArray[np.float32], level: float) -> NDArray[np.float32]:
    """The blocks [n, context + block + context] that reach ``level``."""
    count = max(1, -(-len(samples) // _BLOCK))
    padded = np.zeros(count * _BLOCK + 2 * _CONTEXT, dtype=np.float32)
    padded[_CONTEXT : _CONTEXT + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, _BLOCK + 2 * _CONTEXT)[::_BLOCK]
    # Neighbours count too: a peak may lie just across the border.
    reach = np.abs(windows[:, _CONTEXT - 8 : _CONTEXT + _BLOCK + 8]).max(axis=1) >= level
    return np.asarray(windows[reach])


def constant_gain_db(audio: Audio, target_lufs: float, ceiling_dbtp: float) -> float:
    """The one gain, dB, that brings ``audio`` to ``target_lufs`` or as near as the ceiling lets it.

    A sound without a loudness keeps its level, unless that is above the ceiling.
    """
    peak = true_peak_dbtp(audio)
    if peak is None:
        return 0.0
    # From near full scale downwards, since the absolute gate of BS.1770 would drop a very quiet
    # recording; and again at the level found, where that gate may drop blocks that counted above.
    wanted = -peak
    for _ in range(_PASSES):
        lufs = integrated_lufs(apply_gain(audio, wanted))
        if lufs is None:
            wanted = 0.0
            break
        wanted += target_lufs - lufs
        if abs(target_lufs - lufs) < _CLOSE_ENOUGH_LU:
            break
    return min(wanted, ceiling_dbtp - _MARGIN_DB - peak)


def apply_gain(audio: Audio, gain_db: float) -> Audio:
    """``audio`` times one number."""
    gain = np.float32(10 ** (gain_db / 20))
    return Audio(audio.samples * gain, audio.sample_rate)
