"""Frames made in buffers that never move, so that the whole step can be captured as a CUDA graph.

Made of torch's operations, some three thousand a frame: for cards for which the studio's own
kernels (``card_step``) cannot be compiled.
"""

from __future__ import annotations

import logging
from typing import Final

import torch
from torch import Tensor

from studio.codec.to_host import ToHost
from studio.engines.csm.card.captured import Capture, CaptureError, Work
from studio.engines.csm.card.replayed import ReplayedRun
from studio.engines.csm.model.frame import FrameStep, Run
from studio.engines.csm.model.kv import MovingPlace
from studio.engines.csm.model.network import CsmModel
from studio.engines.csm.model.sampling import Sampling
from studio.types import SpeechOptions

_log = logging.getLogger(__name__)

WINDOWS: Final = (512, 1024)
"""Attention spans a whole window, so short contexts get short ones. The last is the model's."""

MOST_CAPTURED: Final = 12
"""One is captured for each window and top-k; those used longest ago make room."""

AHEAD: Final = 1
"""Frames on their way while one is looked at."""

_Kind = tuple[int, int]
"""The window (0: the first frame, which reads nothing) and top-k (0: the likeliest code)."""


class StaticStep(FrameStep):
    """A ``FrameStep`` whose runs are replayed. ``capture`` makes what is replayed."""

    def __init__(self, model: CsmModel, capture: Capture) -> None:
        """Allocate the buffers and capture what the first frames of a usual reply need.

        Raises:
            CaptureError: nothing can be captured here.
            torch.OutOfMemoryError: there is no memory for it now.
        """
        super().__init__(model)
        shape, device = model.shape, model.device
        self.hidden = torch.zeros(1, shape.backbone.hidden, dtype=model.dtype, device=device)
        self.frame = torch.zeros(shape.codebooks, dtype=torch.int64, device=device)
        self.position = torch.zeros(1, dtype=torch.int64, device=device)
        self.temperature = torch.ones((), device=device)
        self._capture = capture
        self._noise: dict[int, Tensor] = {}
        most = shape.max_positions
        windows = [*(window for window in WINDOWS if window < most), most]
        self._places = {window: MovingPlace(self.kv, window, self.position) for window in windows}
        self._captured: dict[_Kind, Work] = {}
        usual = SpeechOptions().top_k
        for window in (0, windows[0]):
            self._captured[window, usual] = capture(*self._work((window, usual)))

    def warm_up(self) -> None:
        """Capture what a usual reply needs, however long the context is."""
        for window in self._places:
            self._ready((window, SpeechOptions().top_k))

    def run(self, hidden: Tensor, at: int, sampling: Sampling, generator: torch.Generator) -> Run:
        return ReplayedRun(self, hidden, at, sampling, generator, ahead=AHEAD)

    @torch.inference_mode()
    def begin(self, hidden: Tensor, at: int, sampling: Sampling) -> None:
        self.hidden.copy_(hidden)
        self.position.fill_(at)
        self.temperature.fill_(1.0 if sampling.greedy else sampling.temperature)

    @torch.inference_mode()
    def make(self, at: int | None, sampling: Sampling, generator: torch.Generator) -> ToHost:
        top_k = 0 if sampling.greedy else sampling.top_k
        window = 0 if at is None else next(size for size in self._places if at < size)
        work = self._ready((window, top_k))
        if top_k:
            sampling.draw_noise(len(self.frame), generator, self._noise_for(top_k))
        work()
        return ToHost(self.frame)

    def _ready(self, kind: _Kind) -> Work:
        work = self._captured.pop(kind, None)
        if work is None:
            work, buffers = self._work(kind)
            try:
                work = self._capture(work, buffers)
            except CaptureError as error:
                _log.warning("CSM goes on without a graph for %s: %s", kind, error)
        self._captured[kind] = work
        while len(self._captured) > MOST_CAPTURED:
            del self._captured[next(iter(self._captured))]
        return work

    def _work(self, kind: _Kind) -> tuple[Work, tuple[Tensor, ...]]:
        """What is done again and again for ``kind``, and the buffers that it changes."""
        window, top_k = kind
        sampling = Sampling(self.temperature if top_k else 0.0, top_k)
        noise = self._noise_for(top_k) if top_k else None

        @torch.inference_mode()
        def first() -> None:
            self.frame.copy_(self.from_hidden(self.hidden, sampling, noise))

        @torch.inference_mode()
        def following() -> None:
            self.frame.copy_(self(self.frame, self._places[window], sampling, noise))
            self.position.add_(1)

        return (following if window else first), (self.frame, self.position)

    def _noise_for(self, top_k: int) -> Tensor:
        if top_k not in self._noise:
            size = (len(self.frame), top_k)
            self._noise[top_k] = torch.zeros(size, device=self.frame.device)
        return self._noise[top_k]
