"""The transformer of Mimi's decoder, over a window of steps that it carries along.

Layer norm, rotary positions on neighbouring pairs, attention over the last 250 steps, GELU: as in
moshi, whose weights it takes. Moshi's own cache holds 250 steps and is written before it is read,
so that in a call with several steps the first of them no longer see their oldest ones; this cache
has room for a chunk more, which makes a stream equal to the whole for any size of chunk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from studio.codec import mimi_spec as spec
from studio.codec.mimi_weights import MimiWeights


@dataclass
class KeysAndValues:
    """What the layers have seen: [layers, heads, room, head_dim] each, used as a ring."""

    keys: Tensor
    values: Tensor
    position: int = 0

    @classmethod
    def empty(cls, most_steps: int, device: torch.device) -> KeysAndValues:
        """Before the first step, for chunks of up to ``most_steps``."""
        shape = (spec.LAYERS, spec.HEADS, spec.WINDOW + most_steps - 1, spec.HEAD_DIM)
        return cls(torch.zeros(shape, device=device), torch.zeros(shape, device=device))

    @property
    def room(self) -> int:
        return self.keys.shape[2]


@dataclass(frozen=True)
class TransformerLayer:
    """The scales of moshi's ``LayerScale`` are multiplied into ``out`` and ``down``."""

    norm1: tuple[Tensor, Tensor]
    queries_keys_values: Tensor
    out: Tensor
    norm2: tuple[Tensor, Tensor]
    up: Tensor
    down: Tensor


class DecoderTransformer:
    """Weights only; safe to use from several threads with a ``KeysAndValues`` each."""

    def __init__(self, weights: MimiWeights, device: torch.device) -> None:
        self._device = device
        self.layers = [_layer(weights, number, device) for number in range(spec.LAYERS)]
        pairs = torch.arange(spec.HEAD_DIM // 2, dtype=torch.float32, device=device)
        self.speeds = torch.exp(pairs * (-math.log(spec.ROPE_PERIOD) * 2 / spec.HEAD_DIM))

    def __call__(self, chunk: Tensor, seen: KeysAndValues) -> Tensor:
        """[steps, 512] -> [steps, 512]; ``seen`` is moved on by that many steps."""
        steps = len(chunk)
        positions = torch.arange(seen.position, seen.position + steps, device=self._device)
        places = positions % seen.room
        angles = positions.to(torch.float32)[:, None] * self.speeds
        turns = torch.polar(torch.ones_like(angles), angles)[:, None]
        visible = self._visible(positions, seen.room)
        # Before the ring is full, only its beginning holds anything.
        used = min(seen.position + steps, seen.room)
        for number, layer in enumerate(self.layers):
            keys, values = seen.keys[number], seen.values[number]
            chunk = _attend(layer, chunk, turns, places, visible[:, :used], keys, values)
            normed = functional.layer_norm(chunk, (spec.DIM,), *layer.norm2, spec.NORM_EPSILON)
            raised = functional.gelu(torch.mm(layer.up, normed.t()))
            chunk = torch.addmm(chunk.t(), layer.down, raised).t()
        seen.position += steps
        return chunk

    def _visible(self, positions: Tensor, room: int) -> Tensor:
        """[steps, room]: whether a step sees what lies at a place of the ring by then."""
        last = positions[-1]
        ages = (last - torch.arange(room, device=self._device)) % room
        older = positions[:, None] - (last - ages)
        return (older >= 0) & (older < spec.WINDOW) & (ages <= last)


def _attend(
    layer: TransformerLayer,
    chunk: Tensor,
    turns: Tensor,
    places: Tensor,
    visible: Tensor,
    keys: Tensor,
    values: Tensor,
) -> Tensor:
    steps, used = visible.shape
    normed = functional.layer_norm(chunk, (spec.DIM,), *layer.norm1, spec.NORM_EPSILON)
    made = torch.mm(layer.queries_keys_values, normed.t()).t().contiguous()
    made = made.view(steps, 3, spec.HEADS, spec.HEAD_DIM)
    pairs = torch.view_as_complex(made[:, :2].view(steps, 2, spec.HEADS, -1, 2))
    turned = torch.view_as_real(pairs * turns[:, None]).flatten(-2)
    keys.index_copy_(1, places, turned[:, 1].transpose(0, 1))
    values.index_copy_(1, places, made[:, 2].transpose(0, 1))
    heard = functional.scaled_dot_product_attention(
        turned[:, 0].transpose(0, 1)[None],
        keys[None, :, :used],
        values[None, :, :used],
        visible,
    )
    rows = heard[0].transpose(0, 1).reshape(steps, spec.DIM)
    return torch.addmm(chunk.t(), layer.out, rows.t()).t()


def _layer(weights: MimiWeights, number: int, device: torch.device) -> TransformerLayer:
    def take(name: str) -> Tensor:
        stem = f"decoder_transformer.transformer.layers.{number}."
        return weights.tensor(stem + name).to(device)

    def scaled(name: str, scale: str) -> Tensor:
        return take(f"{name}.weight") * take(f"{scale}.scale")[:, None]

    return TransformerLayer(
        norm1=(take("norm1.weight"), take("norm1.bias")),
        queries_keys_values=take("self_attn.in_projs.0.weight"),
        out=scaled("self_attn.out_projs.0", "layer_scale_1"),
        norm2=(take("norm2.weight"), take("norm2.bias")),
        up=take("linear1.weight"),
        down=scaled("linear2", "layer_scale_2"),
    )
