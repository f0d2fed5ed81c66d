"""Deleted profiles: moved aside whole, brought back on request, gone for good after a month."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from studio.errors import ProfileDamagedError, ProfileNotFoundError, ProfileTooNewError
from studio.profile import ProfileMetadata
from studio.store.catalog import Catalog, read_metadata
from studio.store.disk import make_dir, move, remove_if_possible, replace_file
from studio.store.document import encode
from studio.store.layout import METADATA, Layout, ticket_id

KEPT: Final = timedelta(days=30)
"""How long a deleted profile can be brought back."""

_STAMP: Final = "%Y%m%dt%H%M%Sz"


@dataclass(frozen=True)
class Deleted:
    """A deleted profile; ``ticket`` brings it back by ``undo_delete``."""

    ticket: str
    id: str


def new_ticket(profile_id: str) -> str:
    return f"{datetime.now(UTC):{_STAMP}}-{secrets.token_hex(4)}-{profile_id}"


def put_in_trash(layout: Layout, profile_id: str) -> Deleted:
    """Move a profile, which is there, aside, damaged or not. Under the lock."""
    deleted = Deleted(new_ticket(profile_id), profile_id)
    make_dir(layout.without_links(layout.trash_dir))
    move(layout.profile_dir(profile_id), layout.trashed_dir(deleted.ticket))
    return deleted


def take_from_trash(layout: Layout, catalog: Catalog, ticket: str) -> str:
    """Bring a deleted profile back and return its id. Under the lock.

    It gets a new id or a number behind its name where those have been taken since.
    """
    trashed = layout.trashed_dir(ticket)
    if not trashed.is_dir():
        raise ProfileNotFoundError("That deleted voice is gone for good and cannot be restored.")
    try:
        metadata: ProfileMetadata | None = read_metadata(trashed, any_id=True)
    except (ProfileDamagedError, ProfileTooNewError):
        metadata = None  # comes back as it went
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


def tickets(layout: Layout) -> Iterator[str]:
    """All deleted profiles, the oldest first."""
    if layout.trash_dir.is_dir() and not layout.trash_dir.is_symlink():
        for path in sorted(layout.trash_dir.iterdir()):
            if ticket_id(path.name) is not None:
                yield path.name


def is_expired(ticket: str) -> bool:
    try:
        deleted_at = datetime.strptime(ticket.split("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return False  # no date that ever was: somebody else's folder
    return datetime.now(UTC) - deleted_at > KEPT
