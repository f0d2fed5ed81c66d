"""Hearing the person and the source voice: clips and sentences taken apart, ready to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.parametric.espeak import RATE_WPM, Espeak, Phoneme
from studio.engines.parametric.match_exemplars import symbols_of, to_breath
from studio.engines.parametric.match_space import (
    Floats,
    active,
    bandwidth_in_bands,
    extend_bands,
    to_bands,
    to_cepstra,
)
from studio.engines.parametric.vocoder import Features, analyse, track_pitch
from studio.types import Segment

CALIBRATION: Final = (
    "The beige hue on the waters of the loch impressed all, including the French queen.",
    "We could hear the joyful young boys who thought that five good jokes measured up.",
    "Why would a child choose cheap shoes, when she saw that both of them were too thin?",
    "A large yellow van parked near the church, and just then the usual bell rang out.",
)
"""Between them every sound of English; the source voice reads them to show what it is like."""

PITCH_SEARCH_HZ: Final = (60.0, 450.0)

MAX_LEARNT_S: Final = 60.0
"""More speech than this makes learning slow and the voice no closer."""


# A source voice says them alike whoever is to be learnt. 3 MB for each that was asked for.
_calibrations: Final[dict[str, Heard]] = {}


@dataclass(frozen=True, eq=False)
class Heard:
    """Speech of one voice, a row every 5 ms: ``f0_hz`` [n], ``bands`` [n, BANDS], ``cepstra``
    [n, CEPSTRA], ``speaking`` [n], ``symbols`` [n] (empty strings where nobody knows)."""

    f0_hz: Floats
    bands: Floats
    cepstra: Floats
    breath: Floats
    speaking: NDArray[np.bool_]
    symbols: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.f0_hz)

    @property
    def voicing(self) -> Floats:
        """1 where voiced, 0 elsewhere, [n]."""
        return (self.f0_hz > 0).astype(np.float64)


def hear(features: Features, phonemes: Sequence[Phoneme] = ()) -> Heard:
    """What is compared of ``features``."""
    bands = to_bands(features.envelope)
    return Heard(
        features.f0_hz,
        bands,
        to_cepstra(bands),
        to_breath(features.aperiodicity),
        active(features.envelope),
        symbols_of(phonemes, len(features)),
    )


def join(parts: Sequence[Heard]) -> Heard:
    """``parts``, at least one, one after the other."""
    names = ("f0_hz", "bands", "cepstra", "breath", "speaking", "symbols")
    return Heard(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def hear_source(espeak: Espeak, text: str, voice: str) -> Heard:
    """What the source ``voice`` makes of ``text``, taken apart as it is when the engine speaks.

    Raises:
        EngineError: espeak-ng has no such voice.
    """
    rendering = espeak.render(text, voice=voice, rate_wpm=RATE_WPM)
    floor, ceil = PITCH_SEARCH_HZ
    features = analyse(
        rendering.samples, quick=True, f0_floor=floor, f0_ceil=ceil, aperiodicity=False
    )
    return hear(features, rendering.phonemes)


def hear_calibration(espeak: Espeak, voice: str) -> Heard:
    """``CALIBRATION`` as ``voice`` reads it: taken apart once, for it is the same for everybody.

    Raises:
        EngineError: espeak-ng has no such voice.
    """
    if voice not in _calibrations:
        _calibrations[voice] = join([hear_source(espeak, text, voice) for text in CALIBRATION])
    return _calibrations[voice]


def hear_clip(segment: Segment) -> Heard:
    """Take a clip apart, with the pitch searched for around the clip's own median.

    A wide search takes octaves for each other; half to twice the median leaves no room for that.
    """
    assert segment.audio is not None
    samples = segment.audio.slice(0.0, MAX_LEARNT_S).samples
    floor, ceil = PITCH_SEARCH_HZ
    first = track_pitch(samples, quick=True, f0_floor=floor, f0_ceil=ceil)
    if (first > 0).any():
        median = float(np.median(first[first > 0]))
        floor, ceil = max(floor, 0.5 * median), min(2.0 * ceil, 2.1 * median)
    return hear(analyse(samples, quick=True, f0_floor=floor, f0_ceil=ceil))


def extended(clip: Heard, source: Heard) -> Heard:
    """``clip`` continued upwards in the shape of ``source``, where its recording is dull."""
    last = bandwidth_in_bands(clip.bands[clip.speaking])
    bands = clip.bands.copy()
    for voiced in (False, True):
        rows = (clip.f0_hz > 0) == voiced
        alike = ((source.f0_hz > 0) == voiced) & source.speaking
        if alike.any():
            bands[rows] = extend_bands(bands[rows], source.bands[alike].mean(0), last)
    return Heard(clip.f0_hz, bands, to_cepstra(bands), clip.breath, clip.speaking, clip.symbols)
