"""How a profile gets onto the disk. All of it runs under the owner's lock.

A new profile is finished in a temporary folder beside its place and renamed. A change writes the
new files first, under names that the old metadata does not point to, then replaces
``metadata.json``, which is the moment of change, then deletes what nothing points to any more.
Cached contexts, which are derived, go before that moment.
Stopped anywhere, this leaves the old version or the new one and some garbage, which the next save
or ``check`` removes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from studio.disk import (
    make_dir,
    move,
    remove_if_possible,
    replace_file,
    sync_dir,
    write_new,
)
from studio.profile import ProfileMetadata
from studio.store.document import encode
from studio.store.layout import (
    CONTEXTS,
    METADATA,
    SUFFIX,
    TEMPORARY,
    Layout,
    file_hashes,
    is_id,
)


def place_new(
    layout: Layout, metadata: ProfileMetadata, files: Iterable[tuple[str, Iterable[bytes]]]
) -> None:
    """Create the profile ``metadata.id``, which is free.

    ``files`` yields (path inside the profile, its content piece by piece); what it raises stops
    the creation and leaves nothing behind.
    """
    folder = layout.profile_dir(metadata.id)
    data = encode(metadata)
    staging = layout.temporary(layout.owner_dir)
    try:
        staging.mkdir(mode=0o700)
        parts = set()
        for path, chunks in files:
            part = (staging / path).parent
            if part not in parts:
                part.mkdir(mode=0o700)
                parts.add(part)
            write_new(staging / path, chunks)
        write_new(staging / METADATA, [data])
        for part in (*parts, staging):
            sync_dir(part)
    except BaseException:
        remove_if_possible(staging)
        raise
    try:
        move(staging, folder)
    except OSError:
        remove_if_possible(staging)
        raise


def save_changes(
    layout: Layout, old: ProfileMetadata, new: ProfileMetadata, blobs: Mapping[str, bytes]
) -> None:
    """Turn the profile ``old`` into ``new``, adding ``blobs`` (path inside the profile -> bytes).

    No path in ``blobs`` is one that ``old`` points to.
    """
    folder = layout.profile_dir(new.id)
    data = encode(new)
    metadata_file, temporary = folder / METADATA, layout.temporary(folder)
    targets = [layout.without_links(folder / path) for path in blobs]
    try:
        for target, blob in zip(targets, blobs.values(), strict=True):
            make_dir(target.parent)
            replace_file(target, [blob], layout.temporary(target.parent))
        write_new(temporary, [data])
    except BaseException:
        _remove_all([*targets, temporary])
        raise
    if new.segments != old.segments:
        # Before and not after, so that nothing made from a removed clip can outlive a crash.
        remove_if_possible(folder / CONTEXTS)
    # From the rename on, the new files belong to the profile: an interruption must not take them
    # away, and only a rename that was refused is sure not to have happened.
    try:
        temporary.replace(metadata_file)
    except OSError:
        _remove_all([*targets, temporary])
        raise
    sync_dir(folder)
    with suppress(OSError):  # the save is done; garbage can wait for the next one
        _remove_all(list(leftovers(folder, new)))


def leftovers(folder: Path, metadata: ProfileMetadata) -> Iterator[Path]:
    """Files of the studio in a profile's ``folder`` that ``metadata`` does not point to.

    Only names that the studio gives count: a note that somebody put there is none of its business.
    """
    wanted = file_hashes(metadata)
    yield from unfinished(folder)
    for part, suffix in SUFFIX.items():
        yield from unfinished(folder / part)
        for path in _inside(folder / part):
            ours = path.suffix == suffix and is_id(path.stem)
            if ours and f"{part}/{path.name}" not in wanted:
                yield path
    yield from unfinished(folder / CONTEXTS)


def unfinished(folder: Path) -> list[Path]:
    """What writers that were stopped left in ``folder``."""
    return [path for path in _inside(folder) if path.name.startswith(TEMPORARY)]


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []


def _remove_all(paths: Iterable[Path]) -> None:
    for path in paths:
        remove_if_possible(path)
