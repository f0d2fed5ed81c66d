"""What belongs to whom of what the page hands out: files, by where they lie, and running events."""

# Gradio opens what os.path.abspath makes of a path, so this does the same.
# ruff: noqa: PTH100, PTH113, PTH118
from __future__ import annotations

import contextlib
import math
import os
import shutil
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Final

from studio.sharing.owners import Owner
from studio.ui.sharing.answers import not_kept

MOST_EVENTS: Final = 64
"""Events of one owner that can still be asked for, or ended. A page has a few at a time."""

MOST_OWNERS: Final = 10_000
"""Owners whose events are known; beyond that those go who began none for the longest time."""

_MOVED: Final = 256
"""Uploads remembered after they were moved, for whoever uploads the same at the same moment."""


class Handed:
    """Thread-safe. ``uploads`` is the folder of all that Gradio serves.

    A file is an owner's if it lies in the folder with the owner's id, and only then: nothing has to
    be remembered, and nothing is left over once the folder is gone.
    """

    def __init__(self, uploads: Path, most_bytes: float = math.inf) -> None:
        """Everybody may have files of ``most_bytes`` here; one upload more is let in than that."""
        self.uploads = uploads
        self.most_bytes = most_bytes
        self._real_uploads = os.path.realpath(uploads)
        self._folders = {os.path.join(name, "") for name in (str(uploads), self._real_uploads)}
        self._lock = threading.Lock()
        self._events: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._moved: OrderedDict[Path, Path] = OrderedDict()

    def folder(self, owner: Owner) -> Path:
        """Where everything lies that ``owner`` is shown, and everything that they uploaded."""
        return self.uploads / owner.id

    def is_full(self, owner: Owner) -> bool:
        """Whether ``owner`` has as much here as anybody may."""
        size = 0
        for place, _, names in os.walk(self.folder(owner)):
            for name in names:
                with contextlib.suppress(OSError):  # deleted meanwhile
                    size += os.lstat(os.path.join(place, name)).st_size
        return size >= self.most_bytes

    def is_place_of(self, owner: Owner, path: str) -> bool:
        """Whether a file at ``path`` is ``owner``'s, or would be if it were there."""
        return self._real(owner, path) is not None

    def file_of(self, owner: Owner, path: str) -> str | None:
        """Where the file ``path`` really is, if there is one and it is ``owner``'s."""
        real = self._real(owner, path)
        return real if real is not None and os.path.isfile(real) else None

    def names_anothers(self, owner: Owner, text: str) -> bool:
        """Whether ``text`` names a place in ``uploads`` that is not ``owner``'s."""
        for folder in self._folders:
            start = text.find(folder)
            if start >= 0 and f"{os.sep}..{os.sep}" in text[start:]:
                return True
            while start >= 0:
                if not text.startswith(f"{owner.id}{os.sep}", start + len(folder)):
                    return True
                start = text.find(folder, start + 1)
        return False

    def take_in(self, owner: Owner, upload: Path) -> Path | None:
        """Move a file that ``owner`` uploaded to their own; None if there is no such file.

        Gradio names the folder of an upload by what is in the file, so two who upload the same at
        the same moment get the same path. Whoever comes second gets a copy of what was just moved.
        """
        whole = Path(os.path.abspath(upload))
        if os.path.realpath(whole.parent.parent) != self._real_uploads:
            # A file without a name: Gradio has put it into the folder under a name of its own.
            if os.path.realpath(whole.parent) == self._real_uploads:
                shutil.rmtree(whole, ignore_errors=True)
            return None
        own = self.folder(owner) / whole.parent.name / whole.name
        with self._lock:
            own.parent.mkdir(parents=True, exist_ok=True)
            moved = self._moved.get(whole)
            if whole.is_file():
                whole.replace(own)
                self._moved[whole] = own
                if len(self._moved) > _MOVED:
                    self._moved.popitem(last=False)
            elif moved is not None and moved != own and moved.is_file():
                shutil.copyfile(moved, own)
        # Another upload of the same may be in it.
        with contextlib.suppress(OSError):
            whole.parent.rmdir()
        return own if own.is_file() else None

    def take_in_all(self, owner: Owner, uploads: list[str], known: set[str]) -> list[str]:
        """Where ``uploads`` lie once they are ``owner``'s; so they are in ``known`` afterwards."""
        own = [self.take_in(owner, Path(upload)) for upload in uploads]
        kept = [str(path) for path in own if path is not None]
        known.difference_update(uploads)
        known.update(kept)
        if len(kept) < len(uploads):
            raise not_kept()
        return kept

    def note_event(self, owner: Owner, event_id: str) -> None:
        """The event is ``owner``'s. Their oldest ones are forgotten, never somebody else's."""
        with self._lock:
            events = self._events.setdefault(owner.id, OrderedDict())
            self._events.move_to_end(owner.id)
            events[event_id] = None
            if len(events) > MOST_EVENTS:
                events.popitem(last=False)
            if len(self._events) > MOST_OWNERS:
                self._events.popitem(last=False)

    def is_event_of(self, owner: Owner, event_id: str) -> bool:
        with self._lock:
            return event_id in self._events.get(owner.id, ())

    def expire(self, age_s: float) -> None:
        """Delete what was handed out or uploaded longer ago than ``age_s`` seconds."""
        before = time.time() - age_s
        for place, _, names in os.walk(self._real_uploads):
            for name in names:
                path = Path(place, name)
                with contextlib.suppress(OSError):
                    if path.lstat().st_mtime < before:
                        path.unlink()
                        path.parent.rmdir()  # if nothing else is in it

    def forget(self, owner_id: str) -> bool:
        """Delete all that was handed to an owner, and uploaded by them; False if some is left."""
        folder = self.uploads / owner_id
        if folder.parent != self.uploads or owner_id in ("", ".", ".."):
            raise ValueError(f"{owner_id!r} is not the id of an owner.")
        with self._lock:
            self._events.pop(owner_id, None)
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()

    def _real(self, owner: Owner, path: str) -> str | None:
        """Where ``path`` leads, links and ``..`` followed; None if that is not ``owner``'s."""
        own = os.path.join(self._real_uploads, owner.id, "")
        try:
            real = os.path.realpath(os.path.abspath(path))
        except (OSError, ValueError):
            return None
        return real if real.startswith(own) else None
