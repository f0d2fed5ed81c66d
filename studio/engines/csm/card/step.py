"""Frames made by kernels of our own, the whole of a frame captured as one CUDA graph."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from studio.codec.to_host import ToHost
from studio.engines.csm.card.captured import Capture, CaptureError
from studio.engines.csm.card.replayed import ReplayedRun
from studio.engines.csm.model.frame import FrameStep, Run
from studio.engines.csm.model.network import CsmModel
from studio.engines.csm.model.sampling import Sampling

AHEAD: Final = 4
"""Frames on their way while one is looked at: the codec takes as long to be told what to do with a
chunk as the card takes for three frames."""


class CardStep(FrameStep):
    """A ``FrameStep`` whose frames come from one graph, whatever the position and the sampling."""

    def __init__(self, model: CsmModel, capture: Capture) -> None:
        """Allocate the buffers, compile the kernels and capture the frame.

        Raises:
            CaptureError: it cannot be done here.
            torch.OutOfMemoryError: there is no memory for it now.
        """
        super().__init__(model)
        try:
            from studio.engines.csm.card.frame import CardFrame

            self._card = CardFrame(model, self.kv)
            buffers = (self._card.frame, self._card.position)
            self._first = capture(self._card.first, buffers)
            self._following = capture(self._card.following, buffers)
        except (torch.OutOfMemoryError, CaptureError):
            raise
        # Triton is not everywhere, needs a C compiler, and has errors of its own for all of it.
        except Exception as error:
            raise CaptureError(str(error).partition("\n")[0]) from error

    def run(self, hidden: Tensor, at: int, sampling: Sampling, generator: torch.Generator) -> Run:
        return ReplayedRun(self, hidden, at, sampling, generator, ahead=AHEAD)

    @torch.inference_mode()
    def begin(self, hidden: Tensor, at: int, sampling: Sampling) -> None:
        self._card.begin(hidden, at, sampling)

    @torch.inference_mode()
    def make(self, at: int | None, sampling: Sampling, generator: torch.Generator) -> ToHost:
        sampling.draw_noise(len(self._card.frame), generator, self._card.noise)
        (self._first if at is None else self._following)()
        return ToHost(self._card.frame)
