"""One ``.voiceprofile`` file: any number of profiles, whole, for another machine or as a backup.

A zip with ``manifest.json`` and, for each profile, a folder as it lies in the library:

    manifest.json                    {format, format_version, entries: {name: {size, sha256}}}
    <profile_id>/metadata.json
    <profile_id>/reference/<segment_id>.flac
    <profile_id>/originals/<segment_id>.flac             unless left out
    <profile_id>/voice_tokens/<segment_id>.safetensors   if there are any

Cached contexts are not in it: they are derived. Unpacked by hand, a folder is a profile. The same
profile makes the same file, byte for byte.
"""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from studio.disk import disk_errors, require_space, whole_file
from studio.errors import (
    ArchiveError,
    ProfileChangedError,
    ProfileError,
    ProfileNotFoundError,
    SeveralVoicesError,
    StorageError,
)
from studio.profile import ProfileMetadata
from studio.store.archives.reader import (
    MANIFEST,
    ONE_PROFILE,
    WHOLE_LIBRARY,
    ArchivedProfile,
    ArchiveEntry,
    ArchiveReader,
    Manifest,
)
from studio.store.blobs import sha256_of
from studio.store.document import encode
from studio.store.layout import METADATA, file_hashes
from studio.store.store import ProfileStore

ENDING: Final = ".voiceprofile"

_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class BackedUp:
    """The file that a backup was written to, what it holds, and what it had to leave out, with the
    reason, by id."""

    path: Path
    saved: tuple[ProfileMetadata, ...]
    left_out: dict[str, str]


@dataclass(frozen=True)
class Restored:
    """What a restore added, and what was in the library already, file for file."""

    added: tuple[ProfileMetadata, ...]
    unchanged: tuple[ProfileMetadata, ...]


def export_profile(
    store: ProfileStore, profile_id: str, path: Path, *, include_originals: bool = True
) -> Path:
    """Write one profile to ``path``, in place of an earlier export of it that may be there.

    The ending ".voiceprofile" is added where there is none; what was written is returned.

    Without originals the archive is about half as large, and cuts cannot be undone from it.

    Raises:
        ProfileNotFoundError, ProfileDamagedError, ProfileTooNewError, StorageError: ``path`` is
            as it was before, which is what it stays if it is any other file.
    """
    metadata = store.load(profile_id)
    if not include_originals:
        metadata = _without_originals(metadata)
    return _write(store, [metadata], path, f"{metadata.name!r} was not exported")


def backup(store: ProfileStore, path: Path) -> BackedUp:
    """Write all profiles that are whole to ``path``, in place of an archive of no other voices.

    Raises:
        ProfileChangedError: a profile was saved meanwhile; try again.
        StorageError: ``path`` is as it was before, which is what it stays if it is any other file.
    """
    whole: list[ProfileMetadata] = []
    left_out: dict[str, str] = {}
    for listed in store.own():
        try:
            whole.append(_verified(store, listed.id))
        except ProfileNotFoundError:
            continue  # deleted since it was listed
        except (ProfileError, StorageError) as error:
            left_out[listed.id] = str(error)
    written = _write(store, whole, path, "The backup was not made")
    return BackedUp(written, tuple(whole), left_out)


def import_profile(store: ProfileStore, path: Path) -> ProfileMetadata:
    """Take in the one profile in the archive at ``path``, lossless.

    Its id and its name are kept where they are free; a taken name gets a number behind it.

    Raises:
        ArchiveError: the file is damaged, hostile, or no archive.
        SeveralVoicesError: it is a backup.
        StorageError
    """
    with ArchiveReader(path, ONE_PROFILE) as archive:
        if not archive.profiles:
            raise ArchiveError(f"{path.name!r} holds no voice. Choose another file.")
        if len(archive.profiles) > 1:
            raise SeveralVoicesError(
                f"{path.name!r} is a backup of {len(archive.profiles)} voices, not one voice. Take "
                f"it in with the command 'restore', or in the page with Import."
            )
        require_space(store.layout.root, archive.total_bytes)
        return _adopt(store, archive.profiles[0])


def restore(store: ProfileStore, path: Path) -> Restored:
    """Take in all profiles in the archive at ``path``; nothing that is here is replaced.

    A profile that is here already, file for file, is left alone, so that a restore that was
    interrupted can be repeated. Otherwise a taken id or name gets a number.

    Raises:
        ArchiveError: something in the file is damaged or hostile; nothing was taken in.
        StorageError: the disk refused; the profiles before stay restored.
    """
    added: list[ProfileMetadata] = []
    unchanged: list[ProfileMetadata] = []
    with ArchiveReader(path, WHOLE_LIBRARY) as archive:
        for profile in archive.profiles:
            for _, pieces in profile.files():
                for _piece in pieces:
                    pass  # read through, so that a damaged archive is refused whole
        require_space(store.layout.root, archive.total_bytes)
        for profile in archive.profiles:
            if _is_here(store, profile.metadata):
                unchanged.append(profile.metadata)
            else:
                added.append(_adopt(store, profile))
    return Restored(tuple(added), tuple(unchanged))


def _adopt(store: ProfileStore, profile: ArchivedProfile) -> ProfileMetadata:
    return store.adopt(profile.metadata, profile.files(), name=None)


def _is_here(store: ProfileStore, metadata: ProfileMetadata) -> bool:
    try:
        return _verified(store, metadata.id) == metadata
    except (ProfileError, StorageError):
        return False


def _verified(store: ProfileStore, profile_id: str) -> ProfileMetadata:
    """The metadata of a profile, all of whose files were found to be whole."""
    metadata = store.load(profile_id)
    try:
        for name in file_hashes(metadata):
            store.read_file(metadata, name)
    except ProfileChangedError:
        return _verified(store, profile_id)
    return metadata


def _without_originals(metadata: ProfileMetadata) -> ProfileMetadata:
    segments = tuple(
        segment.model_copy(update={"original_sha256": None}) for segment in metadata.segments
    )
    return metadata.model_copy(update={"segments": segments})


def _write(
    store: ProfileStore, profiles: Sequence[ProfileMetadata], path: Path, failed: str
) -> Path:
    entries: dict[str, ArchiveEntry] = {}
    with disk_errors(failed, path.parent):
        path = _target(path)
        _require_replaceable(path, profiles)
    folder = path.parent.absolute()
    with (
        disk_errors(failed, folder),
        whole_file(folder / path.name, store.layout.temporary(folder)) as file,
        zipfile.ZipFile(file, "w") as archive,
    ):

        def put(name: str, data: bytes, compression: int) -> None:
            info = zipfile.ZipInfo(name, _NO_DATE)
            info.create_system = 3  # Unix, which the mode below belongs to
            info.external_attr = (stat.S_IFREG | 0o600) << 16
            info.compress_type = compression
            archive.writestr(info, data)
            entries[name] = ArchiveEntry(size=len(data), sha256=sha256_of(data))

        for metadata in profiles:
            put(f"{metadata.id}/{METADATA}", encode(metadata), zipfile.ZIP_DEFLATED)
            for inside in file_hashes(metadata):
                data = store.read_file(metadata, inside)
                put(f"{metadata.id}/{inside}", data, zipfile.ZIP_STORED)
        manifest = Manifest(entries=dict(entries)).model_dump_json(indent=2)
        put(MANIFEST, manifest.encode(), zipfile.ZIP_DEFLATED)
    return path


def _target(path: Path) -> Path:
    """``path``, where a file can be, with the ending of an archive: added where it has none."""
    if path.suffix.lower() not in {"", ENDING}:
        raise StorageError(
            f"{str(path)[:300]!r} is not the name of a voice profile. Give one that ends in "
            f"{ENDING}, such as '{path.stem[:60]}{ENDING}'."
        )
    _require_place(path)
    if path.suffix:
        return path
    named = path.with_name(path.name + ENDING)
    _require_place(named)
    return named


def _require_place(path: Path) -> None:
    if "\0" in str(path) or path.is_dir():
        raise StorageError(
            f"{str(path)[:300]!r} is not the name of a file. Give one, such as 'anna{ENDING}'."
        )
    if not path.parent.is_dir():
        raise StorageError(f"There is no folder {str(path.parent)[:300]!r}. Make it first.")


def _require_replaceable(path: Path, profiles: Sequence[ProfileMetadata]) -> None:
    """Refuse to write over what may be there only: another kind of file, or another voice.

    Ids change when a voice is taken in elsewhere; the moment that it was made does not.
    """
    if not os.path.lexists(path):
        return
    try:
        with ArchiveReader(path, WHOLE_LIBRARY) as archive:
            there = [profile.metadata for profile in archive.profiles]
    except ArchiveError:
        raise StorageError(
            f"{path.name!r} is there already, and is no voice profile that can be read, so it was "
            f"not written over. Choose another name, or move that file away."
        ) from None
    written = {metadata.created_at for metadata in profiles}
    others = [metadata.name for metadata in there if metadata.created_at not in written]
    if others:
        raise StorageError(
            f"{path.name!r} is there already and holds another voice, {others[0]!r}, so it was not "
            f"written over. Choose another name, or move that file away."
        )
