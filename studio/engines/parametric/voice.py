"""What the basic voice knows about a person: learnt once from the clips, kept with the profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.base import Progress
from studio.engines.parametric.espeak import Espeak
from studio.engines.parametric.languages import espeak_voice
from studio.engines.parametric.match_exemplars import Exemplars, make_exemplars
from studio.engines.parametric.match_space import CEPSTRA
from studio.engines.parametric.match_statistics import (
    CLASSES,
    ClassStatistics,
    Pitch,
    class_statistics,
    pitch_of,
)
from studio.engines.parametric.match_timbre import Timbre, with_carried_means
from studio.engines.parametric.voice_listening import (
    MAX_LEARNT_S,
    Heard,
    extended,
    hear_calibration,
    hear_clip,
    hear_source,
    join,
)
from studio.engines.parametric.voice_pairs import (
    Pairs,
    join_pairs,
    pairs_by_likeness,
    pairs_by_transcript,
)
from studio.errors import EngineError
from studio.types import Audio, Segment

SPREAD_LIMITS: Final = (0.06, 0.35)
"""Log-F0 spread: one semitone is a monotone, six is a reader of fairy tales."""

RATE_LIMITS: Final = (0.8, 1.25)
"""Of espeak-ng's pace: beyond these it drawls or gabbles."""

HIGH_VOICE_HZ: Final = 160.0
"""Between the medians of men and women."""

HIGH_VARIANT: Final = "+f2"

UNKNOWN_PITCH: Final = Pitch(float(np.log(140.0)), 0.15)
"""For a source that was never voiced; between the voices of men and women."""


@dataclass(frozen=True, eq=False)
class ParametricVoice:
    """Everything the basic voice takes from a person's clips."""

    source_voice: str
    rate_factor: float
    source_pitch: Pitch
    target_pitch: Pitch
    timbre: Timbre

    def to_tensors(self) -> dict[str, NDArray[np.generic]]:
        """The voice as named arrays, for ``from_tensors``."""
        timbre, exemplars = self.timbre, self.timbre.exemplars
        pitches = (self.source_pitch, self.target_pitch)
        statistics = (timbre.source, timbre.target)
        figures = [self.rate_factor, *(v for p in pitches for v in (p.centre, p.spread))]
        return {
            "source_voice": _encoded(self.source_voice),
            "figures": np.array([*figures, timbre.source_level, timbre.target_level]),
            "statistics": np.stack([(s.mean, s.spread) for s in statistics]).astype(np.float32),
            "carried": np.reshape(timbre.carried, (-1, CLASSES, CEPSTRA)).astype(np.float32),
            "places": exemplars.places.astype(np.float16),
            "cepstra": exemplars.cepstra.astype(np.float16),
            "breath": exemplars.breath.astype(np.float16),
            "sounds": exemplars.sounds.astype(np.uint16),
            "symbols": _encoded("\n".join(exemplars.symbols)),
            "predictor": exemplars.predictor.astype(np.float32),
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[np.generic]]) -> ParametricVoice:
        """The voice that ``to_tensors`` took apart.

        Raises:
            KeyError, ValueError: an array is missing or has another shape.
        """
        real = {
            name: tensors[name].astype(np.float64)
            for name in (
                "figures",
                "statistics",
                "carried",
                "places",
                "cepstra",
                "breath",
                "predictor",
            )
        }
        rate, *pitch, source_level, target_level = (float(v) for v in real["figures"])
        source, target = (ClassStatistics(*pair) for pair in real["statistics"])
        exemplars = Exemplars(
            places=real["places"],
            cepstra=real["cepstra"],
            breath=real["breath"],
            sounds=tensors["sounds"].astype(np.int64),
            symbols=tuple(_decoded(tensors["symbols"]).split("\n")),
            predictor=real["predictor"],
        )
        return cls(
            source_voice=_decoded(tensors["source_voice"]),
            rate_factor=rate,
            source_pitch=Pitch(*pitch[:2]),
            target_pitch=Pitch(*pitch[2:]),
            timbre=Timbre(
                source, target, source_level, target_level, exemplars, tuple(real["carried"])
            ),
        )


def learn_voice(
    segments: Sequence[Segment], espeak: Espeak, progress: Progress | None = None
) -> ParametricVoice:
    """Learn what ``segments`` sound like; those without sound are passed over.

    Raises:
        EngineError: none of them has sound.
    """
    report = progress or _say_nothing
    usable = _with_sound(segments)
    recorded = []
    for number, segment in enumerate(usable):
        report(0.5 * number / len(usable), "Listening to the clips")
        recorded.append(hear_clip(segment))
    pitch = pitch_of(np.concatenate([clip.f0_hz for clip in recorded]), SPREAD_LIMITS)
    source_voice = _source_voice(usable[0].language, pitch)
    report(0.5, "Listening to the source voice")
    calibration = hear_calibration(espeak, source_voice)
    clips = [extended(clip, calibration) for clip in recorded]
    source = _figures(calibration)
    report(0.6, "Comparing the two, sound by sound")
    transcripts = [segment.transcript for segment in usable]
    pairs, slower = _pairs(clips, transcripts, calibration, source, espeak, source_voice)
    report(0.8, "Measuring the outcome")
    own = pitch_of(calibration.f0_hz, SPREAD_LIMITS) or UNKNOWN_PITCH
    return ParametricVoice(
        source_voice=source_voice,
        rate_factor=float(np.clip(1.0 / slower, *RATE_LIMITS)),
        source_pitch=own,
        target_pitch=pitch or own,
        timbre=_timbre(calibration, join(clips), source, pairs),
    )


def person_of(segments: Sequence[Segment]) -> Audio:
    """All that is learnt from, one after the other.

    Raises:
        EngineError: none of ``segments`` has sound.
    """
    usable = _with_sound(segments)
    return Audio(np.concatenate([s.audio.samples for s in usable if s.audio is not None]))


def _source_voice(language: str, pitch: Pitch | None) -> str:
    """The espeak-ng voice to carry over: for a high voice the variant with a shorter throat.

    From the plain voice, women came out 0.03 less like themselves at equal clearness.
    """
    high = pitch is not None and pitch.centre > np.log(HIGH_VOICE_HZ)
    return espeak_voice(language) + (HIGH_VARIANT if high else "")


def _pairs(
    clips: Sequence[Heard],
    transcripts: Sequence[str],
    calibration: Heard,
    source: ClassStatistics,
    espeak: Espeak,
    voice: str,
) -> tuple[Pairs, float]:
    """All pairs, and how many times longer than the source the person takes to say something."""
    pairs, paces = [], []
    for clip, transcript in zip(clips, transcripts, strict=True):
        aligned = None
        if transcript.strip():
            reading = hear_source(espeak, transcript, voice)
            aligned = pairs_by_transcript(clip, reading, calibration, source)
        if aligned is None:
            pairs.append(pairs_by_likeness(clip, calibration, source))
        else:
            pairs.append(aligned[0])
            paces.append(aligned[1])
    return join_pairs(pairs), float(np.mean(paces)) if paces else 1.0


def _timbre(calibration: Heard, person: Heard, source: ClassStatistics, pairs: Pairs) -> Timbre:
    # A clip in which nobody speaks leaves the source as it is.
    target = _figures(person) if person.speaking.any() else source
    timbre = Timbre(
        source,
        target,
        _mean_level(calibration),
        _mean_level(person),
        make_exemplars(pairs.view, pairs.cepstra, pairs.breath, target),
    )
    return with_carried_means(
        timbre, calibration.cepstra, calibration.voicing, calibration.symbols, calibration.speaking
    )


def _figures(heard: Heard) -> ClassStatistics:
    return class_statistics(heard.cepstra, heard.voicing, heard.speaking.astype(np.float64))


def _mean_level(heard: Heard) -> float:
    return float(heard.cepstra[heard.speaking, 0].mean()) if heard.speaking.any() else 0.0


def _with_sound(segments: Sequence[Segment]) -> list[Segment]:
    found: list[Segment] = []
    seconds = 0.0
    for segment in segments:
        if segment.audio is None or not len(segment.audio.samples) or seconds >= MAX_LEARNT_S:
            continue
        found.append(segment)
        seconds += segment.audio.duration_s
    if not found:
        raise EngineError(
            "This voice keeps no clip, and the basic voice learns from clips. Add a clip to it, "
            "or choose another engine."
        )
    return found


def _encoded(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _decoded(tensor: NDArray[np.generic]) -> str:
    return tensor.tobytes().decode()


def _say_nothing(share: float, what: str) -> None:
    pass
