"""One text, several voices: takes that can be held side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.analysis import speaker
from studio.analysis.prosody import PitchCurve, pitch_curve
from studio.audio.loudness import apply_gain, constant_gain_db, integrated_lufs
from studio.core.speech.utterance import Utterance
from studio.profile import ProfileMetadata
from studio.types import SAMPLE_RATE, Audio, Progress, SpeechStats

MIN_VOICES: Final = 1
MAX_VOICES: Final = 4
"""More than four columns cannot be told apart by ear, nor read on a screen."""

COMPARE_LUFS: Final = -23.0
"""Loudness that takes are matched to: low enough that the peaks of speech stay under the ceiling,
so that one constant gain brings every take to exactly the same loudness."""


@dataclass(frozen=True, eq=False)
class Take:
    """One voice's answer to the text, loudness-matched to its neighbours.

    ``similarity`` is the cosine of speaker embeddings against the voice's own clips; None where
    the embedding model is not installed. It says how near the voices are, not how good they sound.
    """

    profile: ProfileMetadata
    audio: Audio
    stats: SpeechStats
    pitch: PitchCurve
    similarity: float | None
    lufs: float | None
    gain_db: float


def make_takes(
    requests: Iterable[tuple[ProfileMetadata, Callable[[], Utterance]]],
    references_of: Callable[[ProfileMetadata], Sequence[Audio]],
    ceiling_dbtp: float,
    on_progress: Progress | None = None,
) -> Iterator[Take]:
    """A take of each request, made when it is asked for; progress is told after every frame."""
    for profile, request in requests:
        pieces: list[NDArray[np.float32]] = []
        with request() as utterance:
            for frame in utterance:
                pieces.append(frame.samples)
                if on_progress is not None:
                    on_progress(frame.text_end / len(utterance.text), f"{profile.name} speaks")
        spoken = Audio(np.concatenate(pieces) if pieces else np.zeros(0, np.float32))
        yield make_take(profile, spoken, utterance.stats, references_of(profile), ceiling_dbtp)


def make_take(
    profile: ProfileMetadata,
    spoken: Audio,
    stats: SpeechStats,
    references: Sequence[Audio],
    ceiling_dbtp: float,
) -> Take:
    """Match ``spoken`` in loudness and measure it against the voice's own ``references``."""
    matched, gain_db = match_loudness(spoken, ceiling_dbtp)
    return Take(
        profile=profile,
        audio=matched,
        stats=stats,
        pitch=pitch_curve(matched),
        similarity=_similarity(spoken, references),
        lufs=integrated_lufs(matched),
        gain_db=gain_db,
    )


def match_loudness(audio: Audio, ceiling_dbtp: float) -> tuple[Audio, float]:
    """``audio`` at ``COMPARE_LUFS`` by one constant gain under the ceiling, and that gain in dB."""
    gain_db = constant_gain_db(audio, COMPARE_LUFS, ceiling_dbtp)
    return apply_gain(audio, gain_db), gain_db


def load_similarity() -> None:
    """Load the speaker encoder, so that the first take does not wait for it."""
    if speaker.available():
        noise = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE)
        speaker.embed(Audio(noise.astype(np.float32)))


def _similarity(spoken: Audio, references: Sequence[Audio]) -> float | None:
    if not speaker.available() or not references:
        return None
    reference = Audio(np.concatenate([audio.samples for audio in references]))
    return speaker.similarity(speaker.embed(spoken), speaker.embed(reference))
