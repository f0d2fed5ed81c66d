"""Where sounds begin, end and meet: short fades, so that no cut is heard as a click."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.types import Audio


def equal_power_fade(count: int) -> NDArray[np.float32]:
    """A rise from 0 to 1 over ``count`` samples, float32 [count].

    Its square and that of its mirror image add up to 1: two unrelated sounds that cross with it
    keep their power.
    """
    phase = (np.arange(count) + 0.5) / max(1, count) * (np.pi / 2)
    return np.sin(phase).astype(np.float32)


def fade_edges(audio: Audio, start_s: float = 0.0, end_s: float = 0.0) -> Audio:
    """``audio`` with its first ``start_s`` rising and its last ``end_s`` falling."""
    samples = audio.samples.copy()
    rising = min(round(start_s * audio.sample_rate), len(samples))
    falling = min(round(end_s * audio.sample_rate), len(samples))
    samples[:rising] *= equal_power_fade(rising)
    if falling:
        samples[-falling:] *= equal_power_fade(falling)[::-1]
    return Audio(samples, audio.sample_rate)


def join(first: Audio, second: Audio, fade_s: float) -> Audio:
    """``first`` then ``second``, crossing over at equal power for ``fade_s``.

    The result is ``fade_s`` shorter than the two together; a sound shorter than that crosses over
    in full.

    Raises:
        ValueError: their sample rates differ.
    """
    if first.sample_rate != second.sample_rate:
        raise ValueError(f"cannot join {first.sample_rate} Hz and {second.sample_rate} Hz")
    overlap = min(round(fade_s * first.sample_rate), len(first.samples), len(second.samples))
    split = len(first.samples) - overlap
    rise = equal_power_fade(overlap)
    crossing = first.samples[split:] * rise[::-1] + second.samples[:overlap] * rise
    samples = np.concatenate([first.samples[:split], crossing, second.samples[overlap:]])
    return Audio(samples, first.sample_rate)
