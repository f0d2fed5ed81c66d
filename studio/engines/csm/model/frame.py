"""One frame: what the backbone says next, and its 32 codes from the depth decoder."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from studio.engines.csm.model.kv import RowPlace
from studio.engines.csm.model.network import CsmModel
from studio.engines.csm.model.sampling import Sampling, sample
from studio.engines.csm.weights.matrix import DenseMatrix, Matrix


class Run(Protocol):
    """The frames of one reply, each made from the one before it."""

    @property
    def ahead(self) -> int:
        """How many frames may be on their way while an earlier one is looked at."""

    def launch(self) -> None:
        """Begin to make the next frame."""

    def take(self) -> Tensor:
        """The oldest frame that was launched and not taken: int64 [codebooks], on the CPU."""


class FrameStep:
    """Makes frames from a model, in working buffers of its own; not for two threads at once.

    Nothing in a step waits for the device or depends on what a tensor holds, so that the whole of
    it can be captured as a CUDA graph. A frame of zeros in all codebooks ends the speech.
    """

    def __init__(self, model: CsmModel) -> None:
        self.model = model
        self.kv = model.new_buffers()
        depth_kv = model.new_depth_buffers()
        # The first two rows are read together, then one at a time, in every frame alike.
        lengths = [(0, 2), *((at, 1) for at in range(2, model.shape.codebooks))]
        self._depth_places = [depth_kv.place(*length) for length in lengths]
        self.nbytes = self.kv.tensor.nbytes + depth_kv.tensor.nbytes
        """Memory of the buffers."""

    @torch.inference_mode()
    def __call__(
        self, frame: Tensor, place: RowPlace, sampling: Sampling, noise: Tensor | None
    ) -> Tensor:
        """Read ``frame`` int64 [codebooks] at ``place``; returns the next frame.

        ``noise`` is that of ``Sampling.draw_noise``, fresh for each frame.
        """
        model = self.model
        hidden = model.backbone(model.embed_frames(frame[None]), place)
        return self.from_hidden(hidden, sampling, noise)

    @torch.inference_mode()
    def from_hidden(self, hidden: Tensor, sampling: Sampling, noise: Tensor | None) -> Tensor:
        """The frame int64 [codebooks] after ``hidden`` [1, hidden], the backbone's last row."""
        model = self.model
        code = sample(_logits(model.codebook0_head, hidden), sampling, _of_book(noise, 0))
        codes = [code]
        rows = torch.cat((model.depth_projector(hidden), model.embed_code(code, 0)))
        for book, place in enumerate(self._depth_places, start=1):
            row = model.depth(rows, place)[-1:]
            logits = _logits(model.depth_heads[book - 1], row)
            code = sample(logits, sampling, _of_book(noise, book))
            codes.append(code)
            if book < model.shape.codebooks - 1:
                rows = model.embed_code(code, book)
        return torch.cat(codes)

    def run(self, hidden: Tensor, at: int, sampling: Sampling, generator: torch.Generator) -> Run:
        """The frames after ``hidden`` [1, hidden], the first of which will stand at ``at``."""
        return _SteppedRun(self, hidden, at, sampling, generator)


class _SteppedRun:
    """One frame after another: the next is begun when it is asked for."""

    ahead = 0

    def __init__(
        self,
        step: FrameStep,
        hidden: Tensor,
        at: int,
        sampling: Sampling,
        generator: torch.Generator,
    ) -> None:
        self._step = step
        self._hidden = hidden
        self._at = at
        self._sampling = sampling
        self._generator = generator
        self._frame: Tensor | None = None

    def launch(self) -> None:
        step, sampling = self._step, self._sampling
        noise = sampling.draw_noise(step.model.shape.codebooks, self._generator)
        if self._frame is None:
            self._frame = step.from_hidden(self._hidden, sampling, noise)
        else:
            self._frame = step(self._frame, step.kv.place(self._at, 1), sampling, noise)
            self._at += 1

    def take(self) -> Tensor:
        if self._frame is None:
            raise RuntimeError("no frame was launched")
        return self._frame.cpu()


def _logits(head: Matrix, row: Tensor) -> Tensor:
    """``row`` times ``head``; in float32 wherever it can be, since bfloat16 ties likely codes."""
    if not isinstance(head, DenseMatrix):
        return head(row.float())
    if row.is_cuda and row.dtype is torch.bfloat16:
        return torch.mm(row, head.weight.t(), torch.float32)
    return head(row)


def _of_book(noise: Tensor | None, book: int) -> Tensor | None:
    return None if noise is None else noise[book : book + 1]
