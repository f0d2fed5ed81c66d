"""The outline of a sound, for drawing its waveform."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.types import Audio


def peaks(audio: Audio, buckets: int) -> NDArray[np.float32]:
    """Lowest and highest sample of ``buckets`` equal parts: float32 [buckets, 2].

    A sound with fewer samples than buckets repeats samples; an empty one is a flat line.

    Raises:
        ValueError: ``buckets`` is below 1.
    """
    if buckets < 1:
        raise ValueError(f"buckets must be at least 1, not {buckets}")
    count = len(audio.samples)
    if count == 0:
        return np.zeros((buckets, 2), dtype=np.float32)
    starts = np.arange(buckets) * count // buckets
    lowest = np.minimum.reduceat(audio.samples, starts)
    highest = np.maximum.reduceat(audio.samples, starts)
    return np.stack([lowest, highest], axis=1)
