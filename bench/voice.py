"""The studio voice as a listener would judge it: like the person, natural, understood.

For people and sentences that nothing was chosen on, and apart from them for those that were: how
like the person (by the encoder that voices are tuned with, and by another), how natural, how many
words are understood, how far from the person's pitch and pace. Beside the tuned voice stand the
quick one, the nearest stock voice, raw hibari, and the people's own clips.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from bench.figures import Figure, SkipPart
from bench.judges import CamPlusPlus, DistillMos, DnsMos, Moonshine, Whisper, require_judges
from bench.material import SENTENCES, Setting, render
from bench.people import Person, kept_aside, tuned_on
from bench.words import words, wrong_words
from studio import SpeechRequest
from studio.analysis import speaker
from studio.analysis.pace import syllables_per_s
from studio.analysis.pitch import pitch_curve
from studio.clips.voice_activity import speech_activity
from studio.core.voices.making import Clip
from studio.studio import Studio
from studio.types import Audio

ENGINE: Final = "kokoro"

# Read by nobody while the engine was made.
NEW_SENTENCES: Final = (
    "The ferry leaves at noon, so we still have time for a coffee.",
    "Her brother repairs old clocks in a shop behind the market.",
    "I could hardly believe how quiet the forest was that night.",
    "Put some more wood on the fire before everybody gets cold.",
    "The teacher smiled, closed the book, and waited for an answer.",
    "Three boats were lost in the storm, but all the men came home.",
)


@dataclass(frozen=True)
class Verdict:
    """What the judges say of one take; see ``MEASURES`` for the units."""

    likeness: float
    other_likeness: float
    naturalness: float
    quality: float
    wrong: int
    wrong_whisper: int
    words: int
    pitch_st: float
    pace_share: float


@dataclass(frozen=True)
class Measure:
    """One row of the table. ``of`` takes all verdicts of one person."""

    name: str
    of: Callable[[list[Verdict]], float]
    unit: str = ""
    target: float | None = None
    at_least: bool = False
    worst: float | None = None
    """Bound for the worst person."""


def _mean(field: str) -> Callable[[list[Verdict]], float]:
    return lambda verdicts: statistics.mean(getattr(one, field) for one in verdicts)


def _wrong(field: str) -> Callable[[list[Verdict]], float]:
    return lambda verdicts: (
        sum(getattr(one, field) for one in verdicts) / sum(one.words for one in verdicts)
    )


MEASURES: Final = (
    Measure("likeness, Resemblyzer", _mean("likeness"), "", 0.75, True, 0.66),
    Measure("likeness, CAM++", _mean("other_likeness")),
    Measure("naturalness, DistillMOS", _mean("naturalness"), "of 5", 4.0, True, 3.6),
    Measure("quality, DNSMOS", _mean("quality"), "of 5"),
    Measure("words wrong, Moonshine tiny", _wrong("wrong"), "", 0.03),
    Measure("words wrong, Whisper tiny.en", _wrong("wrong_whisper")),
    Measure("pitch away from the person's", _mean("pitch_st"), "semitones"),
    Measure("pace away from the person's", _mean("pace_share")),
)

ROWS: Final = ("nearest stock voice", "quick", "tuned")
Found = dict[str, dict[str, list[Verdict]]]
"""Verdicts by row and person."""


def measure(setting: Setting) -> list[Figure]:
    require_judges()
    figures = []
    groups = (
        ("not tuned on", kept_aside(setting), NEW_SENTENCES),
        ("tuned on", tuned_on(setting), SENTENCES),
    )
    if not groups[0][1]:
        raise SkipPart("there are no recordings of people; see --speech")
    with Studio.open(setting.folder / "profiles") as studio:
        for name, people, sentences in groups:
            if people:
                some = people[:2] if setting.quick else people
                texts = sentences[:2] if setting.quick else sentences
                figures += _figures(name, judge_all(studio, some, texts))
    return figures


def judge_all(studio: Studio, people: list[Person], texts: tuple[str, ...]) -> Found:
    """All rows for all of ``people``."""
    found: Found = {row: {} for row in (*ROWS, "raw hibari", "own clips")}
    for person in people:
        judges = Judges(person.judge)
        voice = studio.create_profile(
            person.name,
            [Clip(person.clip, person.transcript)],
            consent="A public recording, used to measure.",
        ).id

        def takes(closeness: float | None, voice: str = voice) -> Iterable[Audio]:
            for text in texts:
                yield studio.speak(
                    voice, text, SpeechRequest(engine=ENGINE, closeness=closeness, seed=1)
                ).audio()

        studio.prepare(voice, engine=ENGINE)
        for row, closeness in (("nearest stock voice", 0.0), ("quick", None)):
            found[row][person.name] = judges.of_all(texts, takes(closeness))
        studio.tune(voice, engine=ENGINE)
        found["tuned"][person.name] = judges.of_all(texts, takes(None))
        found["raw hibari"][person.name] = judges.of_all(texts, map(render, texts))
        found["own clips"][person.name] = [judges.of("", person.own, 0)]
    return found


class Judges:
    """All judges, with the sound of the person whom they hold a take against."""

    def __init__(self, person: Audio) -> None:
        self._mos, self._dns = DistillMos(), DnsMos()
        self._moonshine, self._whisper = _recognisers()
        self._encoder = CamPlusPlus()
        self._person = speaker.embed(person)
        self._other = self._encoder.embed(person)
        self._pitch, self._pace = pitch_and_pace(person, "")

    def of_all(self, texts: tuple[str, ...], takes: Iterable[Audio]) -> list[Verdict]:
        return [
            self.of(text, take, number)
            for number, (text, take) in enumerate(zip(texts, takes, strict=True))
        ]

    def of(self, text: str, take: Audio, draw: int) -> Verdict:
        """``take`` should say ``text``; with none, no words are counted."""
        pitch, pace = pitch_and_pace(take, text)
        return Verdict(
            likeness=speaker.similarity(speaker.embed(take), self._person),
            other_likeness=float(self._encoder.embed(take) @ self._other),
            naturalness=self._mos(take),
            quality=self._dns(take),
            wrong=wrong_words(self._moonshine, text, take, draw) if text else 0,
            wrong_whisper=wrong_words(self._whisper, text, take, draw) if text else 0,
            words=max(1, len(words(text))),
            pitch_st=12 * abs(float(np.log2(pitch / self._pitch))),
            pace_share=abs(pace / self._pace - 1),
        )


@lru_cache(maxsize=1)
def _recognisers() -> tuple[Moonshine, Whisper]:
    return Moonshine(), Whisper()


def pitch_and_pace(audio: Audio, text: str) -> tuple[float, float]:
    """Median pitch in Hz and syllables a second; NaN where one cannot be told."""
    curve = pitch_curve(audio)
    f0_hz = curve.f0_hz[np.isfinite(curve.f0_hz)]
    pace = syllables_per_s(audio, speech_activity(audio).spans, curve, text)
    nan = float("nan")
    return float(np.median(f0_hz)) if len(f0_hz) else nan, nan if pace is None else pace


def _figures(group: str, found: Found) -> list[Figure]:
    return [figure for one in MEASURES for figure in _row(group, one, found)]


def _row(group: str, one: Measure, found: Found) -> list[Figure]:
    means = {
        row: statistics.mean(one.of(verdicts) for verdicts in people.values())
        for row, people in found.items()
    }
    each = {person: one.of(verdicts) for person, verdicts in found["tuned"].items()}
    said = ", ".join(f"{row} {means[row]:.2f}" for row in ("quick", "raw hibari", "own clips"))
    if one.name.startswith("words"):
        said = said.rsplit(",", 1)[0]  # nobody wrote down what the clips say
    figures = [
        Figure(
            f"{one.name}, {group}", means["tuned"], one.unit, one.target, at_least=one.at_least,
            baseline=means["nearest stock voice"], baseline_name="nearest stock voice",
            note=f"{said}; " + ", ".join(f"{who} {value:.2f}" for who, value in each.items()),
        )
    ]  # fmt: skip
    if one.worst is not None:
        figures.append(
            Figure(f"the same, worst person, {group}", min(each.values()), one.unit, one.worst,
                   at_least=True)
        )  # fmt: skip
    return figures
