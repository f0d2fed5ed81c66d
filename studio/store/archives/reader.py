"""Reads a ``.voiceprofile`` file that anybody may have made, and believes none of it.

What it lists is checked before anything is unpacked: only names that the format knows, each once,
no links, no more files and bytes than allowed, and exactly the files that the metadata points to.
What it holds is checked while it is read: no more bytes than announced, and the right hash.

A person may have unpacked it and packed it anew with what their system has. So order does not
matter, everything may lie in a folder (that of the manifest), and what systems add is passed over.
"""

from __future__ import annotations

import hashlib
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.errors import ArchiveError, ProfileDamagedError, ProfileTooNewError
from studio.profile import ProfileMetadata, Sha256
from studio.store.document import MAX_METADATA_BYTES, decode, parse_object
from studio.store.layout import METADATA, file_hashes

ARCHIVE_FORMAT_VERSION: Final = 1
MANIFEST: Final = "manifest.json"

_CHUNK_BYTES: Final = 1 << 18
_MAX_RATIO: Final = 100
_RATIO_SLACK_BYTES: Final = 1 << 20
"""Metadata shrinks tenfold and sound not at all; beyond a hundredfold it is a bomb. The slack is
for small files, which do no harm."""

_END = struct.Struct("<4s4H2LH")
_END_64_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_MAX_LISTED_BYTES: Final = 400
"""Of one entry in the zip's own list: 46, twice the longest name, and some for dates."""

_ID = "[a-z0-9][a-z0-9-]{0,63}"
_FILE = re.compile(
    rf"(?P<id>{_ID})/(?P<path>metadata\.json|(reference|originals)/{_ID}\.flac"
    rf"|voice_tokens/{_ID}\.safetensors)"
)
_ADDED_BY_SYSTEMS = re.compile(
    r"(.*/)?(__MACOSX/.*|\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini)", re.IGNORECASE | re.DOTALL
)
_FOLDER = re.compile(rf"{_ID}/((reference|originals|voice_tokens)/)?")


@dataclass(frozen=True)
class ArchiveLimits:
    """The most that an archive may hold. ``files`` counts folders too."""

    files: int
    total_bytes: int

    @property
    def listed(self) -> int:
        """Entries in the zip's own list: a Mac adds one to each file, and one to each folder."""
        return 2 * self.files

    @property
    def manifest_bytes(self) -> int:
        return 1_000 + 300 * self.files


ONE_PROFILE: Final = ArchiveLimits(files=256, total_bytes=4_000_000_000)
"""64 segments with three files each, two minutes of each as sound."""

WHOLE_LIBRARY: Final = ArchiveLimits(files=500_000, total_bytes=1_000_000_000_000)
"""As many profiles as anybody has; the free space on the disk is the tighter bound."""


class ArchiveEntry(BaseModel):
    """One file in the manifest; ``size`` in bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=0)
    sha256: Sha256


class Manifest(BaseModel):
    """``manifest.json``: what the archive holds, with the size and hash of each file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["voiceprofile"] = "voiceprofile"
    format_version: Annotated[int, Field(ge=1)] = ARCHIVE_FORMAT_VERSION
    entries: dict[str, ArchiveEntry]


@dataclass(frozen=True)
class ArchivedProfile:
    """A profile in an archive: its metadata is read and checked, its files are not yet."""

    metadata: ProfileMetadata
    reader: ArchiveReader

    def files(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """(path inside the profile, its content piece by piece).

        Raises:
            ArchiveError: while a content is read: it is not what it should be.
        """
        for path in file_hashes(self.metadata):
            yield path, self.reader.pieces(f"{self.metadata.id}/{path}")


class ArchiveReader:
    """An open archive whose list of files has been checked. Use it in a ``with`` block."""

    def __init__(self, path: Path, limits: ArchiveLimits) -> None:
        self._name = path.name
        self._limits = limits
        self._file = self._opened(path)
        try:
            with self._refusing():
                self._check_end()
                self._zip = zipfile.ZipFile(self._file)
                self._infos = self._checked_infos()
                self._manifest = self._checked_manifest()
                self.profiles = tuple(self._profiles())
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    @property
    def total_bytes(self) -> int:
        """Size of all files once unpacked."""
        return sum(entry.size for entry in self._manifest.entries.values())

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of one file, piece by piece.

        Raises:
            ArchiveError: it is damaged, or not what the manifest says.
        """
        expected = self._manifest.entries[name]
        digest = hashlib.sha256()
        size = 0
        with self._refusing(), self._zip.open(self._infos[name]) as content:
            while piece := content.read(_CHUNK_BYTES):
                size += len(piece)
                if size > expected.size:
                    raise self._error(f"{name} is larger than it says")
                digest.update(piece)
                yield piece
        if size != expected.size or digest.hexdigest() != expected.sha256:
            raise self._error(f"{name} is not what was put in")

    def _opened(self, path: Path) -> BinaryIO:
        try:
            if path.is_file():
                return path.open("rb")
        except (OSError, ValueError) as error:
            raise ArchiveError(f"{path.name!r} cannot be opened ({error}).") from error
        raise ArchiveError(f"There is no file {str(path)[:300]!r}. Check the name.")

    def _error(self, what: str) -> ArchiveError:
        return ArchiveError(
            f"{self._name!r} cannot be used: {what}. Nothing was taken in. Export the voice again "
            f"and copy the file anew."
        )

    @contextmanager
    def _refusing(self) -> Generator[None, None, None]:
        """Whatever reading a broken zip ends in is one and the same to a person."""
        try:
            yield
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
            ValueError,
            OverflowError,
            struct.error,
        ) as error:
            raise self._error("it is damaged, or is no voice profile archive") from error

    def _check_end(self) -> None:
        """Look at how long the zip's list of files is before it is read into memory."""
        size = self._file.seek(0, 2)
        large_form = _END_64.size + _END_64_LOCATOR.size
        self._file.seek(max(0, size - large_form - _END.size))
        tail = self._file.read()
        signature, *_, list_bytes, _, comment_bytes = _END.unpack(tail[-_END.size :])
        if signature != b"PK\5\6" or comment_bytes:
            raise self._error("it is damaged, or is no voice profile archive")
        if tail.startswith(b"PK\6\6") and tail[_END_64.size :].startswith(b"PK\6\7"):
            *_, list_bytes, _ = _END_64.unpack(tail[: _END_64.size])
        if list_bytes > _MAX_LISTED_BYTES * self._limits.listed:
            raise self._too_many()

    def _too_many(self) -> ArchiveError:
        what = f"it lists more than {self._limits.files} files"
        if self._limits is ONE_PROFILE:
            what += (
                ", which is more than one voice has (a backup of many is restored, not imported)"
            )
        return self._error(what)

    def _checked_infos(self) -> dict[str, zipfile.ZipInfo]:
        # Names as they stand in the file: not cut at NUL, no '\\' turned.
        listed = [(info.orig_filename, info) for info in self._zip.infolist()]
        found = [(name, info) for name, info in listed if not _ADDED_BY_SYSTEMS.fullmatch(name)]
        if len(listed) > self._limits.listed or len(found) > self._limits.files:
            raise self._too_many()
        inside = _folder_of_manifest([name for name, _ in found])
        if inside is None:
            raise ArchiveError(
                f"{self._name!r} is not a voice profile: it is a zip that has no {MANIFEST}, which "
                f"every export has. Give a .voiceprofile file that was exported."
            )
        infos: dict[str, zipfile.ZipInfo] = {}
        for full_name, info in found:
            name = full_name.removeprefix(inside)
            mode = info.external_attr >> 16
            if not info.file_size and (_FOLDER.fullmatch(name) or _leads_to(full_name, inside)):
                continue
            if not full_name.startswith(inside):
                raise self._error(f"{full_name[:80]!r} does not belong in it")
            if name != MANIFEST and not _FILE.fullmatch(name):
                raise self._error(f"{name[:80]!r} does not belong in it")
            if name in infos:
                raise self._error(f"{name} is in it twice")
            if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
                raise self._error(f"{name} is a link or a device")
            if info.flag_bits & 0x1:
                raise self._error("it is protected by a password")
            if info.file_size > _MAX_RATIO * info.compress_size + _RATIO_SLACK_BYTES:
                raise self._error(f"{name} unpacks more than {_MAX_RATIO}-fold")
            infos[name] = info
        return infos

    def _checked_manifest(self) -> Manifest:
        try:
            raw = parse_object(self._small(MANIFEST, self._limits.manifest_bytes))
            version = raw.get("format_version")
            if isinstance(version, int) and version > ARCHIVE_FORMAT_VERSION:
                raise self._error("a newer studio made it; update this one to read it")
            manifest = Manifest.model_validate(raw, strict=True)
        except (ValidationError, ProfileDamagedError) as error:
            raise self._error("its manifest is damaged") from error
        listed = {name: info.file_size for name, info in self._infos.items() if name != MANIFEST}
        if listed != {name: entry.size for name, entry in manifest.entries.items()}:
            raise self._error("it does not hold the files that its manifest lists")
        if sum(listed.values()) > self._limits.total_bytes:
            raise self._error(f"it unpacks to more than {self._limits.total_bytes / 1e9:g} GB")
        return manifest

    def _small(self, name: str, limit: int) -> bytes:
        with self._zip.open(self._infos[name]) as content:
            data = content.read(limit + 1)
        if len(data) > limit:
            raise self._error(f"{name} is too large")
        return data

    def _profiles(self) -> Iterator[ArchivedProfile]:
        names: dict[str, set[str]] = {}
        for name in self._manifest.entries:
            profile_id, _, path = name.partition("/")
            names.setdefault(profile_id, set()).add(path)
        for profile_id, paths in names.items():
            yield ArchivedProfile(self._metadata(profile_id, paths), self)

    def _metadata(self, profile_id: str, paths: set[str]) -> ProfileMetadata:
        name = f"{profile_id}/{METADATA}"
        if METADATA not in paths:
            raise self._error(f"{name} is missing")
        if self._manifest.entries[name].size > MAX_METADATA_BYTES:
            raise self._error(f"{name} is too large")
        try:
            metadata = decode(b"".join(self.pieces(name)))
        except (ProfileDamagedError, ProfileTooNewError) as error:
            raise self._error(f"{name}: {str(error).rstrip('.')}") from error
        hashes = {path: self._manifest.entries[f"{profile_id}/{path}"].sha256 for path in paths}
        del hashes[METADATA]
        if metadata.id != profile_id or file_hashes(metadata) != hashes:
            raise self._error(f"{name} does not fit the other files")
        return metadata


def _folder_of_manifest(names: list[str]) -> str | None:
    """Where in the archive the manifest lies that is nearest to the top: "" or "a/folder/"."""
    found = [name for name in names if name.rpartition("/")[2] == MANIFEST]
    return min(found, key=len).removesuffix(MANIFEST) if found else None


def _leads_to(name: str, folder: str) -> bool:
    return name.endswith("/") and folder.startswith(name)
