"""Which channels of a file may hold a voice more clearly than the average of all.

Runs in the decoding child. A recorder with one microphone plugged in writes the voice to one
channel and hum or noise to the other, and in their average the soft ends of words drown.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_VOICE_HZ: Final = (100.0, 12_000.0)
"""From the lowest voices to the hiss of a soft s, the first thing that noise covers."""

_WINDOW_S: Final = 0.02
_HOP_S: Final = 0.04

_LOUD, _SOFT = 95, 3
"""Percentiles of the level: words, and what is there between them."""

_DEEPEST_DB: Final = 65.0
"""Further below the words than this nothing drowns."""

_CLEARER_DB: Final = 1.5
"""Enough to be looked at; whether it is chosen, ``studio.clips.channels`` decides."""

_MOST_RIVALS: Final = 2
_MOST_CHANNELS: Final = 8
"""With more, measuring would cost more than decoding."""


class ChannelLevels:
    """Levels in the voice's band over time, of each channel and of their average."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._channels = channels
        self._window = max(1, round(_WINDOW_S * sample_rate))
        self._hop = max(1, round(_HOP_S * sample_rate))
        self._shape = np.hanning(self._window + 1)[:-1, None].astype(np.float32)
        hertz = np.fft.rfftfreq(self._window, 1 / sample_rate)
        self._band = (hertz >= _VOICE_HZ[0]) & (hertz <= _VOICE_HZ[1])
        self._rest: NDArray[np.float32] = np.zeros((0, channels), dtype=np.float32)
        self._powers: list[NDArray[np.float32]] = []

    def add(self, block: NDArray[np.float32]) -> None:
        """``block`` [n, channels], finite."""
        if not 2 <= self._channels <= _MOST_CHANNELS:
            return
        joined: NDArray[np.float32] = np.concatenate([self._rest, block])
        whole = len(joined) // self._hop
        self._rest = joined[whole * self._hop :]
        if not whole:
            return
        hops = joined[: whole * self._hop].reshape(whole, self._hop, self._channels)
        frames = hops[:, : self._window]
        every = np.concatenate([frames, frames.mean(axis=2, keepdims=True)], axis=2)
        spectrum = np.fft.rfft(every * self._shape, axis=1)[:, self._band]
        power = (np.square(spectrum.real) + np.square(spectrum.imag)).sum(axis=1)
        self._powers.append(power.astype(np.float32))

    def rivals(self) -> list[int]:
        """The channels in which words stand out much further than in the average, best first."""
        if not self._powers:
            return []
        levels_db = 10 * np.log10(np.concatenate(self._powers).astype(np.float64) + 1e-12)
        loud, soft = np.percentile(levels_db, [_LOUD, _SOFT], axis=0)
        reach_db = np.minimum(loud - soft, _DEEPEST_DB)
        better = [c for c in range(self._channels) if reach_db[c] >= reach_db[-1] + _CLEARER_DB]
        return sorted(better, key=lambda c: -float(reach_db[c]))[:_MOST_RIVALS]
