"""Whether the words can be understood: word error rate of an offline recogniser.

pocketsphinx is a weak recogniser with a fixed vocabulary. Its rates say which row is clearer, not
how clear a row is to a person.
"""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import numpy as np
import soxr

from bench.figures import Figure, SkipPart
from bench.material import (
    SENTENCES,
    Recording,
    Setting,
    readers_with_two_clips,
    render,
    some_recording,
)
from studio.core.making import Clip
from studio.studio import Studio
from studio.types import SAMPLE_RATE, Audio

CLOSENESS = (0.0, 0.6, 1.0)
USUAL = 0.6
RECOGNISER_RATE = 16_000


def measure(setting: Setting) -> list[Figure]:
    if importlib.util.find_spec("pocketsphinx") is None:
        raise SkipPart("pocketsphinx is not installed; it is in requirements-dev.txt")
    recordings = _recordings(setting)
    sentences = SENTENCES[:4] if setting.quick else SENTENCES
    recogniser = _recogniser()
    raw_of = {
        (female, text): _errors(recogniser, text, render(text, female=female))
        for female in {one.female for one in recordings}
        for text in sentences
    }
    raw = [raw_of[one.female, text] for one in recordings for text in sentences]
    spoken: dict[float, list[int]] = {closeness: [] for closeness in CLOSENESS}
    with Studio.open(setting.folder / "profiles") as studio:
        for one in recordings:
            studio.create_profile(
                one.speaker,
                [Clip(one.path, one.transcript)],
                consent="A public recording, used to measure.",
            )
            for closeness, errors in spoken.items():
                errors += [
                    _errors(recogniser, text, _say(studio, one.speaker, text, closeness))
                    for text in sentences
                ]
    words = len(recordings) * sum(len(_words(text)) for text in sentences)
    raw_rate = sum(raw) / words
    return [
        Figure(
            f"word error rate, closeness {closeness:g}", sum(errors) / words, "",
            raw_rate if closeness == USUAL else None,
            baseline=raw_rate, baseline_name="raw espeak",
            note=f"{words} words, {len(recordings)} voices",
        )
        for closeness, errors in spoken.items()
    ]  # fmt: skip


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


def _say(studio: Studio, name: str, text: str, closeness: float) -> Audio:
    return studio.speak(name, text, engine="parametric", closeness=closeness, seed=1).audio()


def _recogniser() -> Any:
    import pocketsphinx

    return pocketsphinx.Decoder(samprate=RECOGNISER_RATE, loglevel="FATAL")


def _errors(recogniser: Any, text: str, audio: Audio) -> int:
    pause = np.zeros(SAMPLE_RATE // 4, np.float32)
    samples = np.concatenate([pause, audio.samples, pause])
    peak = float(np.max(np.abs(samples), initial=1e-9))
    sound = soxr.resample(samples * (0.5 / peak), SAMPLE_RATE, RECOGNISER_RATE)
    recogniser.start_utt()
    recogniser.process_raw((sound * 32_767).astype(np.int16).tobytes(), full_utt=True)
    recogniser.end_utt()
    heard = recogniser.hyp()
    return word_errors(_words(text), _words(heard.hypstr if heard else ""))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())
