"""Reading turns: from rows to keys and values that are kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from studio.engines.csm.card.captured import Capture, CaptureError
from studio.engines.csm.card.static_step import StaticStep
from studio.engines.csm.card.step import CardStep
from studio.engines.csm.model.frame import FrameStep
from studio.engines.csm.model.network import CsmModel
from studio.engines.csm.talk.context import ReadTurns
from studio.engines.csm.talk.prompt import PromptTurn, Rows, count, skip
from studio.errors import Stopped
from studio.types import Progress

_log = logging.getLogger(__name__)

READ_ROWS: Final = 256
"""Rows read at once: enough to use the processor fully, few enough to bound the memory for it."""

NOT_CAPTURED: Final = (
    "CSM runs step by step on this graphics card, because a CUDA graph could not be captured; "
    "speech is slower for it."
)

_WITHOUT: Final[dict[type[FrameStep], str]] = {
    CardStep: "CSM runs without kernels of its own, because they could not be made",
    StaticStep: "CSM runs step by step, without a CUDA graph",
}


class Prefill:
    """Reads with one model. Calls from several threads are served side by side, each in buffers
    of its own, which are kept for a while and used again."""

    def __init__(
        self, model: CsmModel, capture: Capture | None = None, idle_bytes: int = 1 << 28
    ) -> None:
        """``capture`` makes the steps of a frame into what can be replayed; without it, or where
        it cannot, they are made one by one. Of buffers that nobody works in, ``idle_bytes`` are
        kept, and those of one stream in any case."""
        self.model = model
        self._idle_bytes = idle_bytes
        self.note = ""
        """A sentence for the person, when speech is slower than it should be."""
        self._capture = capture
        # Best first; those that turn out not to work here are left out from then on.
        self._replayed: tuple[type[CardStep | StaticStep], ...] = ()
        if capture is not None:
            self._replayed = (
                (CardStep, StaticStep) if model.device.type == "cuda" else (StaticStep,)
            )
        self._lock = threading.Lock()
        self._idle: list[FrameStep] = []

    def warm_up(self) -> None:
        """Capture what the first reply needs; without a card there is nothing to do."""
        if self._capture is None:
            return
        with self.working() as step:
            if isinstance(step, StaticStep):
                step.warm_up()

    @contextmanager
    def working(self) -> Iterator[FrameStep]:
        """Working buffers, with what makes frames in them, for as long as one stream lasts."""
        with self._lock:
            step = self._idle.pop() if self._idle else None
        if step is None:
            step = self._new_step()
        # Where something failed, as memory that ran out, they may be half written: they are
        # dropped, and so is what was captured in them.
        try:
            yield step
        except (GeneratorExit, Stopped):
            self._give_back(step)
            raise
        self._give_back(step)

    def _give_back(self, step: FrameStep) -> None:
        with self._lock:
            self._idle.append(step)
            # The one that was not needed the longest goes first.
            while len(self._idle) > 1 and sum(one.nbytes for one in self._idle) > self._idle_bytes:
                self._idle.pop(0)

    def _new_step(self) -> FrameStep:
        for kind in self._replayed:
            assert self._capture is not None
            try:
                return kind(self.model, self._capture)
            except CaptureError as error:
                self._replayed = tuple(other for other in self._replayed if other is not kind)
                _log.warning("%s: %s", _WITHOUT[kind], error)
                self.note = "" if self._replayed else NOT_CAPTURED
        return FrameStep(self.model)

    def read(self, memory: ReadTurns, progress: Progress | None) -> ReadTurns:
        """``memory`` with nothing left unread."""
        rows = memory.unread
        if not rows:
            return memory
        with self.working() as step:
            self.continue_from(step, memory, rows, progress)
            pieces = keep(step, memory, memory.read + count(rows))
            return replace(memory, pieces=pieces, unread=())

    @torch.inference_mode()
    def continue_from(
        self,
        step: FrameStep,
        memory: ReadTurns,
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
def keep(step: FrameStep, memory: ReadTurns, end: int) -> tuple[Tensor, ...]:
    """The pieces of ``memory`` and one more, of what the buffers have read after it up to ``end``.

    So the voice is held in memory once, however many conversations go on from it.
    """
    return (*memory.pieces, step.kv.copy_out(memory.read, end))


def with_turns(memory: ReadTurns, turns: Sequence[PromptTurn]) -> ReadTurns:
    """``memory`` with ``turns`` after it, still to be read."""
    rows = [piece for turn in turns for piece in turn.rows]
    return replace(memory, unread=(*memory.unread, *rows), turns=(*memory.turns, *turns))


def forget(memory: ReadTurns, kept: Sequence[PromptTurn]) -> ReadTurns:
    """``memory`` with only the turns ``kept``, its pinned ones first.

    Keys are bound to their positions, so everything after the voice has to be read again.
    """
    kept = tuple(kept)
    voice = sum(turn.positions for turn in kept[: memory.pinned])
    shared = memory.first(min(voice, memory.read))
    rows = [piece for turn in kept for piece in turn.rows]
    at = sum(piece.shape[3] for piece in shared)
    return replace(memory, pieces=shared, unread=tuple(skip(rows, at)), turns=kept)
