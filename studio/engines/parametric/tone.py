"""The tone of a voice: what is raised and lowered in its loud sounds to bring it to the person.

Exemplars and statistics treat all frames alike, so that the few loud ones, which decide whom one
hears, come out brighter than the person's. The speaker encoder says what is left to change there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from studio.analysis.speaker_tone import fit_tone, loudness, tone_at
from studio.engines.parametric.match_space import Floats, level, smooth
from studio.engines.parametric.vocoder import BINS_HZ, Features
from studio.errors import AnalysisUnavailableError, ClipRefusedError
from studio.types import Audio, SpeechOptions

VOICING_SIGMA: Final = 1.5
"""Frames over which the tone comes and goes at the ends of a voiced sound."""


@dataclass(frozen=True)
class Tone:
    """``bands`` of the speaker encoder in nepers of power, none where it is not known; ``top_db``
    is the level of the loud frames that it acts on."""

    bands: tuple[float, ...] = ()
    top_db: float = 0.0

    def colour(self, features: Features, closeness: float) -> Features:
        """``features`` with this tone in the loud voiced frames: in full from the usual closeness
        on, less the clearer it is to be."""
        if not self.bands or not len(features):
            return features
        share = min(1.0, closeness / SpeechOptions().closeness)
        voiced = smooth((features.f0_hz > 0).astype(np.float64), VOICING_SIGMA)
        acts = share * voiced * loudness(_level_db(features), self.top_db)
        change = acts[:, None] * tone_at(np.array(self.bands), BINS_HZ)
        return replace(features, envelope=features.envelope * np.exp(change))


NO_TONE: Final = Tone()


def learn_tone(carried: Sequence[Features], voice: Audio, person: Audio) -> Tone:
    """The tone that ``carried``, whole sentences without one, needs to sound like ``person``.

    ``voice`` is the sound of ``carried``.

    There is none where the speaker encoder is missing or damaged, or ``person`` is silent.
    """
    try:
        bands = fit_tone(voice, person)
    except (AnalysisUnavailableError, ClipRefusedError):
        return NO_TONE
    top_db = float(np.percentile(np.concatenate([_level_db(part) for part in carried]), 95))
    return Tone(tuple(round(float(band), 4) for band in bands), top_db)


def _level_db(features: Features) -> Floats:
    return np.asarray(10.0 * np.log10(level(features.envelope)))
