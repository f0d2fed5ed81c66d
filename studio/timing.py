"""Stopwatches for the two figures that matter: time to first audio and real-time factor."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from typing import TypeVar

T = TypeVar("T")


class SpeechTimer:
    """Times one stream: starts when made, and counts only the time spent making items.

    A consumer that takes its time between two frames (a browser that plays them) does not count
    as compute, so the real-time factor is the engine's own.

    Example:
        timer = SpeechTimer()
        for frame in timer.over(engine.stream(...)):
            play(frame)
        timer.first_s, timer.compute_s
    """

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self.first_s: float | None = None
        self.compute_s = 0.0

    def over(self, items: Iterable[T]) -> Generator[T, None, None]:
        """Yield ``items``, timing each; closing this closes ``items`` too."""
        iterator = iter(items)
        try:
            while True:
                asked = time.perf_counter()
                try:
                    item = next(iterator)
                except StopIteration:
                    self.compute_s += time.perf_counter() - asked
                    return
                now = time.perf_counter()
                self.compute_s += now - asked
                if self.first_s is None:
                    self.first_s = now - self._started
                yield item
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
