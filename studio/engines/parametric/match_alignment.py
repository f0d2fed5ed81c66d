"""Which moment of the source voice says what the person says at each moment of a clip.

The source voice reads the clip's transcript, and dynamic programming lays its frames along the
clip's. Aligned frames are pairs of the same sound in two voices: all that is learnt about single
sounds is learnt from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.parametric.match_space import Floats

Singles = NDArray[np.float32]

STEP: Final = 2
"""Alignment works on every second frame (10 ms): a sound lasts longer, and it costs a quarter."""

ALIGNED_CEPSTRA: Final = 18
DELTA_WEIGHT: Final = 0.6
LEVEL_WEIGHT: Final = 1.0
VOICING_WEIGHT: Final = 1.5

FASTEST: Final = 4
"""Source frames that one frame of the clip may pass; nobody reads four times as fast."""

SKIP_COST: Final = 0.25
"""Per source frame passed over, in units of a frame's mean distance."""

PAUSE_COST: Final = 0.4
"""Of a silent frame of the clip, whatever the source says there: readers pause where they like."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """``source_frames`` int64 [clip frames]; ``likeness`` of what came to lie on each other while
    the clip speaks, a correlation."""

    source_frames: NDArray[np.int64]
    likeness: float


def alignment_features(cepstra: Floats, voicing: Floats, speaking: NDArray[np.bool_]) -> Floats:
    """What is compared: [frames, ...], free of the voice's own mean and spread."""
    used = cepstra[speaking] if speaking.any() else cepstra
    mean, spread = used.mean(0), used.std(0) + 1e-3
    normal = ((cepstra - mean) / spread)[:, :ALIGNED_CEPSTRA]
    # Low coefficients differ more between sounds than high ones: they keep part of that weight.
    weight = np.sqrt(spread[:ALIGNED_CEPSTRA] / spread[1:ALIGNED_CEPSTRA].max())
    weight[0] = LEVEL_WEIGHT
    shape = np.clip(normal, -4.0, 4.0) * weight
    delta = np.zeros_like(shape)
    if len(shape) > 8:
        delta[4:-4] = (shape[8:] - shape[:-8]) * DELTA_WEIGHT
    return np.hstack([shape, delta, (voicing * VOICING_WEIGHT)[:, None]])


def align(clip: Floats, source: Floats, pauses: NDArray[np.bool_]) -> Alignment:
    """Lay ``source`` [m, ...] along ``clip`` [n, ...]; ``pauses`` [n] are the clip's silent frames.

    Both begin and end together.
    """
    here, there, silent = clip[::STEP], source[::STEP], pauses[::STEP]
    distance = _distances(here, there)
    distance /= max(float(np.median(distance.min(1))), 1e-9)
    distance[silent] = PAUSE_COST
    path = _cheapest_path(distance)
    frames = np.repeat(path * STEP, STEP)[: len(clip)]
    # Between two aligned frames the source moves on as well, if it moves at all.
    moving = np.repeat(np.diff(path, append=path[-1]) > 0, STEP)[: len(clip)]
    frames[1::STEP] += moving[1::STEP]
    frames = np.minimum(frames, len(source) - 1)
    return Alignment(frames, _likeness(clip[~pauses], source[frames[~pauses]]))


def _likeness(a: Floats, b: Floats) -> float:
    if not len(a):
        return 0.0
    a, b = a - a.mean(0), b - b.mean(0)
    return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum() + 1e-12))


def _distances(a: Floats, b: Floats) -> Singles:
    a, b = a.astype(np.float32), b.astype(np.float32)
    squared = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2.0 * a @ b.T
    return np.asarray(np.sqrt(np.maximum(squared, 0.0, out=squared), out=squared))


def _cheapest_path(distance: Singles) -> NDArray[np.int64]:
    """For each row the column it lies on: columns never go back and advance by up to FASTEST."""
    rows, columns = distance.shape
    # A short clip against a long transcript must be able to reach the end.
    fastest = min(columns - 1, max(FASTEST, -(-columns // max(rows - 1, 1)) + 1))
    best = np.full(columns, np.inf, dtype=np.float32)
    best[0] = distance[0, 0]
    came_by = np.zeros((rows, columns), dtype=np.uint8)
    for row in range(1, rows):
        before, best = best, best.copy()
        for advance in range(1, fastest + 1):
            arrival = before[:-advance] + np.float32(SKIP_COST * (advance - 1))
            nearer = arrival < best[advance:]
            np.copyto(best[advance:], arrival, where=nearer)
            came_by[row, advance:][nearer] = min(advance, 255)
        best += distance[row]
    path = np.empty(rows, dtype=np.int64)
    path[-1] = columns - 1
    for row in range(rows - 1, 0, -1):
        path[row - 1] = path[row] - came_by[row, path[row]]
    return np.maximum(path, 0)
