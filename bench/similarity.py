"""Whether a voice sounds like its person: cosine of speaker embeddings with another clip of theirs.

The embedding hears the recording channel as well as the voice and says nothing of naturalness: it
compares the rows below with each other, and is no mark for quality.

The basic voice sets its tone by the same encoder, on the clip that the voice is made of. The judge
is another clip; and the spectrum of loud speech is held against that clip without the encoder.
"""

from __future__ import annotations

import itertools
import statistics
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, SkipPart
from bench.material import SENTENCES, Recording, Setting, read, readers_with_two_clips, render
from studio.analysis import speaker
from studio.core.making import Clip
from studio.errors import StudioError
from studio.studio import Studio
from studio.types import Audio, SpeechOptions

USUAL = SpeechOptions().closeness
CLOSENESS = (0.0, USUAL, 1.0)


@dataclass(frozen=True, eq=False)
class Reader:
    """A person: the clip the voice is made of, and the embedding of the one that judges it."""

    name: str
    clip: Recording
    judge: NDArray[np.float32]
    own: NDArray[np.float32]
    judge_db: NDArray[np.float64]
    own_db: NDArray[np.float64]


def measure(setting: Setting) -> list[Figure]:
    readers = _readers(setting)
    sentences = SENTENCES[:2] if setting.quick else SENTENCES
    raw_takes = {reader.name: _raw(reader, sentences) for reader in readers}
    raw = {r.name: _mean_cosine(r, raw_takes[r.name]) for r in readers}
    by_closeness: dict[float, dict[str, float]] = {c: {} for c in CLOSENESS}
    together: dict[str, float] = {}
    away: dict[float, list[float]] = {c: [] for c in CLOSENESS}
    with Studio.open(setting.folder / "profiles") as studio:
        for reader in readers:
            voice = studio.create_profile(
                reader.name,
                [Clip(reader.clip.path, reader.clip.transcript)],
                consent="A public recording, used to measure.",
            )
            for closeness, found in by_closeness.items():
                takes = _spoken(studio, voice.id, sentences, closeness)
                found[reader.name] = _mean_cosine(reader, takes)
                away[closeness].append(_spectrum_away(reader, takes))
                if closeness == USUAL:
                    together[reader.name] = _joined_cosine(reader, takes)
    raw_together = {r.name: _joined_cosine(r, raw_takes[r.name]) for r in readers}
    raw_away = [_spectrum_away(r, raw_takes[r.name]) for r in readers]
    return [
        *_figures(readers, raw, by_closeness),
        *_joined_figures(raw_together, together),
        *_spectrum_figures(readers, raw_away, away),
    ]


def _spectrum_figures(
    readers: list[Reader], raw: list[float], away: dict[float, list[float]]
) -> list[Figure]:
    own = statistics.mean(_apart(reader.own_db, reader.judge_db) for reader in readers)
    return [
        Figure(
            f"spectrum of loud speech, closeness {closeness:g}, from the person's",
            statistics.mean(found), "dB",
            baseline=statistics.mean(raw), baseline_name="raw espeak",
            note=f"rms over third octaves; the person's own two clips {own:.1f} dB",
        )
        for closeness, found in away.items()
    ]  # fmt: skip


def _joined_figures(raw: dict[str, float], usual: dict[str, float]) -> list[Figure]:
    """All sentences embedded as one: as long as the clips that floor and ceiling come from."""
    return [
        Figure(
            f"cosine, closeness {USUAL:g}, all sentences as one", statistics.mean(usual.values()),
            "", 0.70, at_least=True,
            baseline=statistics.mean(raw.values()), baseline_name="raw espeak",
            note="as long as the clips that floor and ceiling are measured on",
        ),
        *(
            Figure(
                f"gain as one, {who}", usual[who] - raw[who], "", 0.10, at_least=True,
                note=f"raw {raw[who]:.2f}, closeness {USUAL:g} {usual[who]:.2f}",
            )
            for who in usual
        ),
    ]  # fmt: skip


def _figures(
    readers: list[Reader], raw: dict[str, float], by_closeness: dict[float, dict[str, float]]
) -> list[Figure]:
    raw_mean = statistics.mean(raw.values())
    usual = by_closeness[USUAL]
    figures = [
        Figure(
            f"cosine, closeness {closeness:g}", statistics.mean(found.values()), "",
            0.70 if closeness == USUAL else None, at_least=True,
            baseline=raw_mean, baseline_name="raw espeak",
            note=", ".join(f"{who} {value:.2f}" for who, value in found.items()),
        )
        for closeness, found in by_closeness.items()
    ]  # fmt: skip
    figures += [
        Figure(
            f"gain over raw espeak, {who}", usual[who] - raw[who], "", 0.10, at_least=True,
            note=f"raw {raw[who]:.2f}, closeness {USUAL:g} {usual[who]:.2f}",
        )
        for who in usual
    ]  # fmt: skip
    others = [
        speaker.similarity(one.own, two.judge)
        for one in readers
        for two in readers
        if one is not two
    ]
    figures.append(
        Figure("floor: clips of other people", statistics.mean(others)) if others else _NO_FLOOR
    )
    own = [speaker.similarity(reader.own, reader.judge) for reader in readers]
    figures.append(Figure("ceiling: the person's own two clips", statistics.mean(own)))
    return figures


_NO_FLOOR = Figure("floor: clips of other people", float("nan"), note="only one person")


def _readers(setting: Setting) -> list[Reader]:
    if setting.speech is None:
        raise SkipPart("it needs recordings of people with two clips each; see --speech")
    if not speaker.available():
        raise SkipPart("Resemblyzer is not installed")
    people = list(readers_with_two_clips(setting.speech).items())
    readers = []
    for who, (longest, other, *_) in people[:2] if setting.quick else people:
        try:
            judge, own = (speaker.embed(read(clip.path)) for clip in (other, longest))
        except StudioError as error:
            raise SkipPart(str(error)) from error
        judge_db, own_db = (_loud_spectrum_db(read(clip.path)) for clip in (other, longest))
        readers.append(Reader(who, longest, judge, own, judge_db, own_db))
    if not readers:
        raise SkipPart("nobody in the recordings has two clean English clips with transcripts")
    return readers


def _raw(reader: Reader, sentences: tuple[str, ...]) -> list[Audio]:
    return [render(text, female=reader.clip.female) for text in sentences]


def _spoken(
    studio: Studio, voice_id: str, sentences: tuple[str, ...], closeness: float
) -> list[Audio]:
    return [
        studio.speak(voice_id, text, engine="parametric", closeness=closeness, seed=1).audio()
        for text in sentences
    ]


def _mean_cosine(reader: Reader, takes: list[Audio]) -> float:
    return statistics.mean(speaker.similarity(speaker.embed(take), reader.judge) for take in takes)


def _joined_cosine(reader: Reader, takes: list[Audio]) -> float:
    joined = Audio(np.concatenate([take.samples for take in takes]))
    return speaker.similarity(speaker.embed(joined), reader.judge)


def _spectrum_away(reader: Reader, takes: list[Audio]) -> float:
    joined = Audio(np.concatenate([take.samples for take in takes]))
    return _apart(_loud_spectrum_db(joined), reader.judge_db)


def _apart(one_db: NDArray[np.float64], other_db: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean((one_db - other_db) ** 2)))


def _loud_spectrum_db(audio: Audio) -> NDArray[np.float64]:
    """Mean power in third octaves from 100 Hz to 6.3 kHz of the frames within 20 dB of the loudest
    (95th percentile), in dB around its mean: [19]."""
    size = 1_024
    sound = audio.samples.astype(np.float64)
    frames = np.lib.stride_tricks.sliding_window_view(sound, size)[:: size // 2]
    power = np.abs(np.fft.rfft(frames * np.hanning(size))) ** 2
    level_db = 10 * np.log10(power.sum(axis=1) + 1e-12)
    mean = power[level_db > np.percentile(level_db, 95) - 20].mean(axis=0)
    hz = np.fft.rfftfreq(size, 1 / audio.sample_rate)
    edges = 100 * 2 ** ((np.arange(20) - 0.5) / 3)
    bands = [mean[(hz >= low) & (hz < high)].sum() for low, high in itertools.pairwise(edges)]
    spectrum_db = 10 * np.log10(np.array(bands) + 1e-12)
    return np.asarray(spectrum_db - spectrum_db.mean())
