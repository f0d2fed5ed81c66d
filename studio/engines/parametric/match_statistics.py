"""Mean and spread of a voice, and moving one voice's mean onto another's.

Matching cepstra per class of sound is the oldest of the voice conversions; it needs no alignment,
little data, and it leaves the order of the sounds alone, so words stay clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from studio.engines.parametric.match_space import CEPSTRA, Floats, from_cepstra, smooth

CLASSES: Final = 2
"""Unvoiced and voiced."""

CONTRAST: Final = 1.15
"""How many times further apart sounds are set than they were. By the person's own spread, which a
noisy clip makes small, words were lost."""

VOICING_SIGMA: Final = 2.0
"""Frames over which one class's correction turns into the other's."""

ENOUGH_FRAMES: Final = 60.0
"""With this many frames (0.3 s) a class's own figures count as much as the other class's."""


@dataclass(frozen=True, eq=False)
class ClassStatistics:
    """Cepstra of unvoiced and voiced frames: ``mean`` and ``spread``, [CLASSES, CEPSTRA]."""

    mean: Floats
    spread: Floats


@dataclass(frozen=True)
class Pitch:
    """Natural log of F0 in Hz: its ``centre`` (median) and ``spread`` (standard deviation)."""

    centre: float
    spread: float


def class_statistics(cepstra: Floats, voicing: Floats, weights: Floats) -> ClassStatistics:
    """Figures of ``cepstra`` [frames, CEPSTRA]; ``voicing`` [frames] from 0 to 1.

    A class with few frames leans on the other one.
    """
    pooled_mean, pooled_spread = _weighted(cepstra, weights)
    means, spreads = [], []
    for share in (1.0 - voicing, voicing):
        mean, spread = _weighted(cepstra, weights * share)
        count = float((weights * share).sum())
        trust = count / (count + ENOUGH_FRAMES)
        means.append(trust * mean + (1.0 - trust) * pooled_mean)
        spreads.append(trust * spread + (1.0 - trust) * pooled_spread)
    return ClassStatistics(np.stack(means), np.stack(spreads))


def _weighted(rows: Floats, weights: Floats) -> tuple[Floats, Floats]:
    total = weights.sum()
    if total < 1e-6:
        return np.zeros(CEPSTRA), np.ones(CEPSTRA)
    mean = weights @ rows / total
    return mean, np.sqrt(weights @ (rows - mean) ** 2 / total + 1e-6)


def match_means(
    cepstra: Floats, voicing: Floats, source: Floats, target: Floats, contrast: float = CONTRAST
) -> Floats:
    """The correction in bands, [frames, BANDS], that moves the means ``source`` to ``target``,
    [CLASSES, CEPSTRA] each, and sets the sounds around them ``contrast`` times further apart.

    Level (the first coefficient) is never touched: who is loud where belongs to the words.
    """
    shift = target - source * contrast
    change = np.stack([cepstra * (contrast - 1.0) + shift[k] for k in range(CLASSES)])
    change[:, :, 0] = 0.0
    share = smooth(voicing, VOICING_SIGMA)[:, None]
    return from_cepstra((1.0 - share) * change[0] + share * change[1])


def pitch_of(f0_hz: Floats, limits: tuple[float, float]) -> Pitch | None:
    """Centre and spread of the voiced frames, ``limits`` on the spread; None without any.

    The spread is 1.4826 times the median distance from the median, which octave errors of the
    pitch tracker and creak at the ends of phrases do not move.
    """
    voiced = np.log(f0_hz[f0_hz > 0])
    if len(voiced) < ENOUGH_FRAMES / 3:
        return None
    centre = float(np.median(voiced))
    spread = 1.4826 * float(np.median(np.abs(voiced - centre)))
    return Pitch(centre, float(np.clip(spread, *limits)))
