"""What the basic voice knows about a person: learnt once from the clips, kept with the profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.base import Progress
from studio.engines.parametric.espeak import RATE_WPM, Espeak
from studio.engines.parametric.match_space import (
    Floats,
    active,
    bandwidth_in_bands,
    extend_bands,
    to_bands,
    to_cepstra,
)
from studio.engines.parametric.match_statistics import (
    ClassStatistics,
    Pitch,
    class_statistics,
    pitch_of,
)
from studio.engines.parametric.vocoder import Features, analyse, track_pitch
from studio.errors import EngineError
from studio.types import Segment

CALIBRATION: Final = (
    "The beige hue on the waters of the loch impressed all, including the French queen.",
    "We could hear the joyful young boys who thought that five good jokes measured up.",
    "Why would a child choose cheap shoes, when she saw that both of them were too thin?",
    "A large yellow van parked near the church, and just then the usual bell rang out.",
)
"""Between them every sound of English; the source voice reads them to show what it is like."""

PITCH_SEARCH_HZ: Final = (60.0, 450.0)
SPREAD_LIMITS: Final = (0.06, 0.35)
"""Log-F0 spread: one semitone is a monotone, six is a reader of fairy tales."""

HIGH_VOICE_HZ: Final = 160.0
"""Between the medians of men and women."""

MAX_LEARNT_S: Final = 60.0
"""More speech than this makes learning slow and the voice no closer."""


@dataclass(frozen=True, eq=False)
class ParametricVoice:
    """Everything the basic voice takes from a person's clips."""

    source_voice: str
    rate_factor: float
    source_pitch: Pitch
    target_pitch: Pitch
    source: ClassStatistics
    target: ClassStatistics

    def to_tensors(self) -> dict[str, NDArray[np.generic]]:
        """The voice as named arrays, for ``from_tensors``."""
        pitches = (self.source_pitch, self.target_pitch)
        return {
            "source_voice": np.frombuffer(self.source_voice.encode(), dtype=np.uint8),
            "figures": np.array(
                [self.rate_factor, *(v for p in pitches for v in (p.centre, p.spread))],
                dtype=np.float64,
            ),
            "statistics": np.stack(
                [self.source.mean, self.source.spread, self.target.mean, self.target.spread]
            ).astype(np.float32),
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[np.generic]]) -> ParametricVoice:
        """The voice that ``to_tensors`` took apart.

        Raises:
            KeyError, ValueError: an array is missing or has another shape.
        """
        rate, *pitch = (float(v) for v in tensors["figures"])
        means = tensors["statistics"].astype(np.float64)
        return cls(
            source_voice=tensors["source_voice"].tobytes().decode(),
            rate_factor=rate,
            source_pitch=Pitch(*pitch[:2]),
            target_pitch=Pitch(*pitch[2:]),
            source=ClassStatistics(means[0], means[1]),
            target=ClassStatistics(means[2], means[3]),
        )


def learn_voice(
    segments: Sequence[Segment], espeak: Espeak, progress: Progress | None = None
) -> ParametricVoice:
    """Learn what ``segments`` sound like; those without sound are passed over.

    Raises:
        EngineError: none of them has sound.
    """
    report = progress or (lambda share, what: None)
    report(0.0, "listening to the clips")
    clips = [_analyse_clip(segment) for segment in _with_sound(segments)]
    reference = join_features(clips)
    pitch = pitch_of(reference.f0_hz, SPREAD_LIMITS)
    source_voice = choose_source_voice(pitch)
    report(0.5, "listening to the source voice")
    calibration = join_features([render_features(espeak, t, source_voice) for t in CALIBRATION])
    own = pitch_of(calibration.f0_hz, SPREAD_LIMITS) or Pitch(float(np.log(120.0)), 0.2)
    return ParametricVoice(
        source_voice=source_voice,
        rate_factor=1.0,
        source_pitch=own,
        target_pitch=pitch or own,
        source=statistics_of(to_bands(calibration.envelope), calibration),
        target=statistics_of(reference_bands(reference, calibration), reference),
    )


def choose_source_voice(pitch: Pitch | None) -> str:
    """The espeak-ng voice that is carried over: the one nearer in pitch."""
    high = pitch is not None and pitch.centre > np.log(HIGH_VOICE_HZ)
    return "en-us+f2" if high else "en-us"


def render_features(espeak: Espeak, text: str, voice: str) -> Features:
    """What ``voice`` makes of ``text``, taken apart as the engine does when it speaks."""
    rendering = espeak.render(text, voice=voice, rate_wpm=RATE_WPM)
    return analyse(
        rendering.samples, quick=True, f0_floor=PITCH_SEARCH_HZ[0], f0_ceil=PITCH_SEARCH_HZ[1]
    )


def join_features(parts: Sequence[Features]) -> Features:
    """``parts`` one after the other."""
    return Features(
        np.concatenate([p.f0_hz for p in parts]),
        np.concatenate([p.envelope for p in parts]),
        np.concatenate([p.aperiodicity for p in parts]),
    )


def reference_bands(reference: Features, calibration: Features) -> Floats:
    """Bands of the person's speech, [frames, BANDS], continued upwards where the clip is dull."""
    bands = to_bands(reference.envelope)
    last = bandwidth_in_bands(bands[active(reference.envelope)])
    model = to_bands(calibration.envelope)
    for voiced in (False, True):
        alike = (calibration.f0_hz > 0) == voiced
        frames = (reference.f0_hz > 0) == voiced
        mean = model[alike & active(calibration.envelope)].mean(0)
        bands[frames] = extend_bands(bands[frames], mean, last)
    return bands


def statistics_of(bands: Floats, features: Features) -> ClassStatistics:
    """Figures over the frames that carry speech."""
    voicing: Floats = (features.f0_hz > 0).astype(np.float64)
    weights = active(features.envelope).astype(np.float64)
    return class_statistics(to_cepstra(bands), voicing, weights)


def _with_sound(segments: Sequence[Segment]) -> list[Segment]:
    found: list[Segment] = []
    seconds = 0.0
    for segment in segments:
        if segment.audio is None or seconds >= MAX_LEARNT_S:
            continue
        found.append(segment)
        seconds += segment.audio.duration_s
    if not found:
        raise EngineError(
            "This voice keeps no clip, and the basic voice learns from clips. Add a clip to it, "
            "or choose another engine."
        )
    return found


def _analyse_clip(segment: Segment) -> Features:
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
    return analyse(samples, quick=True, f0_floor=floor, f0_ceil=ceil)
