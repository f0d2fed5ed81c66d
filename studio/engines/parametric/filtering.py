"""Sound coloured where it is, instead of being taken apart and made again.

A vocoder makes unvoiced sounds out of fresh noise under a smoothed envelope. A filter that changes
with time moves the source's own consonants onto the voice and leaves their fine structure alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.parametric.vocoder import FFT_SIZE, HOP_SAMPLES

_WINDOW: Final = 4 * HOP_SAMPLES
"""20 ms: Hann windows at a quarter of their length add up to 2 everywhere."""

MOST_GAIN: Final = 100.0
"""Of power, 20 dB: no more is made of what is hardly there."""


def filtered(samples: NDArray[np.float32], power_gain: NDArray[np.float64]) -> NDArray[np.float32]:
    """``samples`` float32 [n] with the spectrum around frame i times ``power_gain`` [frames, BINS].

    The result is frames * HOP_SAMPLES long, missing samples are silence; the phase stays.
    """
    frames = len(power_gain)
    length = frames * HOP_SAMPLES
    half = _WINDOW // 2
    padded = np.zeros(length + 2 * half)
    kept = min(len(samples), length)
    padded[half : half + kept] = samples[:kept]
    # Window i is centred on the time of frame i.
    pieces = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP_SAMPLES][:frames]
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(_WINDOW) / _WINDOW)
    # In the middle of the transform there is room for the filter to ring to both sides.
    before = (FFT_SIZE - _WINDOW) // 2
    room = np.zeros((frames, FFT_SIZE))
    room[:, before : before + _WINDOW] = pieces * window
    spectra = np.fft.rfft(room, axis=1) * np.sqrt(np.minimum(power_gain, MOST_GAIN))
    coloured = np.fft.irfft(spectra, FFT_SIZE, axis=1)
    out = np.zeros(length + FFT_SIZE)
    for frame, piece in enumerate(coloured):
        out[frame * HOP_SAMPLES : frame * HOP_SAMPLES + FFT_SIZE] += piece
    middle = FFT_SIZE // 2
    return np.asarray(out[middle : middle + length] / 2.0, dtype=np.float32)
