"""Reading turns: from rows to keys and values that are kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from studio.engines.base import Progress
from studio.engines.csm.context import Memory
from studio.engines.csm.frame import FrameStep
from studio.engines.csm.model import CsmModel
from studio.engines.csm.prompt import Rows, Turn, count, skip

READ_ROWS: Final = 256
"""Rows read at once: enough to use the processor fully, few enough to bound the memory for it."""


class Reader:
    """Reads with one model. Calls from several threads are served side by side, each in buffers
    of its own, which are allocated once and used again."""

    def __init__(self, model: CsmModel) -> None:
        self.model = model
        self._lock = threading.Lock()
        self._idle: list[FrameStep] = []

    @contextmanager
    def working(self) -> Iterator[FrameStep]:
        """Working buffers, with what makes frames in them, for as long as one stream lasts."""
        with self._lock:
            step = self._idle.pop() if self._idle else None
        if step is None:
            step = FrameStep(self.model)
        try:
            yield step
        finally:
            with self._lock:
                self._idle.append(step)

    def read(self, memory: Memory, turns: Sequence[Turn], progress: Progress | None) -> Memory:
        """``memory`` with ``turns`` after it, and nothing left unread."""
        turns = tuple(turns)
        rows = [*memory.unread, *(piece for turn in turns for piece in turn.rows)]
        everything = replace(memory, unread=(), turns=memory.turns + turns)
        if not rows:
            return everything
        with self.working() as step:
            self.continue_from(step, memory, rows, progress)
            return replace(everything, pieces=keep(step, memory, memory.read + count(rows)))

    @torch.inference_mode()
    def continue_from(
        self,
        step: FrameStep,
        memory: Memory,
        rows: Sequence[Rows],
        progress: Progress | None = None,
    ) -> Tensor:
        """Put what ``memory`` has read into the buffers of ``step`` and read ``rows`` after it.

        ``rows`` are the unread ones and what follows them. Returns the backbone's output
        [1, hidden] for the last of them.
        """
        model = self.model
        at = step.kv.restore(memory.pieces)
        x = torch.cat([self._embed(piece) for piece in rows])
        hidden = x[:0]
        for start in range(0, len(x), READ_ROWS):
            block = x[start : start + READ_ROWS]
            hidden = model.backbone(block, step.kv.place(at, len(block)))[-1:]
            at += len(block)
            if progress is not None:
                progress((start + len(block)) / len(x), "Reading the voice")
        return hidden

    def _embed(self, rows: Rows) -> Tensor:
        ids = torch.from_numpy(rows.astype(np.int64)).to(self.model.device)
        return self.model.embed_text(ids) if ids.ndim == 1 else self.model.embed_frames(ids.T)


@torch.inference_mode()
def keep(step: FrameStep, memory: Memory, end: int) -> tuple[Tensor, ...]:
    """The pieces of ``memory`` and one more, of what the buffers have read after it up to ``end``.

    So the voice is held in memory once, however many conversations go on from it.
    """
    return (*memory.pieces, step.kv.copy_out(memory.read, end))


def forget(memory: Memory, kept: Sequence[Turn]) -> Memory:
    """``memory`` with only the turns ``kept``, its pinned ones first.

    Keys are bound to their positions, so everything after the voice has to be read again.
    """
    kept = tuple(kept)
    voice = sum(turn.positions for turn in kept[: memory.pinned])
    shared = memory.first(min(voice, memory.read))
    rows = [piece for turn in kept for piece in turn.rows]
    at = sum(piece.shape[3] for piece in shared)
    return replace(memory, pieces=shared, unread=tuple(skip(rows, at)), turns=kept)
