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
from studio.errors import (
    ProfileChangedError,
    ProfileError,
    StorageError,
)
from studio.profile import ProfileMetadata, clean_name
from studio.store import contexts, trash
from studio.store.blobs import SegmentFiles, changed_segments, new_segments
from studio.store.catalog import read_metadata
from studio.store.check import Problem, check_library, check_profile
from studio.store.layout import (
    file_hashes,
    ticket_id,
    tickets,
)
from studio.store.limits import Limits, require_room
from studio.store.lock import locked
from studio.store.reading import ProfileReader
from studio.store.saving import place_new, save_changes, unfinished
from studio.store.trash import Deleted

LOCK_TIMEOUT_S: Final = 30.0
"""The longest a save waits for another to finish: taking in a large archive on a slow disk."""

_NO_FILES: Final[Mapping[str, SegmentFiles]] = MappingProxyType({})


class ProfileStore(ProfileReader):
    """The profiles in ``root``/``owner``. Thread-safe, and safe beside other processes.

    Reading takes no lock and works on a disk that can only be read. What a method that changes
    something raises, it raises with nothing changed; ``StorageError`` may come from any of them.

    Example:
        store = ProfileStore(Path("profiles"))
        anna = store.load(store.find("Anna"))
        store.update(anna.model_copy(update={"name": "Ann"}), expected_revision=anna.revision)
    """

    def __init__(
        self,
        root: Path,
        owner: str = "local",
        *,
        common: ProfileStore | None = None,
        limits: Limits | None = None,
        lock_timeout_s: float = LOCK_TIMEOUT_S,
    ) -> None:
        """The profiles of ``owner``, who may keep as much as ``limits`` say, and beside them those
        of ``common``, which can be read here and not changed."""
        super().__init__(root, owner, common)
        self._limits = limits
        self._lock_timeout_s = lock_timeout_s

    def require_own(self, profile_id: str) -> None:
        """Make sure that a voice is not one of the common ones, which nobody changes.

        Raises:
            ProfileError: it is; the message says what can be done instead.
        """
        if self._catalog.is_common(profile_id):
            name = self._catalog.load(profile_id).name
            raise ProfileError(
                f"{name} came with the studio, for everybody, and cannot be changed. Duplicate it, "
                "and change the copy."
            )

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
            self._require_room(metadata)
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
        self.require_own(metadata.id)
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
            if add:
                self._require_room(metadata, but=old)
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

    def take_in(self, other: ProfileStore) -> builtins.list[ProfileMetadata]:
        """Copy all profiles of ``other`` that can be read; a name that is taken gets a number.

        Raises:
            QuotaError, StorageError: not all found room; those before it are here.
        """
        return [
            self.adopt(
                metadata,
                ((path, [other.read_file(metadata, path)]) for path in file_hashes(metadata)),
                name=None,
            )
            for entry in other.own()
            if (metadata := entry.metadata) is not None
        ]

    # Deleting

    def delete(self, profile_id: str) -> Deleted:
        """Move a profile into the trash, damaged or not; what lay there for a month goes.

        Raises:
            ProfileNotFoundError: it is gone already.
        """
        self.require_own(profile_id)
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
        kept = [one.metadata for one in self.own()] + [one.metadata for one in self.deleted()]
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
            if self._limits is not None and ticket_id(ticket) is not None:
                self._require_room(trash.read_deleted(self.layout, ticket).metadata)
            profile_id = trash.take_from_trash(self.layout, self._catalog, ticket)
        return self.load(profile_id)

    def destroy(self) -> None:
        """Delete for good all that this owner has, the bin and what was left over too.

        Raises:
            StorageError: the disk did not let go of something.
        """
        owner_dir = self.layout.owner_dir
        if not owner_dir.is_dir():
            return
        with self._writing("The voices were not deleted"):
            for path in owner_dir.iterdir():
                if path != self.layout.lock_file:
                    remove_if_possible(path)
        remove_if_possible(owner_dir)
        if owner_dir.exists():
            raise StorageError(
                "Something could not be deleted from the disk. Try again; if it stays, the disk or "
                "its permissions are at fault."
            )

    def empty_trash(self) -> int:
        """Delete for good what is in the trash, and say how many profiles that were."""
        with self._writing("The trash was not emptied"):
            found = tickets(self.layout)
            for ticket in found:
                trash.destroy(self.layout, ticket)
            return len(found)

    # Cached contexts

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
        if isinstance(self._common, ProfileStore) and self._catalog.is_common(profile_id):
            return self._common.write_context(profile_id, engine, fingerprint, write)
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
        for listed in self.own():
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

    def _is_taken(self, metadata: ProfileMetadata) -> bool:
        """Whether another voice has this id, or had it and can be brought back: what a page or a
        script still holds of that one must not reach this one."""
        if self.layout.profile_dir(metadata.id).exists():
            return True
        before = [ticket for ticket in tickets(self.layout) if ticket_id(ticket) == metadata.id]
        deleted = [trash.read_deleted(self.layout, ticket).metadata for ticket in before]
        return any(one is None or one.created_at != metadata.created_at for one in deleted)

    def _require_room(
        self, metadata: ProfileMetadata | None, but: ProfileMetadata | None = None
    ) -> None:
        """``metadata`` is to be kept, in the place of ``but``."""
        if self._limits is not None:
            own = [one.metadata for one in self.own() if one.metadata]
            kept = [one for one in own if but is None or one.id != but.id]
            require_room(self._limits, self.layout, kept, metadata)

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
