"""Carrying the source voice over to the person: pitch, timbre, and how far to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from studio.engines.parametric.espeak import Phoneme
from studio.engines.parametric.match_space import Floats
from studio.engines.parametric.match_timbre import carry_timbre
from studio.engines.parametric.vocoder import Features
from studio.engines.parametric.voice import ParametricVoice

F0_LIMITS_HZ: Final = (45.0, 700.0)

RANGE_RATIO_LIMITS: Final = (0.5, 1.6)
"""espeak-ng's melody, stretched further than this, sounds like singing and less like the person."""


def carry(
    voice: ParametricVoice, source: Features, phonemes: Sequence[Phoneme], closeness: float
) -> Features:
    """``source``, spoken by ``voice.source_voice``, moved towards the person.

    Everything is local: a block of a sentence with a margin of 0.15 s at each side comes out, in
    its middle, as it would in the whole sentence. ``phonemes`` start in seconds from the first
    frame. ``closeness`` 0 is clearest, 1 is closest.
    """
    if not len(source):
        return source
    carried = carry_timbre(voice.timbre, source, phonemes, closeness)
    return replace(carried, f0_hz=carry_pitch(voice, source.f0_hz))


def carry_pitch(voice: ParametricVoice, f0_hz: Floats) -> Floats:
    """Pitch [frames] around the person's centre, with the person's spread."""
    ratio = voice.target_pitch.spread / voice.source_pitch.spread
    moved = np.log(np.maximum(f0_hz, 1.0)) - voice.source_pitch.centre
    moved *= np.clip(ratio, *RANGE_RATIO_LIMITS)
    hz = np.clip(np.exp(voice.target_pitch.centre + moved), *F0_LIMITS_HZ)
    return np.where(f0_hz > 0, hz, 0.0)
