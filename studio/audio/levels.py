"""Short-time levels in three bands: enough to see voices, soft consonants and noise apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.types import Audio

HOP_S: Final = 0.005
_WINDOW_S: Final = 0.020

BANDS_HZ: Final = ((100.0, 1_000.0), (1_000.0, 4_000.0), (4_000.0, 12_000.0))
"""Voicing, vowels, and the hiss of s, f and h. Below 100 Hz is rumble and hum, never speech."""

_SILENT_DB: Final = -140.0
_FRAMES_AT_ONCE: Final = 4_096


@dataclass(frozen=True, eq=False)
class Levels:
    """``bands_db`` float32 [bands, frames] and their sum ``db`` [frames], dBFS (mean square).

    Frame i is centred at ``i * HOP_S``; digital silence is -140 dB.
    """

    bands_db: NDArray[np.float32]
    db: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.db)


def measure_levels(audio: Audio) -> Levels:
    """The levels of ``audio`` every 5 ms over 20 ms."""
    rate = audio.sample_rate
    hop, window = round(HOP_S * rate), round(_WINDOW_S * rate)
    count = -(-len(audio.samples) // hop)
    padded = np.zeros(count * hop + window, dtype=np.float32)
    padded[window // 2 : window // 2 + len(audio.samples)] = audio.samples
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop][:count]
    shape = np.hanning(window + 1)[:-1].astype(np.float32)
    frequencies = np.fft.rfftfreq(window, 1 / rate)
    powers = np.empty((len(BANDS_HZ), count))
    for start in range(0, count, _FRAMES_AT_ONCE):
        spectrum = np.fft.rfft(frames[start : start + _FRAMES_AT_ONCE] * shape, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        for band, (low, high) in enumerate(BANDS_HZ):
            inside = (frequencies >= low) & (frequencies < high)
            powers[band, start : start + len(power)] = power[:, inside].sum(axis=1)
    # Parseval for one side of the spectrum, over the power of the window.
    powers *= 2 / (window * float(np.square(shape, dtype=np.float64).sum()))
    return Levels(_decibels(powers), _decibels(powers.sum(axis=0)))


def _decibels(power: NDArray[np.float64]) -> NDArray[np.float32]:
    decibels = 10 * np.log10(np.maximum(power, 10 ** (_SILENT_DB / 10)))
    return np.asarray(decibels, dtype=np.float32)
