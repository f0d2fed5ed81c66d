"""How many words a recogniser gets wrong."""

from __future__ import annotations

import re
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.judges import for_judges
from studio.types import SAMPLE_RATE, Audio

PEAK: Final = 0.5
NOISE: Final = 1e-3
"""White noise under speech with a peak of ``PEAK``: about 40 dB under its sounds, a quiet room.
Recognisers were trained on rooms and stumble over digital silence."""


class Recogniser(Protocol):
    """Writes down what it hears, every utterance as if it were its first."""

    def hear(self, pcm: NDArray[np.int16]) -> str:
        """The words in ``pcm`` [n] at 16 kHz."""


def wrong_words(recogniser: Recogniser, text: str, audio: Audio, draw: int) -> int:
    """Wrong words in ``audio``, which should say ``text``, in the noise of ``draw``: a sentence is
    heard in the same noise in all rows, and every sentence has its own."""
    return word_errors(words(text), words(recogniser.hear(in_a_quiet_room(audio, draw))))


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def in_a_quiet_room(audio: Audio, draw: int) -> NDArray[np.int16]:
    """``audio`` between two pauses, for a recogniser, in the noise of ``draw``."""
    pause = np.zeros(SAMPLE_RATE // 4, np.float32)
    samples = np.concatenate([pause, audio.samples, pause])
    peak = float(np.max(np.abs(samples), initial=1e-9))
    sound = for_judges(Audio(samples * np.float32(PEAK / peak)))
    noise = NOISE * np.random.default_rng(draw).standard_normal(len(sound))
    return np.asarray((sound + noise) * 32_767).astype(np.int16)


def word_errors(said: list[str], heard: list[str]) -> int:
    """Fewest words replaced, left out or put in that turn ``said`` into ``heard``."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, start=1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]
