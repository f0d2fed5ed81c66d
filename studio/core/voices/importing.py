"""Taking in a .voiceprofile file, and telling what a file is that is none."""

from __future__ import annotations

from pathlib import Path

from studio.clips.decoding.sniff import HEAD_BYTES, describe_stranger, sniff
from studio.errors import ArchiveError
from studio.profile import ProfileMetadata
from studio.store import ProfileStore
from studio.store.archives.archive import import_profile


def take_in(store: ProfileStore, path: Path) -> ProfileMetadata:
    """Take in the voice in the file at ``path``; see ``Studio.import_profile``."""
    try:
        return import_profile(store, path)
    except ArchiveError as error:
        raise _told_what_it_is(path) or error from error


def _told_what_it_is(path: Path) -> ArchiveError | None:
    """The error for a file that nobody would call an archive; None for all others."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except (OSError, ValueError):
        return None
    if head.startswith(b"PK"):
        return None
    if sound := sniff(head):
        return ArchiveError(
            f"{path.name!r} is a recording ({sound.name}), not a voice profile. Make a new voice "
            f"from it: in the Voices tab, or with the command 'build'."
        )
    return ArchiveError(
        f"{path.name!r} is {describe_stranger(head) if head else 'empty'}, not a voice profile. "
        f"Give a .voiceprofile file that was exported."
    )
