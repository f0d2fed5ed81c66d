"""From logits to codes: a pure function of logits and of noise that was drawn before."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Sampling:
    """How codes are drawn: ``temperature`` 0 takes the likeliest one, else among ``top_k``.

    ``temperature`` is a number or, where it may change without what uses it being captured anew,
    a float32 tensor [] on the device, which is above 0.
    """

    temperature: float | Tensor
    top_k: int

    @property
    def greedy(self) -> bool:
        return not isinstance(self.temperature, Tensor) and self.temperature == 0.0

    def draw_noise(
        self, codebooks: int, generator: torch.Generator, out: Tensor | None = None
    ) -> Tensor | None:
        """Noise float32 [codebooks, top_k] for one frame, in ``out`` if that is given; None where
        none is needed.

        It is minus a Gumbel variable: the logarithm of an exponential one.
        """
        if self.greedy:
            return None
        if out is None:
            out = torch.empty(codebooks, self.top_k, device=generator.device)
        return out.exponential_(generator=generator).log_()


def sample(logits: Tensor, sampling: Sampling, noise: Tensor | None) -> Tensor:
    """Codes int64 [rows] from ``logits`` [rows, codes]; ``noise`` is [rows, top_k] or None.

    Adding Gumbel noise and taking the largest is drawing from the softmax (Gumbel-max), without
    the normalisation and without a host sync.
    """
    if noise is None:
        return logits.argmax(dim=-1)
    likely, codes = logits.float().topk(min(sampling.top_k, logits.shape[-1]), dim=-1)
    noisy = likely.div_(sampling.temperature).sub_(noise[:, : likely.shape[-1]])
    return codes.gather(-1, noisy.argmax(dim=-1, keepdim=True)).squeeze(-1)
