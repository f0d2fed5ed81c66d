"""Visits: a space of one's own for a while, known by a token that only the visitor has."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from studio.sharing.owners import Owner, new_token, visitor

MAX_VISITS: Final = 10_000
"""Visits at once. Beyond that, those who only looked at the page give way, the oldest first."""


@dataclass
class _Visit:
    owner: Owner
    ends_at: float
    is_used: bool = False


class Visits:
    """Thread-safe. Time is that of ``clock``, which does not jump when the machine's is set."""

    def __init__(
        self,
        length_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        most: int = MAX_VISITS,
    ) -> None:
        self.length_s = length_s
        self._clock = clock
        self._most = most
        self._visits: OrderedDict[str, _Visit] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self) -> str:
        """The token of a new visit; "" while there are too many."""
        token = new_token()
        owner = visitor(token)
        with self._lock:
            if len(self._visits) >= self._most:
                idle = next((key for key, one in self._visits.items() if not one.is_used), None)
                if idle is None:
                    return ""
                del self._visits[idle]
            self._visits[owner.id] = _Visit(owner, self._clock() + self.length_s)
        return token

    def owner_of(self, token: str, *, uses: bool = False) -> Owner | None:
        """The visitor with ``token``; None for one that is unknown, or whose visit is over.

        ``uses`` notes that the visitor does something, and does not only look.
        """
        owner = visitor(token)
        with self._lock:
            visit = self._visits.get(owner.id)
            if visit is None or visit.ends_at <= self._clock():
                return None
            visit.is_used = visit.is_used or uses
            return owner

    def left_s(self, owner_id: str) -> float:
        """Seconds until the visit ends; 0 once it has."""
        with self._lock:
            visit = self._visits.get(owner_id)
            return 0.0 if visit is None else max(0.0, visit.ends_at - self._clock())

    def extend(self, owner_id: str) -> bool:
        """Let the visit last a whole length from now on; False if it is over."""
        with self._lock:
            visit = self._visits.get(owner_id)
            if visit is None or visit.ends_at <= self._clock():
                return False
            visit.ends_at = self._clock() + self.length_s
            return True

    def end(self, owner_id: str, in_s: float = 0.0) -> None:
        """The visit is over in so many seconds: then its token opens nothing any more."""
        with self._lock:
            visit = self._visits.get(owner_id)
            if visit is not None:
                visit.ends_at = min(visit.ends_at, self._clock() + in_s)

    def take_ended(self) -> list[str]:
        """The ids of owners whose visits are over, each told once."""
        with self._lock:
            now = self._clock()
            ended = [key for key, visit in self._visits.items() if visit.ends_at <= now]
            for key in ended:
                del self._visits[key]
            return ended
