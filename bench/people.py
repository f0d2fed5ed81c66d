"""The people whose voices are judged: each with sound that makes the voice, and other sound of the
same person that judges it."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.material import Setting, read, readers_with_two_clips
from studio.audio.files import encode_wav
from studio.types import SAMPLE_RATE, Audio

PACKAGED: Final = ("two_cities.wav", "beckett.wav")
"""Recordings of readers that come with the package of a recogniser."""

_KEPT_ASIDE: Final = ("librispeech-5703", "jfk", "vctk-p287")


@dataclass(frozen=True, eq=False)
class Person:
    """``clip`` is the file that the voice is made of, ``own`` its sound, ``judge`` other sound."""

    name: str
    clip: Path
    transcript: str
    own: Audio
    judge: Audio


def tuned_on(setting: Setting) -> list[Person]:
    """Those whose voices were listened to while the engine's settings were chosen."""
    if setting.speech is None:
        return []
    return [
        Person(
            _short(who), clips[0].path, clips[0].transcript, read(clips[0].path),
            read(clips[1].path),
        )
        for who, clips in readers_with_two_clips(setting.speech).items()
    ]  # fmt: skip


def kept_aside(setting: Setting) -> list[Person]:
    """Those whom nothing was chosen on. Of each there is one recording: its first half makes the
    voice, its second half judges it."""
    return [
        _in_halves(name, read(path), setting.folder)
        for name, path in _single_recordings(setting.speech)
    ]


def _single_recordings(speech: Path | None) -> Iterator[tuple[str, Path]]:
    if speech is not None:
        with (speech / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["speaker_id"].startswith(_KEPT_ASIDE) and "NOISY" not in row["kind"]:
                    yield _short(row["speaker_id"]), speech / row["file"]
    package = importlib.util.find_spec("moonshine_voice")
    for folder in (package.submodule_search_locations if package else None) or ():
        for name in PACKAGED:
            path = Path(folder) / "assets" / name
            if path.is_file():
                yield path.stem, path


def _in_halves(name: str, sound: Audio, folder: Path) -> Person:
    """Cut where it is quietest near the middle."""
    samples = sound.samples
    third = len(samples) // 3
    window = round(0.15 * SAMPLE_RATE)
    power = np.convolve(samples[third:-third] ** 2, np.ones(window), "same")
    cut = third + int(np.argmin(power))
    first, second = Audio(samples[:cut].copy()), Audio(samples[cut:].copy())
    path = folder / f"{name}.wav"
    path.write_bytes(encode_wav(first))
    return Person(name, path, "", first, second)


def _short(speaker: str) -> str:
    return speaker.split(" ")[0].rsplit("-", 1)[-1] if "lj" not in speaker else "lj"
