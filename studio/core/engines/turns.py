"""Who computes next on a machine that many share: everybody in turn, and nobody twice before."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from studio.errors import BusyError
from studio.types import Progress

HOUR_S: Final = 3_600.0
TELL_S: Final = 0.5
"""Who waits is asked so often whether to go on."""


@dataclass(eq=False)
class _Waiter:
    owner: str
    thread: int = field(default_factory=threading.get_ident)


class Turns:
    """At most ``slots`` works at once; None lets everything run as it comes, as on one's own
    machine. Thread-safe.

    A free slot goes to the owner who has the fewest works running and was served the longest ago,
    so that it does not help to ask often. More than ``most_waiting`` works, or
    ``most_waiting_each`` of one owner, are refused, and so are more than ``most_an_hour`` of one.
    """

    def __init__(
        self,
        slots: int | None = None,
        *,
        most_waiting: int = 200,
        most_waiting_each: int = 8,
        most_an_hour: int = 600,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slots = slots
        self._most_waiting = most_waiting
        self._most_waiting_each = most_waiting_each
        self._most_an_hour = most_an_hour
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[_Waiter]] = {}
        self._running: list[_Waiter] = []
        self._served = 0
        self._served_at: dict[str, int] = {}
        self._asked: dict[str, deque[float]] = {}

    @contextmanager
    def turn(self, owner: str, progress: Progress | None = None) -> Iterator[None]:
        """Wait for a turn of ``owner``, and hold it within this. Inside a turn of the same thread
        another one is free. ``progress`` hears the place in the queue, and may end the wait.

        Raises:
            BusyError: too many are waiting, or this owner has asked too often.
            Stopped: ``progress`` raised it; the place is free again.
        """
        if self._slots is None or self._holds_one():
            yield
            return
        waiter = self._line_up(owner)
        try:
            self._wait(waiter, progress)
            yield
        finally:
            self._leave(waiter)

    def forget(self, owner: str) -> None:
        """Drop what is known of ``owner``, but for works that wait or run."""
        with self._changed:
            self._served_at.pop(owner, None)
            self._asked.pop(owner, None)

    def _holds_one(self) -> bool:
        with self._changed:
            return any(one.thread == threading.get_ident() for one in self._running)

    def _line_up(self, owner: str) -> _Waiter:
        with self._changed:
            asked = self._asked.setdefault(owner, deque())
            now = self._clock()
            while asked and asked[0] <= now - HOUR_S:
                asked.popleft()
            if len(asked) >= self._most_an_hour:
                minutes = (asked[0] + HOUR_S - now) / 60
                raise BusyError(
                    f"You have asked this page {len(asked)} times within an hour, which is the "
                    f"most for one person. Go on in {max(1, round(minutes))} min."
                )
            own = self._waiting.get(owner, ())
            if len(own) >= self._most_waiting_each:
                raise BusyError(
                    f"{len(own)} of your requests are waiting already. Wait for one of them, or "
                    "stop it."
                )
            if sum(map(len, self._waiting.values())) >= self._most_waiting:
                raise BusyError("Too many people are waiting here just now. Try again in a minute.")
            asked.append(now)
            waiter = _Waiter(owner)
            self._waiting.setdefault(owner, deque()).append(waiter)
            return waiter

    def _wait(self, waiter: _Waiter, progress: Progress | None) -> None:
        while True:
            with self._changed:
                if self._next() is waiter:
                    self._begin(waiter)
                    return
                before = self._before(waiter)
                if progress is None:
                    self._changed.wait()
                    continue
            # Not under the lock: whoever listens may take time, or ask for the place of others.
            others = "one other is" if before == 1 else f"{before} others are"
            progress(0.0, f"Waiting for a turn: {others} before you")
            with self._changed:
                if self._next() is not waiter:
                    self._changed.wait(TELL_S)

    def _next(self) -> _Waiter | None:
        assert self._slots is not None
        if len(self._running) >= self._slots or not self._waiting:
            return None
        return self._waiting[min(self._waiting, key=self._rank)][0]

    def _rank(self, owner: str) -> tuple[int, int]:
        running = sum(one.owner == owner for one in self._running)
        return running, self._served_at.get(owner, 0)

    def _before(self, waiter: _Waiter) -> int:
        """Works that come first: those that run, and of each owner who waits as many as come up
        until ``waiter`` does."""
        own = self._waiting[waiter.owner]
        rounds = own.index(waiter)
        mine = self._rank(waiter.owner)
        before = len(self._running) + rounds
        for owner, line in self._waiting.items():
            if owner != waiter.owner:
                before += min(len(line), rounds + (self._rank(owner) < mine))
        return before

    def _begin(self, waiter: _Waiter) -> None:
        self._drop(waiter)
        self._running.append(waiter)
        self._served += 1
        self._served_at[waiter.owner] = self._served
        self._changed.notify_all()

    def _leave(self, waiter: _Waiter) -> None:
        with self._changed:
            if waiter in self._running:
                self._running.remove(waiter)
            else:
                self._drop(waiter)
            self._changed.notify_all()

    def _drop(self, waiter: _Waiter) -> None:
        line = self._waiting.get(waiter.owner)
        if line is not None and waiter in line:
            line.remove(waiter)
            if not line:
                del self._waiting[waiter.owner]
