"""Cutting a sentence where it can be cut, and putting the blocks together again as they are wanted.

Blocks meet only at unvoiced frames: there, noise fades into noise and no period of the voice is
broken. Every block is taken apart and carried with a margin on both sides, so that its inner
frames come out as they would in the whole sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.parametric.grains import resound
from studio.engines.parametric.vocoder import (
    HOP_S,
    HOP_SAMPLES,
    Features,
    take_apart,
)

FIRST_BLOCK_S: Final = 0.6
"""Enough to start on: it is made in a few hundredths of a second and outlasts the next."""

LONGEST_BLOCK_S: Final = 2.4
GROWTH: Final = 2.0

_MARGIN: Final = 30
"""Frames analysed beyond a block: 0.15 s, which carrying asks for."""

_SOUND_MARGIN: Final = 8
"""Frames whose sound is made beyond a block: where blocks are joined, no grain is missing and the
noise of a whisper has built up."""

_FADE: Final = 2
"""Frames on each side of a joint over which one block fades into the next."""

_CLEARANCE: Final = 2
"""Frames from a joint to the nearest voiced frame."""

STEP_DONE: Final[NDArray[np.float32]] = np.zeros(0, np.float32)
"""Given out between two steps of the work on a block: nothing to hear, but a place to stop."""

Carry = Callable[[Features, int], Features]
"""Puts features, which begin at the given frame of the sentence, onto the voice."""


def cuts(f0_hz: NDArray[np.float64], samples: NDArray[np.float32]) -> list[int]:
    """Frames at which to cut, from 0 to the number of frames.

    The quietest unvoiced frame near each wanted length is taken, else the next unvoiced one.
    """
    frames = len(f0_hz)
    free = _free_frames(f0_hz)
    power = _frame_power(samples, frames)
    found, wanted_s = [0], FIRST_BLOCK_S
    while True:
        low = found[-1] + round(0.6 * wanted_s / HOP_S)
        high = found[-1] + round(1.4 * wanted_s / HOP_S)
        if high >= frames - 2 * _SOUND_MARGIN:
            break
        near = free[(free >= low) & (free <= high)]
        later = free[(free > high) & (free < frames - 2 * _SOUND_MARGIN)]
        if len(near):
            found.append(int(near[np.argmin(power[near])]))
        elif len(later):
            found.append(int(later[0]))
        else:
            break
        wanted_s = min(wanted_s * GROWTH, LONGEST_BLOCK_S)
    return [*found, frames]


def render_blocks(
    samples: NDArray[np.float32], f0_hz: NDArray[np.float64], carry: Carry
) -> Iterator[NDArray[np.float32]]:
    """``samples`` (24 kHz, with its pitch) carried, block by block.

    The blocks joined are as long as the frames of ``f0_hz``. Each is made when it is asked for, in
    three steps, with ``STEP_DONE`` after the first and the second.
    """
    frames = len(f0_hz)
    joints = cuts(f0_hz, samples)
    tail: NDArray[np.float32] | None = None
    for start, end in pairwise(joints):
        first, last = max(0, start - _MARGIN), min(frames, end + _MARGIN)
        part = samples[first * HOP_SAMPLES : last * HOP_SAMPLES]
        source = take_apart(part, f0_hz[first:last], aperiodicity=False)
        yield STEP_DONE
        carried = carry(source, first)
        yield STEP_DONE
        left, right = max(0, start - _SOUND_MARGIN), min(frames, end + _SOUND_MARGIN)
        low, high = left - first, right - first
        sound = resound(
            part[low * HOP_SAMPLES : high * HOP_SAMPLES],
            source.slice(low, high),
            carried.slice(low, high),
        )
        sound = sound[max(0, start - _FADE - left) * HOP_SAMPLES :]
        body = end - max(0, start - _FADE)
        if tail is not None:
            sound = _faded_in(tail, sound)
        if end == frames:
            yield sound[: body * HOP_SAMPLES]
            return
        yield sound[: (body - _FADE) * HOP_SAMPLES]
        tail = sound[(body - _FADE) * HOP_SAMPLES : (body + _FADE) * HOP_SAMPLES]


def _faded_in(tail: NDArray[np.float32], sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """``sound`` with ``tail`` of the block before fading out over its beginning, at one power.

    Two blocks hold the same noise of the source; a whisper's is made anew in each, and two noises
    that are strangers to one another need more of both.
    """
    head = sound[: len(tail)].astype(np.float64)
    size = float(np.sqrt((head**2).sum() * (tail.astype(np.float64) ** 2).sum()))
    alike = float(np.clip((head @ tail) / max(size, 1e-12), 0.0, 1.0))
    rising = (np.arange(len(tail)) + 0.5) / len(tail)
    falling = 1.0 - rising
    power = rising**2 + falling**2 + 2.0 * alike * rising * falling
    joined = sound.copy()
    joined[: len(tail)] = (tail * falling + head * rising) / np.sqrt(power)
    return joined


def _free_frames(f0_hz: NDArray[np.float64]) -> NDArray[np.intp]:
    """Frames that are at least ``_CLEARANCE`` away from every voiced one."""
    reach = np.ones(2 * _CLEARANCE + 1)
    voiced_near = np.convolve(f0_hz > 0, reach, mode="same") > 0
    return np.flatnonzero(~voiced_near)


def _frame_power(samples: NDArray[np.float32], frames: int) -> NDArray[np.float64]:
    """Power around each frame over 15 ms, float64 [frames]."""
    padded = np.zeros(frames * HOP_SAMPLES, dtype=np.float64)
    kept = min(len(samples), len(padded))
    padded[:kept] = samples[:kept]
    power = (padded.reshape(frames, HOP_SAMPLES) ** 2).mean(axis=1)
    return np.convolve(power, np.ones(3) / 3, mode="same")
