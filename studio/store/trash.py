"""Deleted profiles: moved aside whole, brought back on request, gone for good after a month."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from studio.disk import make_dir, move, remove_if_possible, replace_file
from studio.errors import ProfileDamagedError, ProfileNotFoundError, ProfileTooNewError
from studio.profile import MAX_NAME_CHARS, ProfileMetadata, name_key
from studio.store.catalog import ID_PREFIX, Catalog, read_metadata
from studio.store.document import encode
from studio.store.layout import METADATA, Layout, ticket_id, tickets

KEPT: Final = timedelta(days=30)
"""How long a deleted profile can be brought back."""

_NAMES_IN_ERROR: Final = 10
_STAMP: Final = "%Y%m%dt%H%M%Sz"


@dataclass(frozen=True)
class Deleted:
    """A deleted profile; ``ticket`` brings it back by ``undo_delete`` until ``kept_until``."""

    ticket: str
    id: str
    metadata: ProfileMetadata | None
    """As it was; None where it was damaged."""
    deleted_at: datetime

    @property
    def name(self) -> str:
        """Of a damaged one, the id."""
        return self.metadata.name if self.metadata else self.id

    @property
    def kept_until(self) -> datetime:
        return self.deleted_at + KEPT


def new_ticket(profile_id: str) -> str:
    return f"{datetime.now(UTC):{_STAMP}}-{secrets.token_hex(4)}-{profile_id}"


def put_in_trash(layout: Layout, profile_id: str) -> Deleted:
    """Move a profile, which is there, aside, damaged or not. Under the lock."""
    ticket = new_ticket(profile_id)
    make_dir(layout.without_links(layout.trash_dir))
    move(layout.profile_dir(profile_id), layout.trashed_dir(ticket))
    return read_deleted(layout, ticket)


def in_trash(layout: Layout) -> list[Deleted]:
    """All that can be brought back, the newest first."""
    kept = [ticket for ticket in tickets(layout) if _deleted_at(ticket) is not None]
    return [read_deleted(layout, ticket) for ticket in reversed(kept)]


def read_deleted(layout: Layout, ticket: str) -> Deleted:
    """What lies in the trash under ``ticket``."""
    deleted_at = _deleted_at(ticket) or datetime.now(UTC)
    return Deleted(ticket, ticket_id(ticket) or "", _metadata(layout, ticket), deleted_at)


def find_deleted(layout: Layout, catalog: Catalog, wanted: str) -> Deleted:
    """The one with this ticket, this name (in whatever case) or this id; "id:anna" is only an id.

    Raises:
        ProfileNotFoundError: there is none, or more than one; the message names them.
    """
    if ticket_id(wanted) is not None:
        if wanted not in tickets(layout):
            raise _not_in_trash(layout, catalog, wanted)
        return read_deleted(layout, wanted)
    wanted_id = wanted.removeprefix(ID_PREFIX)
    deleted = in_trash(layout)
    found = [
        one
        for one in deleted
        if one.id == wanted_id or (wanted_id == wanted and name_key(one.name) == name_key(wanted))
    ]
    if len(found) == 1:
        return found[0]
    shown = wanted_id[:MAX_NAME_CHARS]
    if found:
        raise ProfileNotFoundError(
            f"{shown!r} can mean more than one deleted voice: {_told_apart(found)}. "
            f"Say which by its ticket."
        )
    try:
        here = catalog.find(wanted)
    except ProfileNotFoundError:
        pass
    else:
        raise ProfileNotFoundError(f"{shown!r} is not deleted: it is in the library (id {here}).")
    names = list(dict.fromkeys(repr(one.name) for one in deleted))[:_NAMES_IN_ERROR]
    there = f"Deleted were: {', '.join(names)}." if names else "The bin is empty."
    raise ProfileNotFoundError(f"No deleted voice is called {shown!r}. {there}")


def take_from_trash(layout: Layout, catalog: Catalog, ticket: str) -> str:
    """Bring a deleted profile back and return its id. Under the lock.

    It gets a new id or a number behind its name where those have been taken since.
    """
    trashed = layout.trashed_dir(ticket)
    if not trashed.is_dir():
        raise _not_in_trash(layout, catalog, ticket)
    metadata = _metadata(layout, ticket)  # without, it comes back as it went
    wanted_id = metadata.id if metadata else ticket_id(ticket) or ""
    name = metadata.name if metadata else wanted_id
    is_taken = layout.profile_dir(wanted_id).exists()
    new_id = catalog.free_id(name) if is_taken else wanted_id
    if metadata:
        changed = metadata.model_copy(update={"id": new_id, "name": catalog.free_name(name)})
        if changed != metadata:
            saved = changed.model_copy(
                update={"revision": metadata.revision + 1, "updated_at": datetime.now(UTC)}
            )
            replace_file(trashed / METADATA, [encode(saved)], layout.temporary(trashed))
    move(trashed, layout.profile_dir(new_id))
    return new_id


def destroy(layout: Layout, ticket: str) -> None:
    """Delete a deleted profile for good. Under the lock.

    It leaves the trash at one stroke first, so that no half of it can be brought back.
    """
    doomed = layout.temporary(layout.owner_dir)
    try:
        move(layout.trashed_dir(ticket), doomed)
    finally:
        remove_if_possible(doomed)


def is_expired(ticket: str) -> bool:
    deleted_at = _deleted_at(ticket)
    return deleted_at is not None and datetime.now(UTC) - deleted_at > KEPT


def _not_in_trash(layout: Layout, catalog: Catalog, ticket: str) -> ProfileNotFoundError:
    """Says what became of a deleted profile.

    An id is not given again while it is in the trash, so a profile that has it and is older than
    the ticket is the one that was deleted.
    """
    profile_id, deleted_at = ticket_id(ticket) or "", _deleted_at(ticket)
    try:
        back = catalog.load(profile_id)
    except (ProfileNotFoundError, ProfileDamagedError, ProfileTooNewError):
        back = None
    if back is not None and deleted_at is not None and back.created_at <= deleted_at:
        return ProfileNotFoundError(
            f"{back.name!r} was brought back already: it is in the library (id {back.id})."
        )
    for other in tickets(layout):
        if ticket_id(other) == profile_id:
            return ProfileNotFoundError(
                f"{profile_id!r} was brought back, and deleted again since. "
                f"Its ticket is now {other}."
            )
    return ProfileNotFoundError(
        f"The deleted voice {profile_id!r} is gone for good: a voice is kept for {KEPT.days} days "
        f"after it was deleted, unless the bin is emptied."
    )


def _told_apart(deleted: Sequence[Deleted]) -> str:
    return " and ".join(
        f"{one.name!r} (id {one.id}, deleted {one.deleted_at:%Y-%m-%d %H:%M} UTC, "
        f"ticket {one.ticket})"
        for one in deleted
    )


def _metadata(layout: Layout, ticket: str) -> ProfileMetadata | None:
    try:
        return read_metadata(layout.trashed_dir(ticket), any_id=True)
    except (ProfileDamagedError, ProfileTooNewError, ProfileNotFoundError):
        return None


def _deleted_at(ticket: str) -> datetime | None:
    try:
        return datetime.strptime(ticket.split("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None  # no date that ever was: somebody else's folder
