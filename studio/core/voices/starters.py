"""The voices that come with the studio, so that there is something to hear at first start.

They are rendered by ``assets/make_starters.py``; nobody's voice was recorded for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from studio.core.voices.making import Clip
from studio.errors import ProfileExistsError
from studio.profile import ProfileMetadata
from studio.store import ProfileStore
from studio.store.layout import slug
from studio.types import Progress

STARTERS_DIR = Path(__file__).resolve().parents[3] / "assets" / "starters"
ALL_STARTERS = "starter-voices"
"""The mark of a library in which all of them were made."""

CONSENT = (
    "A synthetic voice that came with Voice Studio: no person was recorded for it. "
    "Its clip is in the public domain (CC0 1.0)."
)

STARTER_TAG = "starter"
"""What each of them is tagged with."""


@dataclass(frozen=True)
class Starter:
    """One starter voice: a clip and what is said in it."""

    name: str
    clip: Path
    transcript: str
    language: str
    tags: tuple[str, ...]


def read_starters(folder: Path = STARTERS_DIR) -> list[Starter]:
    """The starter voices of this copy of the studio; none where the folder is missing."""
    listing = folder / "starters.json"
    if not listing.is_file():
        return []
    voices = json.loads(listing.read_text(encoding="utf-8"))["voices"]
    return [
        Starter(
            name=voice["name"],
            clip=folder / voice["file"],
            transcript=voice["transcript"],
            language=voice["language"],
            tags=tuple(voice["tags"]),
        )
        for voice in voices
    ]


def make_starters(
    store: ProfileStore,
    create: Callable[..., ProfileMetadata],
    on_progress: Progress | None,
) -> list[ProfileMetadata]:
    """Let ``create`` make the starter voices, once per library.

    Each is marked after it was made, and all of them at the end, so that the next call goes on
    wherever this one was stopped. One that was made and not marked is found in the library or in
    the bin, under whatever name.
    """
    if store.is_done(ALL_STARTERS):
        return []
    added = []
    starters = read_starters()
    for number, starter in enumerate(starters):
        mark = f"starter-voice-{slug(starter.name)}"
        if store.is_done(mark):
            continue
        if not _was_made(store, starter):
            if on_progress is not None:
                on_progress(number / len(starters), f"Making the starter voice {starter.name}")
            with suppress(ProfileExistsError):
                added.append(
                    create(
                        starter.name,
                        [Clip(starter.clip, transcript=starter.transcript)],
                        consent=CONSENT,
                        language=starter.language,
                        tags=starter.tags,
                        starter=True,
                    )
                )
        store.mark_done(mark)
    store.mark_done(ALL_STARTERS)
    return added


def _was_made(store: ProfileStore, starter: Starter) -> bool:
    return any(
        voice.starter and any(clip.source_name == starter.clip.name for clip in voice.segments)
        for voice in store.known()
    )
