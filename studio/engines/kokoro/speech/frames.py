"""Sound of any length to frames of one length, each knowing how far into the text it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from studio.types import FRAME_SAMPLES, SpeechFrame


class Framer:
    """Collects samples and marks of one utterance and gives frames as soon as they are full."""

    def __init__(self, text_chars: int) -> None:
        self._text_chars = text_chars
        self._held: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._marks: deque[tuple[int, int]] = deque()
        self._index = 0
        self._reached = 0

    def mark(self, sample: int, text_end: int) -> None:
        """From ``sample`` of the utterance on, ``text_end`` characters are spoken.

        Marks come in the order of their samples.
        """
        self._marks.append((sample, text_end))

    def push(self, samples: NDArray[np.float32]) -> Iterator[SpeechFrame]:
        """Take float32 [n]; give the frames that are full, but never the last sample.

        Something is then left for ``finish``, whatever the length.
        """
        self._held = np.concatenate([self._held, samples])
        while len(self._held) > FRAME_SAMPLES:
            ready, self._held = self._held[:FRAME_SAMPLES], self._held[FRAME_SAMPLES:]
            yield self._frame(ready)

    def finish(self) -> Iterator[SpeechFrame]:
        """Give the last frame, which may be shorter; it says that all the text is spoken."""
        self._reached = self._text_chars
        if len(self._held):
            ready, self._held = self._held, self._held[:0]
            yield self._frame(ready)

    def _frame(self, samples: NDArray[np.float32]) -> SpeechFrame:
        end = self._index * FRAME_SAMPLES + len(samples)
        while self._marks and self._marks[0][0] <= end:
            self._reached = max(self._reached, min(self._marks.popleft()[1], self._text_chars))
        frame = SpeechFrame(self._index, np.ascontiguousarray(samples), self._reached)
        self._index += 1
        return frame
