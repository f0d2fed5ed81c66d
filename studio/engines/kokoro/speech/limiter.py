"""The last thing before a frame leaves: no peak above the ceiling, and otherwise nothing."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

CEILING_DBTP: Final = -1.0

_CEILING: Final = 10 ** (CEILING_DBTP / 20) * 0.995
"""A little under, for what four-fold oversampling does not see."""

_SURELY_QUIET: Final = 0.5
"""Samples below this cannot have a true peak above the ceiling that lasts."""

_REACH: Final = 96
"""Samples (4 ms) over which gain goes down before a peak and comes back after it."""

_INTERPOLATION: Final = 16
"""Samples on each side that the oversampling filter looks at."""

_LOOK: Final = 2 * _REACH + _INTERPOLATION
_OVERSAMPLING: Final = 4


class Limiter:
    """A look-ahead limiter on the true peak, for a stream at 24 kHz.

    Speech at the studio's level passes unchanged; a rare peak is turned down smoothly. What
    ``push`` and ``flush`` return, joined, has the length of what was pushed.
    """

    def __init__(self) -> None:
        self._history: NDArray[np.float32] = np.zeros(_LOOK, dtype=np.float32)
        self._pending: NDArray[np.float32] = np.zeros(0, dtype=np.float32)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take float32 [n]; give what can be decided by now."""
        self._pending = np.concatenate([self._pending, samples])
        return self._settle(max(0, len(self._pending) - _LOOK))

    def flush(self) -> NDArray[np.float32]:
        """Give the rest."""
        rest = len(self._pending)
        self._pending = np.concatenate([self._pending, np.zeros(_LOOK, dtype=np.float32)])
        settled = self._settle(rest)
        self._pending = np.zeros(0, dtype=np.float32)
        return settled

    def _settle(self, count: int) -> NDArray[np.float32]:
        seen = np.concatenate([self._history, self._pending])
        settled: NDArray[np.float32] = self._pending[:count]
        if np.abs(seen).max(initial=0.0) > _SURELY_QUIET:
            settled = settled * _gain(seen)[_LOOK : _LOOK + count]
        self._history = seen[count : count + _LOOK]
        self._pending = self._pending[count:]
        return settled


def _gain(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gain float32 [n] that brings every true peak under the ceiling without a step.

    The lowest gain needed within reach, averaged over the same reach: each average holds only
    values that are low enough for the sample in its middle.
    """
    needed = np.minimum(1.0, _CEILING / np.maximum(_peaks(samples), 1e-9))
    width = 2 * _REACH + 1
    around = np.pad(needed, 2 * _REACH, mode="edge")
    lowest = sliding_window_view(around, width).min(axis=1)
    summed = np.concatenate([[0.0], np.cumsum(lowest)])
    return np.asarray((summed[width:] - summed[:-width]) / width, dtype=np.float32)


def _peaks(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """The highest absolute value at each sample and in between up to the next, float64 [n]."""
    peaks: NDArray[np.float64] = np.abs(samples).astype(np.float64)
    for kernel in _between_kernels():
        peaks = np.maximum(peaks, np.abs(np.convolve(samples, kernel, mode="same")))
    return peaks


@cache
def _between_kernels() -> tuple[NDArray[np.float64], ...]:
    """Windowed sincs that read the waveform at one, two and three quarters to the next sample."""
    offsets = np.arange(-_INTERPOLATION, _INTERPOLATION + 1)
    window = np.kaiser(len(offsets), 6.0)
    quarters = np.arange(1, _OVERSAMPLING) / _OVERSAMPLING
    return tuple(np.sinc(offsets + part) * window for part in quarters)
