"""The voices that come with the studio, so that there is something to hear at first start.

They are rendered by ``assets/make_starters.py``; nobody's voice was recorded for them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

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
