"""Which profiles there are, what they are called, and which names and ids are free."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import count
from pathlib import Path
from typing import Final

from studio.disk import read_regular
from studio.errors import (
    ProfileDamagedError,
    ProfileError,
    ProfileExistsError,
    ProfileNotFoundError,
    ProfileTooNewError,
    StorageError,
    StudioError,
)
from studio.profile import MAX_NAME_CHARS, ProfileMetadata, clean_name, name_key
from studio.store.document import MAX_METADATA_BYTES, damaged, decode
from studio.store.layout import METADATA, Layout, is_id, slug, ticket_id, tickets

ID_PREFIX: Final = "id:"
"""Before an id where a name could stand as well, so that it is not taken for one."""

_NAMES_IN_ERROR: Final = 10


@dataclass(frozen=True)
class Listed:
    """One profile in a listing: its metadata, or else what is wrong with it.

    ``is_common`` is one of the voices that everybody hears and nobody changes.
    """

    id: str
    metadata: ProfileMetadata | None
    error: str | None = None
    is_common: bool = False


@dataclass(frozen=True)
class _Read:
    """What reading ``metadata.json`` came to, for as long as the file stays as it is."""

    state: tuple[int, int, int, int]
    outcome: ProfileMetadata | ProfileError


class Catalog:
    """Reads profiles without a lock and without hashing; remembers what it has parsed.

    Those of ``common`` are listed and found among the owner's, whose own come first.
    """

    def __init__(self, layout: Layout, common: Catalog | None = None) -> None:
        self._layout = layout
        self._common = common
        self._read: dict[str, _Read] = {}

    def listing(self) -> list[Listed]:
        """All profiles by name, the damaged ones with their error."""
        listed = [entry for name in self._folders() if (entry := self._listed(name))]
        kept = {entry.id for entry in listed}
        for gone in self._read.keys() - kept:
            self._read.pop(gone, None)
        if self._common is not None:
            others = (one for one in self._common.listing() if one.id not in kept)
            listed += [replace(one, is_common=True) for one in others]
        return sorted(listed, key=_display_order)

    def load(self, profile_id: str) -> ProfileMetadata:
        """The metadata of a profile, checked.

        Raises:
            ProfileNotFoundError, ProfileDamagedError, ProfileTooNewError, StorageError
        """
        try:
            if self.is_common(profile_id):
                assert self._common is not None
                return self._common.load(profile_id)
            return self._load(self._layout.profile_dir(profile_id))
        except ProfileNotFoundError:
            raise self.unknown(profile_id) from None

    def has(self, profile_id: str) -> bool:
        """Whether the owner has a profile of this id, damaged or not."""
        return is_id(profile_id) and self._layout.profile_dir(profile_id).is_dir()

    def is_common(self, profile_id: str) -> bool:
        """Whether this id is that of a common voice."""
        return (
            self._common is not None and self._common.has(profile_id) and not self.has(profile_id)
        )

    def unknown(self, profile_id: str) -> ProfileNotFoundError:
        """What to tell whoever asks for a profile by an id that none has."""
        asked = str(profile_id)  # a program may have given anything
        deleted = self._deleted_name(asked)
        if deleted:  # who still has it in hand knew it by its name
            return ProfileNotFoundError(f"{deleted} was deleted. Choose another voice.")
        shown = asked[:MAX_NAME_CHARS]
        listed = self.listing()
        named = _called(asked, listed)
        if named:
            return ProfileNotFoundError(
                f"No voice has the id {shown!r}. There is {_told_apart(named)}; in Python, "
                f"studio.find({shown!r}).id gives the id."
            )
        if is_id(profile_id):
            return ProfileNotFoundError(f"There is no voice {shown!r} any more.")
        return ProfileNotFoundError(f"No voice has the id {shown!r}. {_candidates(shown, listed)}")

    def find(self, name_or_id: str) -> str:
        """The id of the profile with this display name (or one that reads the same), or this id.

        Both are looked for, so that an id is never taken for the name of another profile, nor a
        name for another's id. What stands after "id:" is an id and nothing else.

        Raises:
            ProfileNotFoundError: there is none, or more than one; the message names them.
        """
        listed = self.listing()
        wanted_id = name_or_id.removeprefix(ID_PREFIX)
        named = _called(name_or_id, listed) if wanted_id == name_or_id else []
        with_id = [entry for entry in listed if entry.id == wanted_id and entry not in named]
        found = [*named, *with_id]
        if len(found) == 1:
            return found[0].id
        shown = wanted_id[:MAX_NAME_CHARS]
        if found:
            raise ProfileNotFoundError(
                f"{shown!r} can mean more than one voice: {_told_apart(found)}. Say which by its "
                f"id, as in '{ID_PREFIX}{found[0].id}'."
            )
        what = "called" if wanted_id == name_or_id else "with the id"
        raise ProfileNotFoundError(
            f"There is no voice {what} {shown!r}. {_candidates(wanted_id, listed)}"
        )

    def require_free_name(self, name: str, but: str | None = None) -> None:
        """Make sure that no profile other than ``but`` has a name that reads like ``name``.

        Raises:
            ProfileExistsError: one has; the message suggests another name.
        """
        taken = self._names(but)
        if name_key(name) in taken:
            raise ProfileExistsError(
                f"There is a voice called {taken[name_key(name)]!r} already. "
                f"Choose another name, such as {_numbered(name, taken)!r}."
            )

    def free_name(self, name: str) -> str:
        """``name``, or with the first number behind it that makes it free."""
        taken = self._names()
        return _numbered(name, taken) if name_key(name) in taken else name

    def free_id(self, name: str) -> str:
        """An id made from ``name`` that no profile has, nor one that can be brought back."""
        base = slug(name)
        common = [] if self._common is None else self._common._folders()
        taken = {*self._folders(), *common, *map(ticket_id, tickets(self._layout))}
        return next(
            candidate
            for number in count(1)
            if (candidate := base if number == 1 else f"{base}-{number}") not in taken
        )

    def _names(self, but: str | None = None) -> dict[str, str]:
        return {
            name_key(entry.metadata.name): entry.metadata.name
            for entry in self.listing()
            if entry.metadata and entry.id != but
        }

    def _deleted_name(self, profile_id: str) -> str:
        """What the profile with this id was called that lies in the trash; "" without one."""
        for ticket in reversed(tickets(self._layout)):
            if ticket_id(ticket) == profile_id:
                with suppress(ProfileError, StorageError):
                    return read_metadata(self._layout.trashed_dir(ticket), any_id=True).name
        return ""

    def _folders(self) -> list[str]:
        try:
            with os.scandir(self._layout.owner_dir) as entries:
                return [
                    entry.name
                    for entry in entries
                    if not entry.name.startswith(".") and (entry.is_dir() or entry.is_symlink())
                ]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StorageError(
                f"The folder of voices {self._layout.owner_dir} cannot be read "
                f"({error.strerror}). Check the folder and the disk."
            ) from error

    def _listed(self, name: str) -> Listed | None:
        folder = self._layout.owner_dir / name
        try:
            if not is_id(name):
                raise ProfileDamagedError(
                    f"The folder {name!r} cannot be the id of a voice. Rename it: small letters, "
                    f"digits and '-' are allowed."
                )
            if folder.is_symlink():
                self._layout.without_links(folder)
            return Listed(name, self._load(folder))
        except ProfileNotFoundError:
            return None  # deleted while this was listing
        except StudioError as error:
            return Listed(name, None, str(error))

    def _load(self, folder: Path) -> ProfileMetadata:
        state = _state(folder / METADATA)
        known = self._read.get(folder.name)
        if known is None or known.state != state or state is None:
            outcome: ProfileMetadata | ProfileError
            try:
                outcome = read_metadata(folder)
            except (ProfileDamagedError, ProfileTooNewError) as error:
                outcome = error
            known = _Read(state or (0, 0, 0, 0), outcome)
            if state is not None:
                self._read[folder.name] = known
        if isinstance(known.outcome, ProfileError):
            raise type(known.outcome)(str(known.outcome)) from known.outcome
        return known.outcome


def read_metadata(folder: Path, *, any_id: bool = False) -> ProfileMetadata:
    """The metadata in ``folder``, fresh from the disk; its id is the folder's name or ``any_id``.

    Raises:
        ProfileNotFoundError: there is no such folder.
        ProfileDamagedError, ProfileTooNewError, StorageError
    """
    profile_id = folder.name
    try:
        metadata = decode(read_regular(folder / METADATA, MAX_METADATA_BYTES))
        if metadata.id != profile_id and not any_id:
            raise ProfileDamagedError(f"its metadata belongs to a voice {metadata.id!r}")
    except ProfileTooNewError as error:
        raise ProfileTooNewError(f"The voice {profile_id!r} cannot be read. {error}") from error
    except ProfileDamagedError as error:
        raise damaged(profile_id, str(error)) from error
    except ValueError as error:
        raise damaged(profile_id, f"its {METADATA} {error}") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        if not folder.is_dir():
            raise ProfileNotFoundError(f"There is no voice {profile_id!r} any more.") from error
        raise damaged(profile_id, f"its {METADATA} is missing") from error
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.EISDIR}:
            raise damaged(profile_id, f"its {METADATA} is not a file") from error
        raise StorageError(
            f"The voice {profile_id!r} cannot be read from the disk ({error.strerror}). "
            f"Check the disk and the permissions of {folder}."
        ) from error
    return metadata


def _called(name: str, listed: Iterable[Listed]) -> list[Listed]:
    """Those with exactly this name, or else those whose name reads like it."""
    named = [(entry.metadata.name, entry) for entry in listed if entry.metadata]
    exact = [entry for own, entry in named if own == name]
    return exact or [entry for own, entry in named if name_key(own) == name_key(name)]


def _told_apart(voices: Sequence[Listed]) -> str:
    return " and ".join(
        f"{(entry.metadata.name if entry.metadata else entry.id)!r} (id {entry.id})"
        for entry in voices
    )


def _state(path: Path) -> tuple[int, int, int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _display_order(entry: Listed) -> tuple[str, str]:
    return name_key(entry.metadata.name if entry.metadata else entry.id), entry.id


def _numbered(name: str, taken: dict[str, str]) -> str:
    for number in count(2):
        suffix = f" ({number})"
        candidate = clean_name(name[: MAX_NAME_CHARS - len(suffix)]) + suffix
        if name_key(candidate) not in taken:
            return candidate
    raise AssertionError("numbers do not end")


def _candidates(asked: str, listed: Iterable[Listed]) -> str:
    names = [entry.metadata.name for entry in listed if entry.metadata]
    by_key = {name_key(name): name for name in names}
    close = get_close_matches(name_key(asked), by_key, n=3)
    if close:
        return f"Did you mean {' or '.join(repr(by_key[key]) for key in close)}?"
    if not names:
        return "There are no voices yet: make one first."
    shown = ", ".join(repr(name) for name in names[:_NAMES_IN_ERROR])
    rest = len(names) - _NAMES_IN_ERROR
    return f"The voices are: {shown}{f' and {rest} more' if rest > 0 else ''}."
