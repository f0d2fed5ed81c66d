"""Whether each emotion moves a voice the way it says, by more than chance does."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Final

import numpy as np

from bench.figures import Figure
from bench.judges import DistillMos, require_judges
from bench.material import SENTENCES, Setting
from bench.people import Person, kept_aside, tuned_on
from bench.voice import ENGINE, pitch_and_pace
from studio import SpeechRequest
from studio.analysis.pitch import pitch_curve
from studio.audio.loudness import integrated_lufs
from studio.core.voices.making import Clip
from studio.engines.kokoro.speech.delivery import MANNERS
from studio.studio import Studio
from studio.types import Audio, Emotion

SEEDS: Final = 4
MOST_LOST: Final = 0.5
"""Of naturalness, beside the neutral delivery."""

TRAITS: Final = ("pitch", "range", "pace", "level")
UNITS: Final = ("semitones", "log", "log", "dB")


def measure(setting: Setting) -> list[Figure]:
    require_judges()
    people = (kept_aside(setting) or tuned_on(setting))[: 1 if setting.quick else 2]
    mos = DistillMos()
    figures = []
    with Studio.open(setting.folder / "profiles") as studio:
        for person in people:
            figures += _of(studio, person, mos, 2 if setting.quick else SEEDS)
    return figures


def _of(studio: Studio, person: Person, mos: DistillMos, seeds: int) -> list[Figure]:
    voice = studio.create_profile(
        person.name,
        [Clip(person.clip, person.transcript)],
        consent="A public recording, used to measure.",
    ).id
    studio.tune(voice, engine=ENGINE)
    takes = {
        emotion: [
            studio.speak(
                voice,
                " ".join(SENTENCES[:2]),
                SpeechRequest(engine=ENGINE, emotion=emotion, seed=seed),
            ).audio()
            for seed in range(1, seeds + 1)
        ]
        for emotion in Emotion
    }
    neutral = [_traits(take) for take in takes[Emotion.NEUTRAL]]
    spread = np.std(np.stack(neutral), axis=0, ddof=1)
    usual_mos = statistics.mean(map(mos, takes[Emotion.NEUTRAL]))
    figures = []
    for emotion in Emotion:
        if emotion in (Emotion.NEUTRAL, Emotion.WHISPER):
            continue
        moved = np.mean([_traits(take) for take in takes[emotion]], axis=0) - np.mean(
            neutral, axis=0
        )
        wanted = _wanted(emotion)
        # How many spreads it goes in its direction, for the trait that goes least.
        gone = {
            trait: float(np.sign(aim) * move / each)
            for trait, aim, move, each in zip(TRAITS, wanted, moved, spread, strict=True)
            if aim
        }
        figures += [
            Figure(
                f"{emotion.value}, {person.name}: least move in its direction",
                min(gone.values()), "spreads between seeds", 1.0, at_least=True,
                note=_said(moved),
            ),
            Figure(
                f"{emotion.value}, {person.name}: naturalness lost",
                usual_mos - statistics.mean(map(mos, takes[emotion])), "of 5", MOST_LOST,
            ),
        ]  # fmt: skip
    voiced = statistics.mean(_voiced_share(take) for take in takes[Emotion.WHISPER])
    figures.append(
        Figure(
            f"whisper, {person.name}: share of it that has a pitch", voiced, "", 0.1,
            baseline=statistics.mean(_voiced_share(take) for take in takes[Emotion.NEUTRAL]),
            baseline_name="neutral",
        )
    )  # fmt: skip
    return figures


def _wanted(emotion: Emotion) -> Sequence[float]:
    manner = MANNERS[emotion]
    return manner.semitones, manner.range_log, manner.rate_log, manner.gain_db


def _traits(take: Audio) -> np.ndarray:
    curve = pitch_curve(take)
    f0_hz = curve.f0_hz[np.isfinite(curve.f0_hz)]
    low, high = np.percentile(f0_hz, [10, 90])
    _, pace = pitch_and_pace(take, " ".join(SENTENCES[:2]))
    return np.array(
        [
            12 * np.log2(np.median(f0_hz)),
            np.log(np.log2(high / low)),
            np.log(pace),
            integrated_lufs(take) or -70.0,
        ]
    )


def _voiced_share(take: Audio) -> float:
    return float(np.isfinite(pitch_curve(take).f0_hz).mean())


def _said(moved: np.ndarray) -> str:
    return ", ".join(
        f"{trait} {move:+.2f} {unit}"
        for trait, move, unit in zip(TRAITS, moved, UNITS, strict=True)
    )
