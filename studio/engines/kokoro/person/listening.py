"""What is heard of a person in their clips, as far as the studio voice can follow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.analysis.pace import syllables_per_s
from studio.analysis.pitch import PitchCurve, pitch_curve
from studio.analysis.speaker import embed
from studio.clips.voice_activity import speech_activity
from studio.errors import EngineError
from studio.types import Audio, Segment

MAX_HEARD_S: Final = 60.0
"""More speech than this takes longer and brings the voice no nearer."""

_MIN_VOICED: Final = 20


@dataclass(frozen=True, eq=False)
class Person:
    """``embedding`` float32 [256] of length 1; ``pitch_hz`` is the median and ``range_octaves``
    the way from the 10th to the 90th percentile, both None where nothing is voiced; ``pace`` in
    syllables a second, None where it cannot be told."""

    embedding: NDArray[np.float32]
    pitch_hz: float | None
    range_octaves: float | None
    pace: float | None


def listen(segments: Sequence[Segment]) -> Person:
    """The person who speaks in ``segments``; those without sound are passed over.

    Raises:
        EngineError: none of them has sound.
    """
    clips = _with_sound(segments)
    curves = [pitch_curve(clip.audio) for clip in clips]
    f0_hz = np.concatenate([curve.f0_hz[np.isfinite(curve.f0_hz)] for curve in curves])
    pitch_hz = range_octaves = None
    if len(f0_hz) >= _MIN_VOICED:
        low, middle, high = np.percentile(f0_hz, [10, 50, 90])
        pitch_hz, range_octaves = float(middle), float(np.log2(high / low))
    weights = np.array([clip.audio.duration_s for clip in clips])
    mean = weights @ np.stack([embed(clip.audio) for clip in clips])
    embedding = (mean / np.linalg.norm(mean)).astype(np.float32)
    return Person(embedding, pitch_hz, range_octaves, _pace(clips, curves))


@dataclass(frozen=True, eq=False)
class _Heard:
    audio: Audio
    transcript: str


def _with_sound(segments: Sequence[Segment]) -> list[_Heard]:
    found: list[_Heard] = []
    seconds = 0.0
    for segment in segments:
        audio = segment.audio
        if audio is None or not len(audio.samples) or seconds >= MAX_HEARD_S:
            continue
        found.append(_Heard(audio.slice(0.0, MAX_HEARD_S - seconds), segment.transcript))
        seconds += audio.duration_s
    if not found:
        raise EngineError(
            "This voice keeps no clip, and the studio voice learns from clips. Add a clip to it, "
            "or choose another engine."
        )
    return found


def _pace(clips: Sequence[_Heard], curves: Sequence[PitchCurve]) -> float | None:
    """Mean over the clips, each as much as there is speech in it."""
    found = []
    for clip, curve in zip(clips, curves, strict=True):
        spans = speech_activity(clip.audio).spans
        pace = syllables_per_s(clip.audio, spans, curve, clip.transcript)
        if pace is not None:
            found.append((pace, sum(span.duration_s for span in spans)))
    if not found:
        return None
    paces, weights = np.array(found).T
    return float(np.average(paces, weights=weights))
