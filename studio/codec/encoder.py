"""Mimi's encoder: moshi's modules, and the search for the nearest codewords."""

from __future__ import annotations

import math
from typing import Any

import torch
from moshi.models.loaders import get_mimi
from torch import Tensor, nn
from torch.nn import functional

from studio.codec import mimi_spec as spec
from studio.codec.mimi_weights import MimiWeights
from studio.types import FRAME_SAMPLES


class Encoder:
    """Weights only; safe to use from several threads.

    ``codewords`` is [32, 2048, 256], as the decoder has them.
    """

    def __init__(self, weights: MimiWeights, codewords: Tensor, device: torch.device) -> None:
        # Nothing is drawn at random or allocated on "meta", and the decoder half is dropped again.
        with torch.device("meta"):
            mimi: Any = get_mimi(None, device="meta", num_codebooks=spec.CODEBOOKS)
        self._convolutions = mimi.encoder
        self._transformer = mimi.encoder_transformer
        self._downsample = mimi.downsample
        _fill(self._convolutions, "encoder", weights, device)
        _fill(self._transformer, "encoder_transformer", weights, device)
        _fill(self._downsample, "downsample", weights, device)
        for layer in self._transformer.transformer.layers:
            layer.self_attn.rope = _PairRope()
        self._codewords = codewords
        self._projections = [
            weights.tensor(f"quantizer.{name}.input_proj.weight").to(device)
            for name in ("rvq_first", "rvq_rest")
        ]

    def __call__(self, samples: Tensor) -> Tensor:
        """float32 [samples] -> int64 [32, frames]; silence fills the last frame up."""
        whole = functional.pad(samples, (0, -len(samples) % FRAME_SAMPLES))
        (steps,) = self._transformer(self._convolutions(whole[None, None]))
        latent = self._downsample(steps)
        semantic, acoustic = (
            functional.conv1d(latent, projection)[0].t() for projection in self._projections
        )
        codes = self._nearest(semantic, self._codewords[: spec.SEMANTIC_CODEBOOKS])
        codes += self._nearest(acoustic, self._codewords[spec.SEMANTIC_CODEBOOKS :])
        return torch.stack(codes)

    def _nearest(self, wanted: Tensor, codebooks: Tensor) -> list[Tensor]:
        """Residual vector quantisation of [frames, 256]: each codebook codes what is left over."""
        codes = []
        for codebook in codebooks:
            codes.append(torch.cdist(wanted[None], codebook[None])[0].argmin(dim=-1))
            wanted = wanted - codebook[codes[-1]]
        return codes


class _PairRope(nn.Module):
    """moshi's rotary positions for whole clips, without its lazy ``torch.compile``.

    moshi switches that off on a CPU by a global flag, which two threads that encode at the same
    time can take from each other; compiling would then start in the middle of a request.
    """

    def forward(
        self, queries: Tensor, keys: Tensor, offset: Tensor, time_before_heads: bool
    ) -> tuple[Tensor, Tensor]:
        """[batch, heads, steps, head_dim] each; positions start at 0, as ``offset`` does here."""
        device = queries.device
        pairs = torch.arange(spec.HEAD_DIM // 2, dtype=torch.float32, device=device)
        speeds = torch.exp(pairs * (-math.log(spec.ROPE_PERIOD) * 2 / spec.HEAD_DIM))
        steps = torch.arange(queries.shape[2], dtype=torch.float32, device=device)
        angles = steps[:, None] * speeds
        turns = torch.polar(torch.ones_like(angles), angles)
        return _turn(queries, turns), _turn(keys, turns)


def _turn(rows: Tensor, turns: Tensor) -> Tensor:
    pairs = torch.view_as_complex(rows.contiguous().view(*rows.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns).flatten(-2)


def _fill(module: nn.Module, prefix: str, weights: MimiWeights, device: torch.device) -> None:
    tensors = {name: weights.tensor(f"{prefix}.{name}").to(device) for name in module.state_dict()}
    module.load_state_dict(tensors, assign=True)
    module.eval().requires_grad_(False)
