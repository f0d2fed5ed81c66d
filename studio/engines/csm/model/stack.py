"""A Llama stack, for one sequence at a time.

Speech is made one row at a time, so what counts is how few operations a row needs: queries, keys
and values come from one matrix, gate and up projection from another, and rotary embedding is one
complex multiplication, for which ``start/assemble.py`` stores the rows of queries and keys in
pairs. With the native kernel a row is one call.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from studio.engines.csm.files.shape import TransformerShape
from studio.engines.csm.model.fused import FusedStack, can_fuse
from studio.engines.csm.model.kv import FixedPlace, RowPlace
from studio.engines.csm.model.layers import Layer, RmsNorm, rotation_table


class Stack:
    """Layers and the norm after them. Holds weights only: keys and values are passed in."""

    def __init__(
        self,
        shape: TransformerShape,
        layers: Sequence[Layer],
        norm: RmsNorm,
        device: torch.device,
    ) -> None:
        self.shape = shape
        self.layers = tuple(layers)
        self.norm = norm
        self.rotations = rotation_table(shape.rope, shape.head_dim, shape.positions, device)
        self._scale = shape.head_dim**-0.5
        self._zero = torch.zeros(1, device=device)
        self._fused = (
            FusedStack(shape, self.layers, norm, self.rotations)
            if can_fuse(shape, self.layers)
            else None
        )

    def __call__(self, x: Tensor, place: RowPlace) -> Tensor:
        """``x`` [rows, hidden] to [rows, hidden], normed; keys and values go to ``place``."""
        if self._fused is not None and len(x) == 1 and isinstance(place, FixedPlace):
            return self._fused(x, place.kv, place.start)
        rotation = self.rotations[place.positions]
        mask = place.mask()
        for index, layer in enumerate(self.layers):
            qkv = layer.qkv(layer.attention_norm(x))
            x = x + layer.output(self._attend(qkv, rotation, mask, place, index))
            gate_up = layer.gate_up(layer.mlp_norm(x))
            half = self.shape.intermediate
            x = x + layer.down(F.silu(gate_up[:, :half]).mul_(gate_up[:, half:]))
        return self.norm(x)

    def _attend(
        self, qkv: Tensor, rotation: Tensor, mask: Tensor | None, place: RowPlace, layer: int
    ) -> Tensor:
        """Attention [rows, heads * head_dim] of the rows over what they see at ``place``."""
        shape = self.shape
        rows, heads, kv_heads = qkv.shape[0], shape.heads, shape.kv_heads
        turned = heads + kv_heads
        by_head = qkv.view(rows, turned + kv_heads, shape.head_dim)
        pairs = by_head[:, :turned].float().view(rows, turned, -1, 2)
        qk = torch.view_as_real(torch.view_as_complex(pairs) * rotation)
        qk = qk.view(rows, turned, shape.head_dim).to(qkv.dtype)
        place.write(layer, qk[:, heads:].transpose(0, 1), by_head[:, turned:].transpose(0, 1))
        keys, values = place.seen(layer)
        if rows == 1:
            # The heads that share a key are to attention like rows that see the same positions.
            grouped = qk[0, :heads].view(kv_heads, heads // kv_heads, shape.head_dim)
            return self._attend_grouped(grouped, keys, values, mask).reshape(1, -1)
        out = F.scaled_dot_product_attention(
            qk[None, :, :heads].transpose(1, 2),
            keys[None],
            values[None],
            attn_mask=mask,
            enable_gqa=True,
        )
        return out[0].transpose(0, 1).reshape(rows, -1)

    def _attend_grouped(
        self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None
    ) -> Tensor:
        """Attention [kv_heads, group, head_dim] of one row."""
        if mask is not None or queries.dtype is not torch.float32:
            return F.scaled_dot_product_attention(
                queries[None], keys[None], values[None], attn_mask=mask
            )[0]
        # For so few numbers, three plain products cost less than one fused call on a CPU.
        scores = torch.baddbmm(
            self._zero, queries, keys.transpose(1, 2), beta=0.0, alpha=self._scale
        )
        return torch.bmm(scores.softmax(dim=-1), values)
