"""What the benches measure with: real recordings where there are some, else rendered voices."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bench.csm_weights import CsmSubject
from studio.audio.files import encode_wav
from studio.clips.decoding.decode import DecodeLimits, decode_clip
from studio.core.voices.making import Clip
from studio.errors import OptionsError
from studio.studio import Studio
from studio.types import SAMPLE_RATE, Audio

ROOT = Path(__file__).resolve().parents[1]
USUAL_SPEECH = ROOT.parent / "shared" / "speech"
LIMITS = DecodeLimits(max_bytes=50_000_000, max_seconds=600, timeout_s=60)

# Common words, no names or figures: what is measured is the voice, not the vocabulary.
SENTENCES = (
    "We walked along the river until the rain began to fall.",
    "She asked him to bring the small table into the garden.",
    "The old man looked at the letter and did not say a word.",
    "Please close the window before you leave the house.",
    "My brother will come home early on the last day of the week.",
    "There was nothing left to eat but bread and a little cheese.",
    "The children played in the street while their mother was at work.",
    "It is not easy to find a good place to stay in the summer.",
)

# More of them, to choose settings of a voice on.
MORE_SENTENCES = (
    "A young woman in a red dress stepped out of the car.",
    "The office will be closed on the first Monday of the month.",
    "I have never seen so many stars in the sky before.",
    "He washed his hands and dried them on a clean towel.",
    "The bridge was built by people who are long forgotten.",
    "Could you tell me what time the next bus leaves?",
    "They planted roses along the wall of the school.",
    "After dinner we played cards until it was very late.",
    "The king gave half of his land to the poor.",
    "She keeps her letters in a wooden box under the bed.",
    "It is warmer in the valley than on the mountain.",
    "My uncle taught me how to catch fish with my hands.",
    "The meeting lasted much longer than anyone had thought.",
    "Please put the plates back into the cupboard when you are done.",
    "The water was so clear that we could see the stones.",
    "He sold the house because it was too big for one person.",
    "A good night of sleep is worth more than a day of rest.",
    "The girls ran across the field to meet the train.",
    "We met at a party and have been friends ever since.",
    "The bread is fresh, and the butter is on the table.",
    "Turn off the lights before you go down to the street.",
    "The news came too late to change his mind.",
    "She drew a circle in the sand with her finger.",
    "You can see the whole island from this window.",
    "The baker gets up at three to have everything ready by six.",
    "He wore a black hat and carried a paper bag.",
    "There was a strong smell of smoke in the room.",
    "The garden looks best in the early days of summer.",
    "I asked for tea, but they brought me a glass of milk.",
    "The soldiers marched through the town without a sound.",
    "It was hard to hear him over the noise of the crowd.",
    "Nothing in the letter explained why she had gone away.",
)


@dataclass(frozen=True)
class Recording:
    """One clip of a known person."""

    path: Path
    speaker: str
    transcript: str
    female: bool


@dataclass(frozen=True)
class Setting:
    """What a part is given: how thorough to be, recordings (None: there are none), a folder, and
    for CSM what it is to run on."""

    quick: bool
    speech: Path | None
    folder: Path
    csm: CsmSubject | None = None


def find_speech(asked: Path | None) -> Path | None:
    """The folder of recordings: the one asked for, else the usual one if it is there.

    Raises:
        OptionsError: the one asked for has no MANIFEST.csv.
    """
    if asked is None:
        return USUAL_SPEECH if (USUAL_SPEECH / "MANIFEST.csv").is_file() else None
    if not (asked / "MANIFEST.csv").is_file():
        raise OptionsError(
            f"{str(asked)!r} holds no MANIFEST.csv. Give a folder of recordings with columns "
            f"file, speaker_id, sex, language, transcript and kind."
        )
    return asked


def english_readers(speech: Path) -> dict[str, list[Recording]]:
    """Clean English recordings with a transcript, by person, the longest first."""
    with (speech / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["language"] == "en" and row["transcript"] and row["kind"].find("clean read") >= 0
        ]
    people = defaultdict(list)
    for row in sorted(rows, key=lambda row: -float(row["duration_s"])):
        people[row["speaker_id"]].append(
            Recording(speech / row["file"], row["speaker_id"], row["transcript"], row["sex"] == "F")
        )
    return dict(people)


def readers_with_two_clips(speech: Path) -> dict[str, list[Recording]]:
    """Those of whom one clip can make the voice and another can judge it."""
    return {who: clips for who, clips in english_readers(speech).items() if len(clips) > 1}


def some_recording(setting: Setting) -> Recording:
    """A clip to make a voice from: the longest there is, or one rendered for the purpose."""
    if setting.speech is not None:
        clips = [clips[0] for clips in readers_with_two_clips(setting.speech).values()]
        if clips:
            return max(clips, key=lambda one: len(one.transcript))
    path = setting.folder / "rendered.wav"
    text = " ".join(SENTENCES)
    path.write_bytes(encode_wav(render(text)))
    return Recording(path, "rendered", text, female=True)


def add_speaker(studio: Studio, recording: Recording) -> str:
    """The id of a voice made of ``recording``."""
    return studio.create_profile(
        "Speaker",
        [Clip(recording.path, recording.transcript)],
        consent="A public recording, used to measure.",
    ).id


def read(path: Path) -> Audio:
    """The sound of ``path`` as the studio decodes it, before any cleaning."""
    return decode_clip(path, LIMITS).audio


def render(text: str) -> Audio:
    """``text`` by raw hibari, a small network of one voice: natural, quick, and like nobody."""
    return Audio(np.asarray(_hibari()(text, seed=1), np.float32))


@lru_cache(maxsize=1)
def _hibari() -> Any:
    from hibari import Hibari

    return Hibari()


def silence(duration_s: float) -> Audio:
    return Audio(np.zeros(round(duration_s * SAMPLE_RATE), np.float32))


def concatenate(*parts: Audio) -> Audio:
    return Audio(np.concatenate([part.samples for part in parts]))
