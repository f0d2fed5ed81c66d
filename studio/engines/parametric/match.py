"""Carrying the source voice over to the person: pitch, timbre, and how far to go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from studio.engines.parametric.espeak import Phoneme
from studio.engines.parametric.match_space import (
    Floats,
    apply_correction,
    level,
    to_bands,
    to_cepstra,
)
from studio.engines.parametric.match_statistics import match_statistics
from studio.engines.parametric.vocoder import Features
from studio.engines.parametric.voice import ParametricVoice

F0_LIMITS_HZ: Final = (45.0, 700.0)


def carry(
    voice: ParametricVoice, source: Features, phonemes: Sequence[Phoneme], closeness: float
) -> Features:
    """``source``, spoken by ``voice.source_voice``, moved towards the person.

    Everything is local: a block of a sentence with a margin of 0.15 s at each side comes out, in
    its middle, as it would in the whole sentence. ``phonemes`` start in seconds from the first
    frame. ``closeness`` 0 is clearest, 1 is closest. The level of each frame stays the source's.
    """
    if not len(source):
        return source
    envelope = _match_envelope(voice, source)
    return Features(carry_pitch(voice, source.f0_hz), envelope, source.aperiodicity)


def carry_pitch(voice: ParametricVoice, f0_hz: Floats) -> Floats:
    """Pitch [frames] around the person's centre, with the person's spread."""
    ratio = voice.target_pitch.spread / voice.source_pitch.spread
    moved = (np.log(np.maximum(f0_hz, 1.0)) - voice.source_pitch.centre) * ratio
    hz = np.clip(np.exp(voice.target_pitch.centre + moved), *F0_LIMITS_HZ)
    return np.where(f0_hz > 0, hz, 0.0)


def _match_envelope(voice: ParametricVoice, source: Features) -> Floats:
    cepstra = to_cepstra(to_bands(source.envelope))
    voicing = (source.f0_hz > 0).astype(np.float64)
    change = match_statistics(cepstra, voicing, voice.source, voice.target)
    changed = apply_correction(source.envelope, change)
    return np.asarray(changed * (level(source.envelope) / level(changed))[:, None])
