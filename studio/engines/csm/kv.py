"""Keys and values of the positions that were read: working buffers, and where rows stand in them.

A working stream has buffers of the full length, allocated once; what is kept of it is copied out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from studio.engines.csm.shape import TransformerShape


@dataclass(frozen=True, eq=False)
class Place:
    """Where the rows of one step stand.

    ``positions`` int64 [rows] on the device; ``window`` is how many positions are looked at;
    ``mask`` bool [rows, window] says which of them each row sees, None means all.
    """

    positions: Tensor
    window: int
    mask: Tensor | None


class KvBuffers:
    """Keys and values of one stack, [layers, 2, 1, kv_heads, positions, head_dim]."""

    def __init__(self, shape: TransformerShape, dtype: torch.dtype, device: torch.device) -> None:
        size = (shape.layers, 2, 1, shape.kv_heads, shape.positions, shape.head_dim)
        # What was never written poisons the result instead of sounding almost right.
        self.tensor = torch.full(size, torch.nan, dtype=dtype, device=device)
        self.layers = [(layer[0], layer[1]) for layer in self.tensor]
        self.length = shape.positions
        self._positions = torch.arange(shape.positions, device=device)

    def place(self, start: int, rows: int) -> Place:
        """The place of ``rows`` new rows from ``start`` on, each seeing all up to itself."""
        positions = self._positions[start : start + rows]
        window = start + rows
        if rows == 1:
            return Place(positions, window, None)
        return Place(positions, window, self._positions[:window] <= positions[:, None])

    def restore(self, pieces: Sequence[Tensor]) -> int:
        """Copy ``pieces`` (of ``copy_out``) to the front; returns how many positions they are."""
        at = 0
        for piece in pieces:
            end = at + piece.shape[3]
            self.tensor[:, :, 0, :, at:end].copy_(piece)
            at = end
        return at

    def copy_out(self, start: int, end: int) -> Tensor:
        """A copy of ``start`` to ``end``: [layers, 2, kv_heads, end - start, head_dim]."""
        return self.tensor[:, :, 0, :, start:end].clone()
