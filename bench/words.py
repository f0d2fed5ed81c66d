"""Whether the words can be understood: word error rate of an offline recogniser.

pocketsphinx is a weak recogniser with a fixed vocabulary. Its rates say which row is clearer, not
how clear a row is to a person. Two habits of it are kept out of the figures:

- It carries its estimate of the channel from one utterance to the next, so a row depended on what
  was heard before it. Every utterance starts with the estimate it has when it is new.
- It was trained on rooms and stumbles over digital silence: raw espeak-ng, which has nothing but
  that between its sounds, came out at .70, and at .28 with the faint noise of a quiet room. A
  sentence is heard in the same noise in all rows; which words fall depends on the draw, so every
  sentence has its own.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

from bench.figures import Figure, SkipPart
from bench.material import (
    WORD_SENTENCES,
    Recording,
    Setting,
    readers_with_two_clips,
    render,
    some_recording,
)
from studio.core.making import Clip
from studio.studio import Studio
from studio.types import SAMPLE_RATE, Audio, SpeechOptions

USUAL = SpeechOptions().closeness
CLOSENESS = (0.0, USUAL, 1.0)
RECOGNISER_RATE = 16_000

PEAK = 0.5
NOISE = 1e-3
"""White noise under speech with a peak of ``PEAK``: about 40 dB under its sounds, a quiet room."""


class Recogniser(Protocol):
    """Writes down what it hears, every utterance as if it were its first."""

    def hear(self, pcm: NDArray[np.int16]) -> str:
        """The words in ``pcm`` [n] at ``RECOGNISER_RATE``."""


def measure(setting: Setting) -> list[Figure]:
    if importlib.util.find_spec("pocketsphinx") is None:
        raise SkipPart("pocketsphinx is not installed; it is in requirements-dev.txt")
    return compare(setting, PocketSphinx())


def compare(setting: Setting, recogniser: Recogniser) -> list[Figure]:
    """What ``recogniser`` makes of the basic voice, beside what it makes of raw espeak-ng."""
    recordings = _recordings(setting)
    sentences = WORD_SENTENCES[:4] if setting.quick else WORD_SENTENCES
    raw_of = {
        (female, text): errors(recogniser, text, render(text, female=female), number)
        for female in {one.female for one in recordings}
        for number, text in enumerate(sentences)
    }
    raw = [raw_of[one.female, text] for one in recordings for text in sentences]
    spoken: dict[float, list[int]] = {closeness: [] for closeness in CLOSENESS}
    with Studio.open(setting.folder / "profiles") as studio:
        for one in recordings:
            voice = studio.create_profile(
                one.speaker,
                [Clip(one.path, one.transcript)],
                consent="A public recording, used to measure.",
            )
            for closeness, wrong in spoken.items():
                wrong += [
                    errors(recogniser, text, _say(studio, voice.id, text, closeness), number)
                    for number, text in enumerate(sentences)
                ]
    words = len(recordings) * sum(len(_words(text)) for text in sentences)
    raw_rate = sum(raw) / words
    return [
        Figure(
            f"word error rate, closeness {closeness:g}", sum(wrong) / words, "",
            raw_rate if closeness == USUAL else None,
            baseline=raw_rate, baseline_name="raw espeak",
            note=f"{words} words, {len(recordings)} voices, in a quiet room's noise; standard "
            f"error of the difference {uncertainty(wrong, raw, len(sentences)) / words:.3f}",
        )
        for closeness, wrong in spoken.items()
    ]  # fmt: skip


class PocketSphinx:
    """pocketsphinx with the model that comes with it."""

    def __init__(self) -> None:
        import pocketsphinx

        self._decoder: Any = pocketsphinx.Decoder(samprate=RECOGNISER_RATE, loglevel="FATAL")

    def hear(self, pcm: NDArray[np.int16]) -> str:
        """The words in ``pcm`` [n] at ``RECOGNISER_RATE``."""
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm.tobytes(), full_utt=True)
        self._decoder.end_utt()
        heard = self._decoder.hyp()
        return heard.hypstr if heard else ""


def errors(recogniser: Recogniser, text: str, audio: Audio, draw: int) -> int:
    """Wrong words in ``audio``, which should say ``text``, in the noise of ``draw``."""
    return word_errors(_words(text), _words(recogniser.hear(in_a_quiet_room(audio, draw))))


def uncertainty(wrong: Sequence[float], raw: Sequence[float], sentences: int) -> float:
    """Standard error, in words, of how many more words are ``wrong`` than of ``raw``.

    Both hold one count per voice and, within it, one per sentence. A sentence that is hard is
    hard in every voice, so the voices are summed and the sentences are what counts as drawn.
    """
    more = np.subtract(wrong, raw).reshape(-1, sentences).sum(axis=0)
    return float(more.std(ddof=1) * np.sqrt(sentences))


def in_a_quiet_room(audio: Audio, draw: int) -> NDArray[np.int16]:
    """``audio`` between two pauses, at the recogniser's rate, in the noise of ``draw``."""
    pause = np.zeros(SAMPLE_RATE // 4, np.float32)
    samples = np.concatenate([pause, audio.samples, pause])
    peak = float(np.max(np.abs(samples), initial=1e-9))
    sound = soxr.resample(samples * (PEAK / peak), SAMPLE_RATE, RECOGNISER_RATE)
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


def _recordings(setting: Setting) -> list[Recording]:
    people = readers_with_two_clips(setting.speech) if setting.speech else {}
    longest = [clips[0] for clips in people.values()] or [some_recording(setting)]
    return longest[:1] if setting.quick else longest


def _say(studio: Studio, voice_id: str, text: str, closeness: float) -> Audio:
    return studio.speak(voice_id, text, engine="parametric", closeness=closeness, seed=1).audio()


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())
