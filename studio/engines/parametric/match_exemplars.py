"""Moments of the person's speech, found again by what the source voice says there.

Each exemplar is a pair: the source voice's view of a moment of a clip, with its surroundings, and
the person's spectrum at that moment. A new sentence looks up the pairs whose source side is most
like its own frames, and takes the weighted mean of their other side. Used as they are such means
are blurred and jump about; as a smoothed correction of an intelligible envelope they are neither.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.parametric.espeak import Phoneme
from studio.engines.parametric.match_space import CEPSTRA, Floats
from studio.engines.parametric.match_statistics import ClassStatistics
from studio.engines.parametric.vocoder import BINS, HOP_S

NEIGHBOURS: Final = 8
SHARPNESS: Final = 2.0
"""How fast a neighbour's weight falls with its distance, in units of the nearest one's."""

SHAPE: Final = 18
"""Cepstra that are looked up, the level (the first) left out."""

OFFSETS: Final = ((0, 1.0), (-6, 0.6), (6, 0.6), (-12, 0.35), (12, 0.35))
"""Frames around a moment, and how much each counts: what stands beside a sound colours it."""

CONTEXT_WEIGHT: Final = 0.45
PREDICTION_WEIGHT: Final = 0.6
VOICING_WEIGHT: Final = 2.0
OTHER_SOUND_COST: Final = 16.0
"""Squared distance added where the phonemes differ: an ``i`` is taken from an ``e`` only where
nothing else is near."""

ENOUGH_EXEMPLARS: Final = 3.0
"""With this many exemplars of a sound (10 ms each) it is half trusted."""

RIDGE: Final = 0.05

BREATH_BANDS: Final = 8
"""Steps in which the noisiness of the voice is kept, over equal shares of the frequencies."""

_MARKS: Final = re.compile("[ˈˌː]")


@dataclass(frozen=True, eq=False)
class Exemplars:
    """``places`` [n, ...] where to look, ``cepstra`` [n, CEPSTRA] and ``breath`` [n, BREATH_BANDS]
    what is found there, ``sounds`` [n] indices into ``symbols``; ``predictor`` is the linear map
    from the source's context to the person's spectrum that takes part in the looking."""

    places: Floats
    cepstra: Floats
    breath: Floats
    sounds: NDArray[np.int64]
    symbols: tuple[str, ...]
    predictor: Floats

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, eq=False)
class Recalled:
    """``cepstra`` [n, CEPSTRA], ``breath`` [n, BREATH_BANDS], and ``trust`` [n] in them, 0 to 1:
    how well the person's clips cover the sound."""

    cepstra: Floats
    breath: Floats
    trust: Floats


@dataclass(frozen=True, eq=False)
class SourceView:
    """Frames of the source voice as they are looked up: ``context`` [n, ...], ``voicing`` [n] and
    the symbol of the sound each lies in, [n]."""

    context: Floats
    voicing: Floats
    symbols: NDArray[np.object_]


def source_view(
    cepstra: Floats, voicing: Floats, symbols: NDArray[np.object_], source: ClassStatistics
) -> SourceView:
    """The view of ``cepstra`` [n, CEPSTRA]; ``source`` makes it free of the voice's own mean."""
    normal = (cepstra - source.mean.mean(0)) / source.spread[1]
    shape = np.clip(normal[:, 1:SHAPE], -4.0, 4.0)
    frames = np.arange(len(shape))
    moments = [
        weight * shape[np.clip(frames + offset, 0, len(shape) - 1)] for offset, weight in OFFSETS
    ]
    return SourceView(np.hstack(moments), voicing, symbols)


def symbols_of(phonemes: Sequence[Phoneme], frames: int) -> NDArray[np.object_]:
    """The sound that each frame lies in, without stress and length; "" where there is none."""
    symbols = np.full(frames, "", dtype=object)
    for phoneme in phonemes:
        symbols[max(0, round(phoneme.start_s / HOP_S)) :] = _MARKS.sub("", phoneme.symbol)
    return symbols


def make_exemplars(
    view: SourceView, cepstra: Floats, breath: Floats, target: ClassStatistics
) -> Exemplars:
    """Pair the rows of ``view`` with the person's ``cepstra`` and ``breath``, row by row."""
    inputs = _inputs(view)
    gram = inputs.T @ inputs + RIDGE * max(1, len(inputs)) * np.eye(inputs.shape[1])
    normal = cepstra[:, 1:SHAPE] / target.spread[1, 1:SHAPE]
    predictor: Floats = np.linalg.solve(gram, inputs.T @ normal).astype(np.float64)
    symbols, sounds = np.unique(view.symbols.astype(str), return_inverse=True)
    return Exemplars(
        places=_places(view, predictor),
        cepstra=cepstra,
        breath=breath,
        sounds=sounds.astype(np.int64),
        symbols=tuple(str(s) for s in symbols),
        predictor=predictor,
    )


def recall(exemplars: Exemplars, view: SourceView) -> Recalled:
    """What the person would make of the frames of ``view``."""
    frames = len(view.voicing)
    if not len(exemplars):
        return Recalled(
            np.zeros((frames, CEPSTRA)), np.zeros((frames, BREATH_BANDS)), np.zeros(frames)
        )
    here = _places(view, exemplars.predictor).astype(np.float32)
    there = exemplars.places.astype(np.float32)
    squared = (here**2).sum(1)[:, None] + (there**2).sum(1) - 2.0 * here @ there.T
    number = {symbol: index for index, symbol in enumerate(exemplars.symbols)}
    sounds = np.array([number.get(str(s), -1) for s in view.symbols])
    squared = np.maximum(squared, 0.0)
    squared += OTHER_SOUND_COST * (sounds[:, None] != exemplars.sounds)
    count = min(NEIGHBOURS, len(exemplars))
    nearest = np.argpartition(squared, count - 1, axis=1)[:, :count]
    distance = np.sqrt(np.take_along_axis(squared, nearest, axis=1)).astype(np.float64)
    first = distance.min(1, keepdims=True)
    weights = np.exp(-SHARPNESS * (distance - first) / (first + 1e-6))
    weights /= weights.sum(1, keepdims=True)
    counts = np.append(np.bincount(exemplars.sounds, minlength=len(exemplars.symbols)), 0)[sounds]
    return Recalled(
        np.einsum("fk,fkc->fc", weights, exemplars.cepstra[nearest]),
        np.einsum("fk,fkb->fb", weights, exemplars.breath[nearest]),
        counts / (counts + ENOUGH_EXEMPLARS),
    )


def to_breath(aperiodicity: Floats) -> Floats:
    """[frames, BINS] to its mean in each of the steps, [frames, BREATH_BANDS]."""
    used = aperiodicity[:, : BINS // BREATH_BANDS * BREATH_BANDS]
    return np.asarray(used.reshape(len(used), BREATH_BANDS, -1).mean(2))


def from_breath(breath: Floats) -> Floats:
    """[frames, BREATH_BANDS] to aperiodicity [frames, BINS], in straight lines."""
    width = BINS // BREATH_BANDS
    at = np.clip((np.arange(BINS) - width / 2) / width, 0.0, BREATH_BANDS - 1.0)
    low = np.minimum(at.astype(np.intp), BREATH_BANDS - 2)
    share = at - low
    return np.asarray(breath[:, low] * (1.0 - share) + breath[:, low + 1] * share)


def _inputs(view: SourceView) -> Floats:
    ones = np.ones((len(view.voicing), 1))
    return np.hstack([view.context, ones, view.voicing[:, None]])


def _places(view: SourceView, predictor: Floats) -> Floats:
    prediction = _inputs(view) @ predictor
    return np.hstack(
        [
            CONTEXT_WEIGHT * view.context,
            PREDICTION_WEIGHT * prediction,
            VOICING_WEIGHT * view.voicing[:, None],
        ]
    )
