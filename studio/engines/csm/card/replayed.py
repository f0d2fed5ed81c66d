"""The frames of a reply, begun before the ones before them were looked at."""

from __future__ import annotations

from collections import deque
from typing import Protocol

import torch
from torch import Tensor

from studio.codec.to_host import ToHost
from studio.engines.csm.model.sampling import Sampling


class Replayable(Protocol):
    """What makes frames in buffers that never move. It reads the last frame where it wrote it and
    moves its own position on, so the processor only says "again"."""

    def begin(self, hidden: Tensor, at: int, sampling: Sampling) -> None:
        """Put in what the first frame of a reply is made of: ``hidden`` [1, hidden], the
        backbone's last row; the frame will stand at ``at``."""

    def make(self, at: int | None, sampling: Sampling, generator: torch.Generator) -> ToHost:
        """The next frame: the first of a reply (``at`` None), or the one after the last, which is
        read at ``at``."""


class ReplayedRun:
    """A run of which up to ``ahead`` frames are on their way while an earlier one is looked at, so
    that the card never waits. What was begun in vain when speech ends is forgotten."""

    def __init__(
        self,
        step: Replayable,
        hidden: Tensor,
        at: int,
        sampling: Sampling,
        generator: torch.Generator,
        *,
        ahead: int,
    ) -> None:
        self.ahead = ahead
        self._step = step
        self._next = at
        self._sampling = sampling
        self._generator = generator
        self._made: deque[ToHost] = deque()
        self._begun = False
        step.begin(hidden, at, sampling)

    def launch(self) -> None:
        at = self._next if self._begun else None
        self._made.append(self._step.make(at, self._sampling, self._generator))
        if self._begun:
            self._next += 1
        self._begun = True

    def take(self) -> Tensor:
        return self._made.popleft().read()
