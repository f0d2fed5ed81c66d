"""Frames that were made but not handed out yet: what lets a sentence begin anew unheard.

Part of the caution that was chosen without the real weights: docs/csm.md, "Caution".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from studio.types import SpeechFrame

MOST: Final = 30
"""Frames (2.4 s): as long as it takes to tell that a sentence stays silent, or repeats a sound."""

KEPT_OF: Final = 3
"""One frame of so many is kept back until the reserve is full. The listener gets the other two, so
whoever makes speech in two thirds of its time, or in less, is never late for it."""


class Reserve:
    """Keeps back up to ``most`` frames. It counts frames and looks at no clock, so the same seed
    gives the same samples however fast they are made.

    Frames go out while others are made, also those that are taken back later: of two calls of
    ``add``, one at least lets a frame go while there are any. So closing a stream stops it at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._frames: deque[SpeechFrame] = deque()
        self._added = 0

    def add(self, frame: SpeechFrame) -> Iterator[SpeechFrame]:
        """Keep ``frame``, and yield what goes out for it."""
        self._frames.append(frame)
        self._added += 1
        if self._added % KEPT_OF:
            yield self._frames.popleft()
        while len(self._frames) > self._most:
            yield self._frames.popleft()

    def holds(self, count: int) -> bool:
        """Whether none of the ``count`` frames added last has gone out."""
        return len(self._frames) >= count

    def take_back(self, count: int) -> None:
        """Forget the ``count`` frames added last, all of which it holds."""
        for _ in range(count):
            self._frames.pop()

    def end(self) -> None:
        """Keep nothing back any more: what it holds goes out with the next frame or by ``rest``."""
        self._most = 0

    def rest(self) -> Iterator[SpeechFrame]:
        """All that it holds."""
        while self._frames:
            yield self._frames.popleft()
