"""Many channels at any rate to one at 24 kHz, a block at a time, in bounded memory.

Runs in the decoding child. What only the native samples show is measured on the way: samples
that are no numbers, flat tops from clipping, and whether the average of the channels is worse than
one of them alone.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from studio.clips.decoding.channel_levels import ChannelLevels
from studio.types import SAMPLE_RATE

ABSURD: Final = 1e6
"""Float files may exceed 1 (some hold 16-bit integers), but nothing meant as sound exceeds this."""

_CANCELS: Final = 0.3
"""The average of n unrelated channels keeps 1/n of their mean power. Less than this part of even
that, and the channels are working against each other: one is better than their average."""

_FLAT_RUN: Final = 3
"""Equal neighbours that make a flat top, at rates up to 48 kHz."""

_RAIL: Final = 0.98
"""Flat tops this near to the highest sample count as clipped."""


class FlatTops:
    """Counts samples in flat runs at a clip's own highest level, on one side of zero.

    Relative to the clip's peak, so that clipping is also seen after the level was changed.
    """

    def __init__(self, run: int) -> None:
        self._run = run
        self._peak = 0.0
        self._flat: Counter[float] = Counter()

    def add(self, block: NDArray[np.float32]) -> None:
        """``block`` [n, channels], finite."""
        if len(block) < self._run:
            return
        self._peak = max(self._peak, float(block.max()))
        level = np.float32(self._peak * _RAIL)
        if level <= 0:
            return
        equal = (block[1:] == block[:-1]) & (block[1:] >= level)
        if not equal.any():
            return
        inside = np.lib.stride_tricks.sliding_window_view(equal, self._run - 1, axis=0).all(axis=-1)
        starts, channels = np.nonzero(inside)
        # A run of k+2 shows as k+1 windows; counting one sample for each keeps runs in proportion.
        for value, count in zip(
            *np.unique(block[starts, channels], return_counts=True), strict=True
        ):
            self._flat[float(value)] += int(count)
        self._flat = Counter({v: c for v, c in self._flat.items() if v >= level})

    def samples(self) -> int:
        return sum(count for v, count in self._flat.items() if v >= self._peak * _RAIL)


class Mixdown:
    """Takes native blocks, gives mono float32 at 24 kHz: the average, or ``channel`` alone."""

    def __init__(self, sample_rate: int, channels: int, channel: int | None = None) -> None:
        self._channel = channel
        self._resampler = (
            None
            if sample_rate == SAMPLE_RATE
            else soxr.ResampleStream(sample_rate, SAMPLE_RATE, 1, dtype="float32", quality="VHQ")
        )
        self._mono: list[NDArray[np.float32]] = []
        run = max(_FLAT_RUN, _FLAT_RUN * sample_rate // 48_000)
        self._tops = FlatTops(run), FlatTops(run)
        self._powers = np.zeros(channels)
        self._levels = ChannelLevels(sample_rate, channels)
        self._average_power = 0.0
        self._values = 0
        self.frames = 0
        self.damaged = 0

    def add(self, block: NDArray[np.float32]) -> None:
        """``block`` float32 [n, channels], anything in it."""
        if self._channel is not None:
            block = np.ascontiguousarray(block[:, self._channel : self._channel + 1])
        absurd = ~(np.abs(block) <= ABSURD)
        if absurd.any():
            self.damaged += int(absurd.sum())
            block = np.where(absurd, np.float32(0), block)
        self.frames += len(block)
        self._values += block.size
        self._tops[0].add(block)
        self._tops[1].add(-block)
        mono = block.mean(axis=1)
        if block.shape[1] > 1:
            self._powers += np.einsum("nc,nc->c", block, block, dtype=np.float64)
            self._average_power += float(np.dot(mono, mono))
            self._levels.add(block)
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono)
        self._mono.append(mono)

    def finish(self) -> NDArray[np.float32]:
        """Everything so far as float32 [n] at 24 kHz; call it once, at the end."""
        if self._resampler is not None:
            self._mono.append(
                self._resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
            )
        return np.concatenate([np.zeros(0, dtype=np.float32), *self._mono])

    @property
    def damaged_ratio(self) -> float:
        return self.damaged / max(1, self._values)

    @property
    def clipping_ratio(self) -> float:
        """The part of all samples that lies in flat tops."""
        return sum(side.samples() for side in self._tops) / max(1, self._values)

    @property
    def better_alone(self) -> int | None:
        """The strongest channel, if the average of the channels cancels what is in them."""
        channels = len(self._powers)
        if self._channel is not None or channels < 2:
            return None
        kept = self._average_power
        if kept >= _CANCELS * float(self._powers.mean()) / channels:
            return None
        return int(self._powers.argmax())

    @property
    def rivals(self) -> list[int]:
        """The channels that may hold a voice more clearly than their average, best first."""
        return self._levels.rivals()
