"""Timbre of one voice carried over to another: how loud each sound is at which frequencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.parametric.espeak import Phoneme
from studio.engines.parametric.match_exemplars import (
    Exemplars,
    Recalled,
    from_breath,
    recall,
    source_view,
    symbols_of,
)
from studio.engines.parametric.match_space import (
    BANDS,
    Floats,
    active,
    apply_correction,
    from_cepstra,
    level,
    smooth,
    to_bands,
    to_cepstra,
)
from studio.engines.parametric.match_statistics import (
    CONTRAST,
    ClassStatistics,
    class_statistics,
    match_means,
)
from studio.engines.parametric.vocoder import Features
from studio.types import SpeechOptions

CORRECTION_SIGMA: Final = 2.0
"""Frames over which exemplars are smoothed: shorter and they jump, longer and the voice is lost."""

UNVOICED_SHARE: Final = 0.2
"""Of the exemplars' correction in unvoiced frames: they tell little of who speaks and, wrong, take
most of the words with them."""

LEAST_TRUST: Final = 0.4
"""Of the correction for a sound that the clips do not hold, taken from sounds beside it."""

EDGE_SIGMA: Final = 1.5
"""Frames over which the gain of unvoiced sounds comes and goes."""

IDLE_WEIGHT: Final = 0.02
"""Of frames without speech in that smoothing."""

DYNAMICS: Final = 0.7
DYNAMICS_LIMIT: Final = 0.7
"""Share of the exemplars' level that is taken over, and the most it may change (nepers of power,
3 dB): how strongly the person says which sound is part of the voice."""

CONSONANTS_DB: Final = 3.0
"""By how much unvoiced sounds are raised over the source's. Picheny, Durlach, Braida: "Speaking
clearly for the hard of hearing II", Journal of Speech and Hearing Research 29, 1986."""

LEAST_BREATH, MOST_BREATH = 0.001, 0.95
"""WORLD wants a voiced frame to be neither all tone nor all noise."""


@dataclass(frozen=True, eq=False)
class Timbre:
    """Two voices and how they correspond.

    ``carried`` are the mean cepstra, [CLASSES, CEPSTRA], of what exemplars make of the source at
    the strengths ``CARRIED_STRENGTHS``; the levels are mean first cepstra of speech.
    """

    source: ClassStatistics
    target: ClassStatistics
    source_level: float
    target_level: float
    exemplars: Exemplars
    carried: tuple[Floats, ...] = ()


CARRIED_STRENGTHS: Final = (0.5, 1.0)


def carry_timbre(
    timbre: Timbre, source: Features, phonemes: Sequence[Phoneme], closeness: float
) -> Features:
    """``source`` with the person's timbre; its pitch stays.

    Everything is local: a block of a sentence with a margin of 0.15 s at each side comes out, in
    its middle, as it would in the whole sentence. ``phonemes`` start in seconds from the first
    frame. ``closeness`` 0 is clearest, 1 is closest.
    """
    if not len(source):
        return source
    cepstra = to_cepstra(to_bands(source.envelope))
    voicing = (source.f0_hz > 0).astype(np.float64)
    speaking = active(source.envelope)
    weights = np.where(speaking, 1.0, IDLE_WEIGHT)
    found = recall(
        timbre.exemplars,
        source_view(cepstra, voicing, symbols_of(phonemes, len(source)), timbre.source),
    )
    change = correction(timbre, cepstra, voicing, found, weights, closeness)
    changed = apply_correction(source.envelope, change)
    unvoiced = 1.0 - smooth(voicing, EDGE_SIGMA)
    gain = 10 ** (CONSONANTS_DB * unvoiced / 10) * level(source.envelope) / level(changed)
    if len(timbre.exemplars):
        gain = gain * np.exp(closeness * _dynamics(timbre, cepstra, found.cepstra, weights))
    return Features(
        source.f0_hz,
        np.asarray(changed * gain[:, None]),
        _breathe(timbre, source, smooth(found.breath, CORRECTION_SIGMA, weights)),
    )


def correction(
    timbre: Timbre,
    cepstra: Floats,
    voicing: Floats,
    found: Recalled,
    weights: Floats,
    strength: float,
) -> Floats:
    """What is added to the log bands of the source, [frames, BANDS].

    First the means of the two voices are matched; then ``strength`` of the way to what the
    exemplars ``found``, smoothed; then the means again, and, in full from the usual closeness on,
    some of the contrast that means of exemplars have too little of.
    """
    change = match_means(cepstra, voicing, timbre.source.mean, timbre.target.mean)
    if not len(timbre.exemplars):
        return change
    rest = found.cepstra - cepstra - to_cepstra(change)
    rest[:, 0] = 0.0
    trust = LEAST_TRUST + (1.0 - LEAST_TRUST) * found.trust
    trust *= UNVOICED_SHARE + (1.0 - UNVOICED_SHARE) * voicing
    rest *= trust[:, None]
    change = change + strength * from_cepstra(smooth(rest, CORRECTION_SIGMA, weights))
    if timbre.carried:
        now = cepstra + to_cepstra(change)
        again = 1.0 + (CONTRAST - 1.0) * min(1.0, strength / SpeechOptions().closeness)
        change = change + match_means(
            now, voicing, _carried_at(timbre, strength), timbre.target.mean, again
        )
    return change


def with_carried_means(
    timbre: Timbre,
    cepstra: Floats,
    voicing: Floats,
    symbols: NDArray[np.object_],
    speaking: NDArray[np.bool_],
) -> Timbre:
    """``timbre`` with ``carried`` measured on speech of the source voice, [n, ...] each."""
    if not len(timbre.exemplars):
        return timbre
    weights = np.where(speaking, 1.0, IDLE_WEIGHT)
    found = recall(timbre.exemplars, source_view(cepstra, voicing, symbols, timbre.source))
    carried = []
    for strength in CARRIED_STRENGTHS:
        change = correction(timbre, cepstra, voicing, found, weights, strength)
        outcome = cepstra + to_cepstra(change)
        carried.append(class_statistics(outcome, voicing, speaking.astype(np.float64)).mean)
    return replace(timbre, carried=tuple(carried))


def _carried_at(timbre: Timbre, strength: float) -> Floats:
    """Means at any strength, in straight lines; at 0 the first match has made them right."""
    at = (0.0, *CARRIED_STRENGTHS)
    known = (timbre.target.mean, *timbre.carried)
    upper = int(np.clip(np.searchsorted(at, strength), 1, len(at) - 1))
    share = (strength - at[upper - 1]) / (at[upper] - at[upper - 1])
    return known[upper - 1] + share * (known[upper] - known[upper - 1])


def _dynamics(timbre: Timbre, cepstra: Floats, found: Floats, weights: Floats) -> Floats:
    """Change of each frame's log power, [frames]."""
    louder = (found[:, 0] - timbre.target_level) - (cepstra[:, 0] - timbre.source_level)
    # The first cepstrum is the sum of the bands over the root of their number.
    change = DYNAMICS * smooth(louder / np.sqrt(BANDS), 2 * CORRECTION_SIGMA, weights)
    return np.clip(change, -DYNAMICS_LIMIT, DYNAMICS_LIMIT)


def _breathe(timbre: Timbre, source: Features, breath: Floats) -> Floats:
    if not len(timbre.exemplars):
        return source.aperiodicity
    voiced = np.clip(from_breath(breath), LEAST_BREATH, MOST_BREATH)
    return np.where(source.f0_hz[:, None] > 0, voiced, source.aperiodicity)
