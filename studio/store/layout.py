"""Where everything of one owner's voices lies on disk, and what may be a path there.

profiles/<owner>/<profile_id>/
    metadata.json
    reference/<segment_id>.flac
    originals/<segment_id>.flac
    voice_tokens/<segment_id>.safetensors
    cached_context/<engine>-<fingerprint>.safetensors      <engine>: see ``engine_part``
profiles/<owner>/.trash/<ticket>/        deleted profiles, whole
profiles/<owner>/.quarantine/<ticket>/   files that a repair took out of a profile
profiles/<owner>/.lock                   held by whoever writes
profiles/<owner>/.mark-<what>            something that is done once per library was done
profiles/<owner>/.tmp-*                  unfinished; garbage to whoever holds the lock
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from pathlib import Path
from typing import Final

from studio.errors import ProfileDamagedError, ProfileNotFoundError
from studio.profile import ProfileMetadata, SegmentRecord

METADATA: Final = "metadata.json"
REFERENCE: Final = "reference"
ORIGINALS: Final = "originals"
TOKENS: Final = "voice_tokens"
CONTEXTS: Final = "cached_context"
TRASH: Final = ".trash"
QUARANTINE: Final = ".quarantine"
TEMPORARY: Final = ".tmp-"

SUFFIX: Final = {REFERENCE: ".flac", ORIGINALS: ".flac", TOKENS: ".safetensors"}
"""The folders that hold one file per segment, and how those files end."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_OWNER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_ENGINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_CONTEXT = re.compile(rf"(?P<engine>{_ENGINE.pattern})-(?P<fingerprint>[0-9a-f]{{8,64}})")
_TICKET = re.compile(r"\d{8}t\d{6}z-[0-9a-f]{8}-(?P<id>[a-z0-9][a-z0-9-]{0,63})")

_SLUG_CHARS = 48
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")
"""Device names on Windows, where a folder so called cannot be copied to."""


class Layout:
    """The paths of one owner. Only ids that are safe as a name, and no links, get through."""

    def __init__(self, root: Path, owner: str) -> None:
        if not _OWNER.fullmatch(owner):
            raise ValueError(f"{owner!r} cannot be the name of a folder of voices")
        self.root = root.resolve()
        self.owner_dir = self.root / owner
        self.trash_dir = self.owner_dir / TRASH
        self.quarantine_dir = self.owner_dir / QUARANTINE
        self.lock_file = self.owner_dir / ".lock"

    def profile_dir(self, profile_id: str) -> Path:
        """The folder of a profile, which need not exist.

        Raises:
            ProfileNotFoundError: no profile can have this id.
            ProfileDamagedError: the folder is a link, or lies behind one.
        """
        if not is_id(profile_id):
            raise ProfileNotFoundError(f"There is no voice {str(profile_id)[:80]!r}.")
        return self.without_links(self.owner_dir / profile_id)

    def trashed_dir(self, ticket: str) -> Path:
        """The folder of a deleted profile, which need not exist.

        Raises:
            ProfileNotFoundError: no deleted profile can have this ticket.
        """
        if ticket_id(ticket) is None:
            raise ProfileNotFoundError(f"There is no deleted voice {str(ticket)[:80]!r}.")
        return self.without_links(self.trash_dir / ticket)

    def mark(self, what: str) -> Path:
        """The file that remembers that ``what`` was done once in this library."""
        if not is_id(what):
            raise ValueError(f"{what!r} cannot be the name of a mark")
        return self.owner_dir / f".mark-{what}"

    def without_links(self, path: Path) -> Path:
        """``path``, which must lead where it says: a link could lead out of the library.

        Raises:
            ProfileDamagedError: it is a link, or lies behind one.
        """
        if path.resolve() != path:
            raise ProfileDamagedError(
                f"{path.relative_to(self.root)} is a link, which a voice must not be. "
                f"Put the folder itself there, or remove the link."
            )
        return path

    def temporary(self, folder: Path) -> Path:
        """A name in ``folder`` that nothing else uses and that a sweep may delete."""
        return folder / f"{TEMPORARY}{secrets.token_hex(8)}"


def is_id(text: object) -> bool:
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def tickets(layout: Layout) -> list[str]:
    """All deleted profiles, the oldest first."""
    if not layout.trash_dir.is_dir() or layout.trash_dir.is_symlink():
        return []
    return sorted(p.name for p in layout.trash_dir.iterdir() if ticket_id(p.name) is not None)


def ticket_id(ticket: object) -> str | None:
    """The profile id in a trash ticket; None for what is not a ticket."""
    match = _TICKET.fullmatch(ticket) if isinstance(ticket, str) else None
    return match["id"] if match else None


def context_name(engine: str, fingerprint: str) -> str:
    """File name of a cached context."""
    stem = f"{engine_part(engine)}-{fingerprint}"
    if not _CONTEXT.fullmatch(stem):
        raise ValueError(f"{stem!r} cannot be the name of a cached context")
    return f"{stem}.safetensors"


def engine_part(engine: str) -> str:
    """What stands for ``engine`` in file names: its name, where that can be a part of one.

    A package may call its engine as it likes, with "/" or in any letters; then it is a hash.
    """
    if _ENGINE.fullmatch(engine):
        return engine
    return f"engine-{hashlib.sha256(engine.encode()).hexdigest()[:16]}"


def context_engine(file_name: str) -> str | None:
    """The ``engine_part`` of a cached context; None for a file that is no context."""
    match = _CONTEXT.fullmatch(file_name.removesuffix(".safetensors"))
    return match["engine"] if match and file_name.endswith(".safetensors") else None


def segment_files(segment: SegmentRecord) -> dict[str, str]:
    """The files that a segment must have: path inside the profile -> sha256."""
    hashes = {
        REFERENCE: segment.sha256,
        ORIGINALS: segment.original_sha256,
        TOKENS: segment.tokens_sha256,
    }
    return {
        segment_path(folder, segment.id): sha256
        for folder, sha256 in hashes.items()
        if sha256 is not None
    }


def file_hashes(metadata: ProfileMetadata) -> dict[str, str]:
    """All files that a profile must have: path inside it -> sha256."""
    return {
        path: sha256
        for segment in metadata.segments
        for path, sha256 in segment_files(segment).items()
    }


def segment_path(folder: str, segment_id: str) -> str:
    """Path inside the profile of one of a segment's files."""
    return f"{folder}/{segment_id}{SUFFIX[folder]}"


def slug(name: str) -> str:
    """An id made from a display name.

    Accents are dropped. A name in letters that have no Latin base is not transliterated, which
    would be wrong as often as right: it gets an id from its hash.
    """
    letters = [char for char in name.casefold() if char.isalnum()]
    folded = unicodedata.normalize("NFKD", name.casefold())
    latin = "".join(char for char in folded if char.isascii())
    words = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:_SLUG_CHARS].strip("-")
    kept = sum(char.isalnum() for char in words)
    if not words or 2 * kept < min(len(letters), _SLUG_CHARS):
        return f"voice-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f"voice-{words}" if _RESERVED.fullmatch(words) else words
