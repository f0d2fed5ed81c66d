"""The studio of each who comes by, and the end of what a visitor had."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from studio.core.closing import Closing
from studio.errors import StudioError
from studio.sharing.owners import Owner, visitor_folders
from studio.sharing.visits import Visits
from studio.ui.sharing.asker import asker
from studio.ui.sharing.bodies import Names
from studio.ui.sharing.handed import Handed

if TYPE_CHECKING:
    from pathlib import Path

    from studio.studio import Studio

SWEEP_S: Final = 10.0
"""What is over is looked for so often: a visitor's space is gone well within a minute."""

ANSWER_S: Final = 5.0
"""So long somebody who is forgotten can still be told so."""

MOST_STUDIOS: Final = 500
"""Studios that are held ready; one more is made anew in no time, for the voices are on disk."""

log = logging.getLogger(__name__)


class Visitors(Closing):
    """Who comes by, over the one ``studio``, whose own voices are for everybody. Thread-safe."""

    def __init__(self, studio: Studio, uploads: Path) -> None:
        """``uploads`` is the folder of all that Gradio serves."""
        self.visits = Visits(studio.settings.visit_minutes * 60)
        self.handed = Handed(uploads, studio.settings.owner_mb * 1e6)
        self.names = Names()
        self._studio = studio
        self._studios: OrderedDict[str, Studio] = OrderedDict()
        self._lock = threading.Lock()
        self._endings: list[Callable[[str, str], None]] = []
        self._upkeep: list[Callable[[], None]] = []
        self._forgotten: dict[str, float] = {}
        self._closed = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep_on, name="visits", daemon=True)

    @property
    def askers_studio(self) -> Studio:
        """A studio that is, at each use, that of whoever asks at that moment.

        No handler of the page can take another's by mistake, since none says whose it means. Where
        it is not known who asks there is no studio.
        """
        return cast("Studio", _AskersStudio(self))

    def studio_of(self, owner: Owner) -> Studio:
        """The studio with the voices of ``owner``; nobody has only those for everybody."""
        with self._lock:
            found = self._studios.get(owner.id)
            if found is None:
                found = self._studios[owner.id] = self._studio.of(owner.id)
                if len(self._studios) > MOST_STUDIOS:
                    self._studios.popitem(last=False)
            self._studios.move_to_end(owner.id)
            return found

    def at_the_end(self, forget: Callable[[str, str], None]) -> None:
        """Call ``forget`` with the id of each owner of whom nothing is to be left, and the
        beginning of the names of all their sessions."""
        self._endings.append(forget)

    def at_each_sweep(self, look: Callable[[], None]) -> None:
        """Call ``look`` every few seconds."""
        self._upkeep.append(look)

    def take_along(self, token: str, member: Owner) -> bool:
        """Give ``member``, who has just signed in, what they made as the visitor with ``token``,
        whose visit is over then. False if there was nothing.

        Raises:
            StudioError: not all of it found room; the visit goes on.
        """
        visitor = self.visits.owner_of(token)
        if visitor is None:
            return False
        moved = self.studio_of(member).store.take_in(self.studio_of(visitor).store)
        self.forget(visitor.id)
        return bool(moved)

    def forget(self, owner_id: str) -> None:
        """Delete all that the owner has. Sessions, and a visit, end a few seconds later, so that
        whoever asked for this is still answered.

        Raises:
            StorageError: the disk did not let go of something; it is tried again at each sweep.
        """
        self.visits.end(owner_id, ANSWER_S)
        with self._lock:
            self._forgotten.setdefault(owner_id, time.monotonic() + ANSWER_S)
            self._studios.pop(owner_id, None)
        self.handed.forget(owner_id)
        self._studio.forget(owner_id)

    def start(self) -> None:
        """Look after the ends of visits from now on. What an earlier start of the studio has left
        of visitors goes first."""
        self._sweeper.start()

    def close(self) -> None:
        self._closed.set()
        if self._sweeper.is_alive():
            self._sweeper.join()

    def sweep(self) -> None:
        """Forget those whose visits are over, folders of visits that nobody knows, and copies that
        were handed out long ago."""
        over = self.visits.take_ended()
        places = (self._studio.settings.profiles_dir, self.handed.uploads)
        left = [owner_id for place in places for owner_id in visitor_folders(place)]
        unknown = [owner_id for owner_id in left if not self.visits.left_s(owner_id)]
        with self._lock:
            due = [one for one, at in self._forgotten.items() if at <= time.monotonic()]
        for owner_id in dict.fromkeys([*over, *unknown, *due]):
            for forget in self._endings:
                forget(owner_id, self.names.beginning(owner_id))
            try:
                self.forget(owner_id)
            except StudioError as error:
                log.warning("a visitor's space is not gone yet: %s", error)
            else:
                with self._lock:
                    self._forgotten.pop(owner_id, None)
        self.handed.expire(self._studio.settings.copies_minutes * 60)
        for look in self._upkeep:
            look()

    def _sweep_on(self) -> None:
        while True:
            try:
                self.sweep()
            except Exception:
                log.exception("looking for visits that are over failed")
            if self._closed.wait(SWEEP_S):
                return


class _AskersStudio:
    """Hands everything on to the studio of whoever asks."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors

    def __getattr__(self, name: str) -> Any:
        return getattr(self._visitors.studio_of(asker()), name)
