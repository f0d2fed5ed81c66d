"""What a Llama stack is made of: norms, the weights of a layer, and rotary positions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from studio.engines.csm.files.shape import Rope
from studio.engines.csm.weights.matrix import Matrix


def rotation_table(rope: Rope, head_dim: int, positions: int, device: torch.device) -> Tensor:
    """exp(i * angle) for every position: complex64 [positions, 1, head_dim / 2].

    The scaling is that of Llama 3.1 (Meta's ``apply_scaling``): long wavelengths are stretched by
    ``factor``, short ones stay, those between are blended.
    """
    exponents = torch.arange(0, head_dim, 2, dtype=torch.int64).float() / head_dim
    frequencies = 1.0 / (rope.theta**exponents)
    if rope.factor != 1.0:
        wavelengths = 2 * math.pi / frequencies
        low, high = rope.low_freq_factor, rope.high_freq_factor
        kept = ((rope.original_positions / wavelengths - low) / (high - low)).clamp(0.0, 1.0)
        frequencies = (1 - kept) * frequencies / rope.factor + kept * frequencies
    angles = torch.outer(torch.arange(positions).float(), frequencies)
    return torch.polar(torch.ones_like(angles), angles)[:, None].to(device)


class RmsNorm:
    """x / rms(x) * weight, along the last axis, computed in float32."""

    def __init__(self, weight: Tensor, eps: float) -> None:
        width = weight.shape[0]
        self._weight = weight
        self.eps = eps
        # rms(x) = |x| / sqrt(width), so the root of the width can go into the weight.
        self._scaled = weight.float() * math.sqrt(width)
        self._floor = torch.tensor(eps * width, device=weight.device)

    @property
    def weight(self) -> Tensor:
        return self._weight

    @property
    def exact(self) -> Tensor:
        """The weight, float32."""
        return self._weight.float().contiguous()

    def __call__(self, x: Tensor) -> Tensor:
        if x.is_cuda:
            return F.rms_norm(x, self._weight.shape, self._weight, self.eps)
        # There is no fused kernel for it; these are fewer and smaller operations than F.rms_norm's.
        exact = x if x.dtype is torch.float32 else x.float()
        length = torch.linalg.vector_norm(exact, dim=-1, keepdim=True)
        out = (exact * torch.addcmul(self._floor, length, length).rsqrt_()).mul_(self._scaled)
        return out if exact is x else out.to(x.dtype)


@dataclass(frozen=True, eq=False)
class Layer:
    """The weights of one layer."""

    attention_norm: RmsNorm
    qkv: Matrix
    output: Matrix
    mlp_norm: RmsNorm
    gate_up: Matrix
    down: Matrix
