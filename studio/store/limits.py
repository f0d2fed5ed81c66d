"""How much one owner may keep on a page that many share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from studio.errors import QuotaError
from studio.profile import ProfileMetadata
from studio.store.layout import Layout


@dataclass(frozen=True)
class Limits:
    """The most of everything: profiles, minutes of clips in them, and megabytes on disk with all
    that belongs to them, deleted ones too."""

    voices: int
    minutes: float
    megabytes: float


@dataclass(frozen=True)
class Kept:
    """What an owner keeps, in the units of ``Limits``."""

    voices: int
    minutes: float
    megabytes: float


def kept_by(layout: Layout, profiles: Sequence[ProfileMetadata]) -> Kept:
    """What ``profiles``, all those of the owner of ``layout``, come to."""
    seconds = sum(clip.duration_s for one in profiles for clip in one.segments)
    return Kept(len(profiles), seconds / 60, _bytes_in(layout.owner_dir) / 1e6)


def require_room(
    limits: Limits,
    layout: Layout,
    kept: Sequence[ProfileMetadata],
    wanted: ProfileMetadata | None,
) -> None:
    """Make sure that ``wanted`` may be kept beside the profiles in ``kept``. None is a deleted one
    that cannot be read, which counts only as a voice.

    Raises:
        QuotaError: the message says what there is too much of, and what to do.
    """
    now = kept_by(layout, kept)
    if now.voices >= limits.voices:
        raise QuotaError(
            f"On this page everybody can keep {limits.voices} voices, and you have {now.voices}. "
            "Delete one first; export it before, if you want to keep it."
        )
    more = sum(clip.duration_s for clip in wanted.segments) / 60 if wanted else 0.0
    if now.minutes + more > limits.minutes:
        raise QuotaError(
            f"On this page everybody can keep {limits.minutes:g} minutes of clips. You have "
            f"{now.minutes:.1f}, and this would add {more:.1f}. Use shorter clips, or delete a "
            "voice."
        )
    if now.megabytes >= limits.megabytes:
        raise QuotaError(
            f"On this page everybody can keep {limits.megabytes:g} MB, and you have "
            f"{now.megabytes:.0f}. Delete a voice, and empty the bin."
        )


def _bytes_in(folder: Path) -> int:
    found = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # deleted meanwhile
                found += Path(place, name).lstat().st_size
    return found
