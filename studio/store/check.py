"""The store's own doctor: finds what is wrong, and mends what can be mended without a guess.

Garbage is deleted. What could be somebody's voice is never deleted: a file that does not match
its hash goes to the quarantine, together with the metadata that pointed to it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from studio.disk import make_dirs, move, remove_if_possible, sync_dir, write_new
from studio.errors import ProfileDamagedError, ProfileError, StorageError
from studio.profile import ProfileMetadata, SegmentRecord
from studio.store import trash
from studio.store.blobs import read_verified
from studio.store.catalog import Listed, read_metadata
from studio.store.contexts import contexts
from studio.store.document import encode
from studio.store.layout import (
    METADATA,
    ORIGINALS,
    REFERENCE,
    TOKENS,
    Layout,
    context_engine,
    file_hashes,
    segment_path,
    tickets,
)
from studio.store.saving import leftovers, save_changes, unfinished


@dataclass(frozen=True)
class Problem:
    """Something wrong in the library. ``profile`` is an id, or "" for the library itself."""

    profile: str
    problem: str
    repaired: bool


def check_library(layout: Layout, *, repair: bool) -> list[Problem]:
    """What lies about beside the profiles."""
    found = []
    for path in unfinished(layout.owner_dir):
        if repair:
            remove_if_possible(path)
        found.append(
            Problem("", f"{path.name} was left by a save that was stopped.", _is_gone(path))
        )
    for ticket in tickets(layout):
        if trash.is_expired(ticket):
            if repair:
                trash.destroy(layout, ticket)
            found.append(
                Problem("", f"{ticket} was deleted more than {trash.KEPT.days} days ago.", repair)
            )
    return found


def check_profile(layout: Layout, listed: Listed, *, repair: bool) -> list[Problem]:
    """What is wrong with one profile; all its files are read."""
    if listed.metadata is None:
        return [Problem(listed.id, listed.error or "It cannot be read.", False)]
    folder = layout.owner_dir / listed.id
    try:
        metadata = read_metadata(layout.profile_dir(listed.id))
    except (ProfileError, StorageError) as error:
        return [Problem(listed.id, str(error), False)] if folder.exists() else []
    return [
        *_check_files(layout, folder, metadata, repair),
        *_check_garbage(folder, metadata.id, repair),
    ]


def _check_garbage(folder: Path, profile_id: str, repair: bool) -> list[Problem]:
    metadata = read_metadata(folder)
    garbage = dict.fromkeys(leftovers(folder, metadata), "is not part of the voice")
    garbage |= dict.fromkeys(_stale(folder), "is an outdated or damaged cached context")
    if garbage and repair:
        # What the metadata on the disk does not point to must not be in reach of an older one.
        sync_dir(folder)
    found = []
    for path, what in garbage.items():
        if repair:
            remove_if_possible(path)
        name = path.relative_to(folder)
        found.append(Problem(profile_id, f"{name} {what}.", _is_gone(path)))
    return found


def _stale(folder: Path) -> list[Path]:
    """Cached contexts that do not load, or that a newer one of the same engine replaced."""
    newest: dict[str | None, Path] = {}
    stale = []
    for path in sorted(contexts(folder), key=lambda path: path.lstat().st_mtime_ns):
        if not _is_safetensors(path):
            stale.append(path)
            continue
        older = newest.get(context_engine(path.name))
        if older:
            stale.append(older)
        newest[context_engine(path.name)] = path
    return stale


def _is_safetensors(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    try:
        with safe_open(path, framework="numpy"):  # type: ignore[no-untyped-call]
            return True
    except (SafetensorError, OSError):
        return False


def _check_files(
    layout: Layout, folder: Path, metadata: ProfileMetadata, repair: bool
) -> list[Problem]:
    broken: dict[str, str] = {}
    for path, sha256 in file_hashes(metadata).items():
        try:
            read_verified(layout, folder / path, sha256)
        except (ProfileDamagedError, StorageError) as error:
            broken[path] = str(error)
    if not broken:
        return []
    advice = _repair_files(layout, folder, metadata, set(broken)) if repair else None
    return [
        Problem(metadata.id, problem if advice is None else f"{problem} {advice}", bool(advice))
        for problem in broken.values()
    ]


def _repair_files(
    layout: Layout, folder: Path, metadata: ProfileMetadata, broken: set[str]
) -> str | None:
    """Take what is broken out of the profile; None if no whole clip would be left."""
    kept = tuple(
        _without(segment, broken)
        for segment in metadata.segments
        if segment_path(REFERENCE, segment.id) not in broken
    )
    if not kept or any((folder / path).resolve() != folder / path for path in broken):
        return None
    changed = metadata.model_copy(update={"segments": kept, "revision": metadata.revision + 1})
    unwanted = file_hashes(metadata).keys() - file_hashes(changed).keys()
    place = layout.quarantine_dir / trash.new_ticket(metadata.id)
    make_dirs(layout.without_links(place))
    write_new(place / METADATA, [encode(metadata)])
    for path in sorted(unwanted):
        if (folder / path).exists():
            make_dirs((place / path).parent)
            move(folder / path, place / path)
    sync_dir(place)
    save_changes(layout, metadata, changed, {})
    return f"It was taken out of the voice and kept in {place.relative_to(layout.root)}."


def _without(segment: SegmentRecord, broken: set[str]) -> SegmentRecord:
    changes: dict[str, None] = {}
    if segment_path(ORIGINALS, segment.id) in broken:
        changes["original_sha256"] = None
    if segment_path(TOKENS, segment.id) in broken:
        changes |= {"tokens_sha256": None, "frames": None}
    return segment.model_copy(update=changes)


def _is_gone(path: Path) -> bool:
    return not os.path.lexists(path)
