"""Reading one owner's profiles, without a lock and on any disk that can be read."""

from __future__ import annotations

import builtins
from pathlib import Path

from studio.errors import ProfileChangedError, ProfileDamagedError, ProfileNotFoundError
from studio.profile import ProfileMetadata
from studio.store import contexts
from studio.store.blobs import read_verified, unpack_tokens
from studio.store.catalog import Catalog, Listed, read_metadata
from studio.store.layout import (
    ORIGINALS,
    REFERENCE,
    TOKENS,
    Layout,
    file_hashes,
    segment_path,
)
from studio.types import CodecTokens


class ProfileReader:
    """The profiles in ``root``/``owner``, and among them those of ``common``, which everybody
    hears. Thread-safe, and safe beside other processes."""

    def __init__(self, root: Path, owner: str, common: ProfileReader | None = None) -> None:
        self.layout = Layout(root, owner)
        self._common = common
        self._catalog: Catalog = Catalog(self.layout, None if common is None else common._catalog)

    # Finding

    def list(self) -> builtins.list[Listed]:
        """All profiles by name; one that cannot be read is listed with its error."""
        return self._catalog.listing()

    def own(self) -> builtins.list[Listed]:
        """As ``list``, without the common voices."""
        return [entry for entry in self.list() if not entry.is_common]

    def find(self, name_or_id: str) -> str:
        """The id of the profile with this display name, in whatever case, or with this id; "id:"
        before an id says that it is one.

        Raises:
            ProfileNotFoundError: there is none, or more than one; the message names candidates.
        """
        return self._catalog.find(name_or_id)

    def load(self, profile_id: str) -> ProfileMetadata:
        """The metadata of a profile.

        Raises:
            ProfileNotFoundError, ProfileDamagedError, ProfileTooNewError
        """
        return self._catalog.load(profile_id)

    def free_id(self, name: str) -> str:
        """An id for a new profile called ``name``."""
        return self._catalog.free_id(name)

    def require_free_name(self, name: str) -> None:
        """Make sure that ``name`` can be given to a new profile.

        Raises:
            ProfileExistsError: a profile has this name, or one that reads the same.
        """
        self._catalog.require_free_name(name)

    # The files of a segment

    def reference(self, profile_id: str, segment_id: str) -> bytes:
        """The cleaned clip of a segment, FLAC.

        Raises:
            ProfileNotFoundError: there is no such profile or segment.
            ProfileDamagedError: the file is missing or is not the one that was saved.
        """
        data = self._segment_file(profile_id, segment_id, REFERENCE)
        if data is None:
            raise AssertionError("the schema requires a reference")
        return data

    def original(self, profile_id: str, segment_id: str) -> bytes | None:
        """The clip before cutting and gain, FLAC, or None if it is not kept. Raises as above."""
        return self._segment_file(profile_id, segment_id, ORIGINALS)

    def tokens(self, profile_id: str, segment_id: str) -> CodecTokens | None:
        """The codec tokens, or None if there are none yet. Raises as above."""
        data = self._segment_file(profile_id, segment_id, TOKENS)
        return None if data is None else unpack_tokens(data)

    def context_file(self, profile_id: str, engine: str, fingerprint: str) -> Path | None:
        """The cached context with exactly this fingerprint (hex), if there is one."""
        return contexts.context_file(self.home(profile_id).layout, profile_id, engine, fingerprint)

    def home(self, profile_id: str) -> ProfileReader:
        """Where a profile lies: here, or among the common voices."""
        if self._common is not None and self._catalog.is_common(profile_id):
            return self._common
        return self

    def read_file(self, metadata: ProfileMetadata, path: str) -> bytes:
        """One of the files that ``metadata`` points to, verified. For archives.

        Raises:
            ProfileDamagedError: it is missing or is not the one that was saved.
            ProfileChangedError: the profile was saved since ``metadata`` was read, without it.
        """
        home = self.home(metadata.id)
        if home is not self:
            return home.read_file(metadata, path)
        folder = self.layout.profile_dir(metadata.id)
        try:
            return read_verified(self.layout, folder / path, file_hashes(metadata)[path])
        except ProfileDamagedError:
            self._require(metadata.id)
            if read_metadata(folder).revision == metadata.revision:
                raise
            raise ProfileChangedError(
                f"{metadata.name!r} was changed while it was being read. Try again."
            ) from None

    def _segment_file(self, profile_id: str, segment_id: str, part: str) -> bytes | None:
        metadata = self.load(profile_id)
        known = [segment.id for segment in metadata.segments]
        if segment_id not in known:
            raise ProfileNotFoundError(
                f"{metadata.name!r} has no clip {segment_id[:80]!r}. It has: {', '.join(known)}."
            )
        path = segment_path(part, segment_id)
        return self.read_file(metadata, path) if path in file_hashes(metadata) else None

    def _require(self, profile_id: str) -> None:
        if not self._catalog.has(profile_id):
            raise self._catalog.unknown(profile_id)
