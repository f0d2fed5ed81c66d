"""The store of one owner's profiles."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from studio.disk import disk_errors, make_dirs, remove_if_possible, replace_file
from studio.errors import ProfileChangedError, ProfileDamagedError, ProfileNotFoundError
from studio.profile import ProfileMetadata, clean_name
from studio.store import contexts, trash
from studio.store.blobs import SegmentFiles, read_verified, unpack_tokens
from studio.store.catalog import Catalog, Listed, read_metadata
from studio.store.check import Problem, check_library, check_profile
from studio.store.layout import (
    ORIGINALS,
    REFERENCE,
    TOKENS,
    Layout,
    file_hashes,
    is_id,
    segment_path,
    ticket_id,
    tickets,
)
from studio.store.lock import locked
from studio.store.saving import place_new, save_changes, unfinished
from studio.store.segments import changed_segments, new_segments
from studio.store.trash import Deleted
from studio.types import CodecTokens

LOCK_TIMEOUT_S: Final = 30.0
"""The longest a save waits for another to finish: taking in a large archive on a slow disk."""

_NO_FILES: Final[Mapping[str, SegmentFiles]] = MappingProxyType({})


class ProfileStore:
    """The profiles in ``root``/``owner``. Thread-safe, and safe beside other processes.

    Reading takes no lock and works on a disk that can only be read. What a method that changes
    something raises, it raises with nothing changed; ``StorageError`` may come from any of them.

    Example:
        store = ProfileStore(Path("profiles"))
        anna = store.load(store.find("Anna"))
        store.update(anna.model_copy(update={"name": "Ann"}), expected_revision=anna.revision)
    """

    def __init__(
        self, root: Path, owner: str = "local", *, lock_timeout_s: float = LOCK_TIMEOUT_S
    ) -> None:
        self.layout = Layout(root, owner)
        self._catalog = Catalog(self.layout)
        self._lock_timeout_s = lock_timeout_s

    # Finding

    def list(self) -> builtins.list[Listed]:
        """All profiles by name; one that cannot be read is listed with its error."""
        return self._catalog.listing()

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

    # Saving

    def create(
        self, metadata: ProfileMetadata, files: Mapping[str, SegmentFiles]
    ) -> ProfileMetadata:
        """Save a new profile, with ``files`` by segment id, and return it as it was saved.

        Its revision is 1; hashes and frames are those of ``files``; its id is another one if the
        wanted one has been taken in the meantime.

        Raises:
            ProfileNameError, ProfileExistsError, StorageError
        """
        segments, blobs = new_segments(metadata.segments, files)
        first = metadata.model_copy(update={"revision": 1, "segments": segments})
        return self.adopt(
            first, ((path, [data]) for path, data in blobs.items()), name=metadata.name
        )

    def adopt(
        self,
        metadata: ProfileMetadata,
        files: Iterable[tuple[str, Iterable[bytes]]],
        *,
        name: str | None,
    ) -> ProfileMetadata:
        """Save a profile that is complete, hashes and all, from pieces of its files.

        ``files`` yields (path inside the profile, pieces). With a ``name`` of None it keeps its
        own, or gets a number behind it.

        Raises:
            ProfileNameError, ProfileExistsError, StorageError, and what ``files`` raises.
        """
        own_name = clean_name(metadata.name if name is None else name)
        with self._writing(f"{own_name!r} was not saved"):
            if name is None:
                own_name = self._catalog.free_name(own_name)
            self._catalog.require_free_name(own_name)
            is_taken = self._is_taken(metadata)
            saved = metadata.model_copy(
                update={
                    "id": self._catalog.free_id(own_name) if is_taken else metadata.id,
                    "name": own_name,
                }
            )
            place_new(self.layout, saved, files)
            return saved

    def update(
        self,
        metadata: ProfileMetadata,
        *,
        expected_revision: int,
        add: Mapping[str, SegmentFiles] = _NO_FILES,
        remove: Sequence[str] = (),
    ) -> ProfileMetadata:
        """Save ``metadata`` over the version ``expected_revision`` and return it as it was saved.

        ``add`` brings the files of new segments, or files that a segment did not have yet;
        ``remove`` names the segments that are no longer there. Clearing ``original_sha256`` or
        ``tokens_sha256`` of a segment deletes that file.

        Raises:
            ProfileChangedError: somebody else saved it first; reload and do it again.
            ProfileExistsError: its new name is taken.
            ProfileNotFoundError, ProfileDamagedError, ProfileNameError, StorageError
        """
        name = clean_name(metadata.name)
        with self._writing(f"The change of {name!r} was not saved"):
            old = read_metadata(self.layout.profile_dir(metadata.id))
            if old.revision != expected_revision:
                raise ProfileChangedError(
                    f"{old.name!r} was changed somewhere else in the meantime (it is at revision "
                    f"{old.revision}, this change was made to {expected_revision}). Reload it and "
                    f"make the change again."
                )
            if name != old.name:
                self._catalog.require_free_name(name, but=old.id)
            segments, blobs = changed_segments(old, metadata, add, remove)
            new = metadata.model_copy(
                update={"name": name, "segments": segments, "revision": old.revision + 1}
            )
            save_changes(self.layout, old, new, blobs)
            return new

    def duplicate(self, profile_id: str, new_name: str) -> ProfileMetadata:
        """A second profile with the same clips, called ``new_name``.

        Raises:
            ProfileDamagedError, ProfileNotFoundError, ProfileNameError, ProfileExistsError
        """
        metadata = self.load(profile_id)
        now = datetime.now(UTC)
        name = clean_name(new_name)
        copy = metadata.model_copy(
            update={
                "id": self.free_id(name),
                "name": name,
                "created_at": now,
                "updated_at": now,
                "revision": 1,
            }
        )
        files = ((path, [self.read_file(metadata, path)]) for path in file_hashes(metadata))
        return self.adopt(copy, files, name=name)

    # Deleting

    def delete(self, profile_id: str) -> Deleted:
        """Move a profile into the trash, damaged or not; what lay there for a month goes.

        Raises:
            ProfileNotFoundError: it is gone already.
        """
        with self._writing(f"The voice {profile_id!r} was not deleted"):
            self._require(profile_id)
            deleted = trash.put_in_trash(self.layout, profile_id)
            for ticket in tickets(self.layout):
                if trash.is_expired(ticket):
                    trash.destroy(self.layout, ticket)
            return deleted

    def deleted(self) -> builtins.list[Deleted]:
        """What can be brought back, the newest first."""
        return trash.in_trash(self.layout)

    def known(self) -> builtins.list[ProfileMetadata]:
        """All voices that can be read: those of the library, and those that can be brought back."""
        kept = [one.metadata for one in self.list()] + [one.metadata for one in self.deleted()]
        return [metadata for metadata in kept if metadata]

    def find_deleted(self, name_or_ticket: str) -> Deleted:
        """What can be brought back and has this ticket, name or id; "id:anna" is only an id.

        Raises:
            ProfileNotFoundError: there is none, or more than one; the message names them.
        """
        return trash.find_deleted(self.layout, self._catalog, name_or_ticket)

    def undo_delete(self, ticket: str) -> ProfileMetadata:
        """Bring a deleted profile back; a name or id that was taken since gets a number.

        Raises:
            ProfileNotFoundError: it is not in the trash; the message says what became of it.
            ProfileDamagedError, ProfileTooNewError: it is back, as unusable as it was before.
        """
        with self._writing("The deleted voice was not restored"):
            profile_id = trash.take_from_trash(self.layout, self._catalog, ticket)
        return self.load(profile_id)

    def empty_trash(self) -> int:
        """Delete for good what is in the trash, and say how many profiles that were."""
        with self._writing("The trash was not emptied"):
            found = tickets(self.layout)
            for ticket in found:
                trash.destroy(self.layout, ticket)
            return len(found)

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

    # Cached contexts

    def context_file(self, profile_id: str, engine: str, fingerprint: str) -> Path | None:
        """The cached context with exactly this fingerprint (hex), if there is one."""
        return contexts.context_file(self.layout, profile_id, engine, fingerprint)

    def mark_used(self, profile_id: str, engine: str, fingerprint: str) -> None:
        """Let ``recently_used`` know that this cached context was used now."""
        path = self.context_file(profile_id, engine, fingerprint)
        if path is not None:
            contexts.mark_used(path)

    def write_context(
        self, profile_id: str, engine: str, fingerprint: str, write: Callable[[Path], None]
    ) -> Path:
        """Keep what ``write`` puts into the path it is given; the engine's older ones go.

        Raises:
            ProfileNotFoundError: the profile has been deleted, and what ``write`` raises.
        """
        with self._writing(f"The prepared context of {profile_id!r} was not kept"):
            self._require(profile_id)
            return contexts.write_context(self.layout, profile_id, engine, fingerprint, write)

    def recently_used(self, engine: str) -> builtins.list[str]:
        """Ids of the profiles that ``engine`` has a cached context of, the one used last first."""
        return contexts.recently_used(self.layout, engine)

    # Upkeep

    def check(self, *, repair: bool = False) -> builtins.list[Problem]:
        """Everything that is wrong, each with whether it was mended, which takes ``repair``.

        Garbage is deleted; what could be somebody's voice is moved to the quarantine, never
        deleted. Every file is read, so this takes its time; others can save meanwhile.
        """
        if not self.layout.owner_dir.is_dir():
            return []
        with self._checking(repair):
            found = check_library(self.layout, repair=repair)
        for listed in self.list():
            with self._checking(repair):
                found += check_profile(self.layout, listed, repair=repair)
        return found

    def is_done(self, what: str) -> bool:
        """Whether ``what`` (small letters and '-') was marked as done in this library."""
        return self.layout.mark(what).exists()

    def mark_done(self, what: str) -> None:
        """Remember that ``what`` was done: after it, so that what was interrupted is done again."""
        with self._writing("The library was not marked"):
            mark = self.layout.mark(what)
            if not mark.exists():
                replace_file(mark, [], self.layout.temporary(mark.parent))

    # The rest serves the above

    def read_file(self, metadata: ProfileMetadata, path: str) -> bytes:
        """One of the files that ``metadata`` points to, verified. For archives.

        Raises:
            ProfileDamagedError: it is missing or is not the one that was saved.
            ProfileChangedError: the profile was saved since ``metadata`` was read, without it.
        """
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

    def _is_taken(self, metadata: ProfileMetadata) -> bool:
        """Whether another voice has this id, or had it and can be brought back: what a page or a
        script still holds of that one must not reach this one."""
        if self.layout.profile_dir(metadata.id).exists():
            return True
        before = [ticket for ticket in tickets(self.layout) if ticket_id(ticket) == metadata.id]
        deleted = [trash.read_deleted(self.layout, ticket).metadata for ticket in before]
        return any(one is None or one.created_at != metadata.created_at for one in deleted)

    def _require(self, profile_id: str) -> None:
        if not is_id(profile_id) or not self.layout.profile_dir(profile_id).is_dir():
            raise self._catalog.unknown(profile_id)

    @contextmanager
    def _writing(self, failed: str) -> Generator[None, None, None]:
        """Hold the lock, sweep what a writer that was stopped left behind, explain disk errors."""
        owner_dir = self.layout.owner_dir
        with disk_errors(failed, owner_dir):
            make_dirs(self.layout.without_links(owner_dir))
            with locked(self.layout.lock_file, self._lock_timeout_s):
                for leftover in unfinished(owner_dir):
                    remove_if_possible(leftover)
                yield

    @contextmanager
    def _checking(self, repair: bool) -> Generator[None, None, None]:
        """Keep writers out while looking; on a disk that can only be read there are none."""
        with ExitStack() as held, disk_errors("The library was not checked", self.layout.root):
            try:
                held.enter_context(locked(self.layout.lock_file, self._lock_timeout_s))
            except OSError:
                if repair:
                    raise
            yield
