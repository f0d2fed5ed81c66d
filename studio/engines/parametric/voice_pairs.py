"""Which frames of the source voice say what the person says: by transcript, or by likeness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.parametric.match_alignment import STEP, align, alignment_features
from studio.engines.parametric.match_exemplars import SourceView, source_view
from studio.engines.parametric.match_space import Floats
from studio.engines.parametric.match_statistics import ClassStatistics
from studio.engines.parametric.voice_listening import Heard

LEAST_ADVANTAGE: Final = 0.055
"""Correlation by which a transcript must lie better along its clip than words that are not in it.
Ten of eleven true ones did (0.057 to 0.17; a slow orator did not), two of 22 wrong ones."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """The same sounds in two voices, row by row: the source as it will be looked up, the person's
    ``cepstra`` and ``breath``."""

    view: SourceView
    cepstra: Floats
    breath: Floats


def pairs_by_transcript(
    clip: Heard, reading: Heard, calibration: Heard, source: ClassStatistics
) -> tuple[Pairs, float] | None:
    """Pairs of ``clip`` and the source's ``reading`` of its transcript, and how many times longer
    the person took; None where the transcript is not what is said in the clip.

    Any words can be laid along any clip. Those of ``calibration`` are not what is said, so a
    transcript that fits no better than they do is not either.
    """
    if not reading.speaking.any() or not clip.speaking.any() or len(clip) < 2 * STEP:
        return None
    here, pauses = _features(clip), ~clip.speaking
    found = align(here, _features(reading), pauses)
    chance = align(here, _features(calibration)[: len(reading)], pauses)
    if found.likeness < chance.likeness + LEAST_ADVANTAGE:
        return None
    slower = float(clip.speaking.sum() / reading.speaking.sum())
    return _pair(clip, reading, found.source_frames, source), slower


def pairs_by_likeness(clip: Heard, calibration: Heard, source: ClassStatistics) -> Pairs:
    """Pairs of ``clip`` and whatever sounds most like it in ``calibration``, once each voice's own
    mean and spread are taken away: right more often than not, and averaged later on."""
    here, there = _features(clip), _features(calibration)
    usable = np.flatnonzero(calibration.speaking)
    likeness = here @ there[usable].T - 0.5 * (there[usable] ** 2).sum(1)
    return _pair(clip, calibration, usable[likeness.argmax(1)], source)


def join_pairs(parts: list[Pairs]) -> Pairs:
    """``parts``, at least one, one after the other."""
    view = SourceView(
        np.concatenate([p.view.context for p in parts]),
        np.concatenate([p.view.voicing for p in parts]),
        np.concatenate([p.view.symbols for p in parts]),
    )
    return Pairs(
        view,
        np.concatenate([p.cepstra for p in parts]),
        np.concatenate([p.breath for p in parts]),
    )


def _features(heard: Heard) -> Floats:
    return alignment_features(heard.cepstra, heard.voicing, heard.speaking)


def _pair(clip: Heard, reading: Heard, frames: NDArray[np.int64], source: ClassStatistics) -> Pairs:
    kept = np.flatnonzero(clip.speaking & reading.speaking[frames])[::STEP]
    view = source_view(reading.cepstra, reading.voicing, reading.symbols, source)
    rows = frames[kept]
    return Pairs(
        SourceView(view.context[rows], view.voicing[rows], view.symbols[rows]),
        clip.cepstra[kept],
        clip.breath[kept],
    )
