"""How many threads to work with, judged by how long the work takes.

Threads that share a product wait for one another some hundred times a frame. On free cores that
costs nothing; beside other busy programs each wait lasts until the other thread gets its turn, and
one thread alone is many times faster. The results are the same.
"""

from __future__ import annotations

from typing import Final

import torch

SUSPICIOUS: Final = 1.5
"""Times the shortest time that was seen: from here on one thread is tried."""

TRY_AGAIN: Final = 24
"""Calls with one thread after which all are tried again: half a frame."""

_WEIGHT: Final = 0.25
"""Of the newest time in the mean of the latest."""


class Threads:
    """Chooses for one kind of work. Callers in different threads may share it: what they can lose
    to each other is a measurement."""

    def __init__(self) -> None:
        self._shortest = float("inf")
        self._all: float | None = None
        self._one: float | None = None
        self._alone = 0

    def choose(self) -> int:
        """How many threads the next call should use."""
        most = torch.get_num_threads()
        if most == 1 or self._all is None or self._all < SUSPICIOUS * self._shortest:
            return most
        if self._one is None or (self._one < self._all and self._alone < TRY_AGAIN):
            return 1
        return most

    def took(self, threads: int, seconds: float) -> None:
        """Learn that a call with ``threads`` took ``seconds``."""
        if threads == 1:
            self._one = _mean(self._one, seconds)
            self._alone += 1
            return
        self._alone = 0
        self._shortest = min(self._shortest, seconds)
        self._all = _mean(self._all, seconds)
        if self._all < SUSPICIOUS * self._shortest:
            self._one = None  # the cores are free again: the next time is another one


def _mean(before: float | None, seconds: float) -> float:
    return seconds if before is None else before + _WEIGHT * (seconds - before)
