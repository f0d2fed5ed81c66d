"""One frame: what the backbone says next, and its 32 codes from the depth decoder."""

from __future__ import annotations

import torch
from torch import Tensor

from studio.engines.csm.kv import Place
from studio.engines.csm.model import CsmModel
from studio.engines.csm.sampling import Sampling, sample


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

    @torch.inference_mode()
    def __call__(
        self, frame: Tensor, place: Place, sampling: Sampling, noise: Tensor | None
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
        code = sample(model.codebook0_head(hidden), sampling, _of_book(noise, 0))
        codes = [code]
        rows = torch.cat((model.depth_projector(hidden), model.embed_code(code, 0)))
        for book, place in enumerate(self._depth_places, start=1):
            row = model.depth(rows, place)[-1:]
            code = sample(model.depth_heads[book - 1](row), sampling, _of_book(noise, book))
            codes.append(code)
            if book < model.shape.codebooks - 1:
                rows = model.embed_code(code, book)
        return torch.cat(codes)


def _of_book(noise: Tensor | None, book: int) -> Tensor | None:
    return None if noise is None else noise[book : book + 1]
