"""Whether speech that is being made is still speech: it may fall silent, or get stuck on a sound.

CSM is reported to do both now and then, more often the longer a conversation gets. Nothing in its
output says so, but both can be heard within two seconds. All numbers here were chosen without the
real weights: docs/csm.md, "Caution".
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SILENT_RMS: Final = 10 ** (-50 / 20)
"""Of a frame, full scale 1: 25 dB under quiet speech, and above what Mimi makes of a pause."""

SILENT_START: Final = 15
"""Frames (1.2 s) after which a sentence that has not begun will not."""

SILENT_END: Final = 15
"""Frames of silence after which a sentence is over, once most of its text can have been said."""

SILENT_MIDDLE: Final = 30
"""Frames (2.4 s) of silence that no sentence has inside."""

MOST_OF_IT: Final = 0.6

STUCK: Final = 20
"""Frames (1.6 s) of one repeated sound; the longest vowel that people draw out is under one."""

LONGEST_CYCLE: Final = 6
CYCLES: Final = 6
ALIKE: Final = 0.9


class Judgement(StrEnum):
    FINE = "fine"
    NOTHING_HEARD = "nothing heard"
    """Only silence so far, for too long: begin anew."""
    OVER = "over"
    """All was said, and silence follows."""
    SILENT = "silent"
    """It fell silent in the middle."""
    STUCK = "stuck"
    """It repeats one sound."""


class Guard:
    """Follows one sentence; ``expected`` is how many frames its text takes to say."""

    def __init__(self, expected: float) -> None:
        self._expected = expected
        self._heard = False
        self._silent = 0
        self._sounds: list[tuple[int, ...]] = []

    def hear(self, codes: NDArray[np.integer[Any]], samples: NDArray[np.float32]) -> Judgement:
        """What to think after one more frame: ``codes`` [codebooks], ``samples`` [1920]."""
        if np.sqrt(np.mean(np.square(samples, dtype=np.float64))) < SILENT_RMS:
            self._silent += 1
        else:
            self._silent = 0
            self._heard = True
        # The first codebook says which sound it is, and of silence it may repeat what it likes.
        self._sounds.append((int(codes[0]), int(codes[1])))
        return self._judge()

    def _judge(self) -> Judgement:
        if not self._heard:
            late = self._silent >= SILENT_START
            return Judgement.NOTHING_HEARD if late else Judgement.FINE
        if self._silent >= SILENT_MIDDLE:
            return Judgement.SILENT
        if self._silent >= SILENT_END:
            mostly_said = len(self._sounds) - self._silent >= MOST_OF_IT * self._expected
            return Judgement.OVER if mostly_said else Judgement.FINE
        if not self._silent and self._repeats():
            return Judgement.STUCK
        return Judgement.FINE

    def _repeats(self) -> bool:
        for period in range(1, LONGEST_CYCLE + 1):
            length = max(STUCK, CYCLES * period)
            if len(self._sounds) < length + period:
                return False
            now, before = self._sounds[-length:], self._sounds[-length - period : -period]
            alike = sum(a == b for a, b in zip(now, before, strict=True))
            if alike >= ALIKE * length:
                return True
        return False
