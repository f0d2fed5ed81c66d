"""Keys and values of the positions that were read: working buffers, and where rows stand in them.

A working stream has buffers of the full length, allocated once; what is kept of it is copied out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from studio.engines.csm.files.shape import TransformerShape


class RowPlace(Protocol):
    """Where the rows of one step stand in the buffers of a stack, and what they see."""

    @property
    def positions(self) -> Tensor:
        """int64 [rows], on the device."""

    def write(self, layer: int, keys: Tensor, values: Tensor) -> None:
        """Keep the rows' own ``keys`` and ``values``, [kv_heads, rows, head_dim]."""

    def seen(self, layer: int) -> tuple[Tensor, Tensor]:
        """Keys and values that are looked at, [kv_heads, window, head_dim]."""

    def mask(self) -> Tensor | None:
        """bool [rows, window], which of them each row sees; None means all."""


class FixedPlace:
    """A place known beforehand: everything is a view, made once."""

    def __init__(self, kv: KvBuffers, start: int, rows: int) -> None:
        end = start + rows
        self.kv = kv.tensor
        self.start = start
        self.positions = kv.positions[start:end]
        # One row sees all there is, itself included.
        self._mask = None if rows == 1 else kv.positions[:end] <= self.positions[:, None]
        self._slots = [(keys[:, start:end], values[:, start:end]) for keys, values in kv.layers]
        self._seen = [(keys[:, :end], values[:, :end]) for keys, values in kv.layers]

    def write(self, layer: int, keys: Tensor, values: Tensor) -> None:
        key_slot, value_slot = self._slots[layer]
        key_slot.copy_(keys)
        value_slot.copy_(values)

    def seen(self, layer: int) -> tuple[Tensor, Tensor]:
        return self._seen[layer]

    def mask(self) -> Tensor | None:
        return self._mask


class MovingPlace:
    """The place of one row whose position only the device knows, for a captured graph.

    Shapes never change: the row looks at all of ``window`` positions through a mask. Whoever
    replays the graph moves ``positions`` (int64 [1], its own unless given) on.
    """

    def __init__(self, kv: KvBuffers, window: int, positions: Tensor | None = None) -> None:
        self.positions = kv.positions[:1].clone() if positions is None else positions
        self._kv = kv
        self._window = kv.positions[:window]
        self._seen = [(keys[:, :window], values[:, :window]) for keys, values in kv.layers]
        kv.tensor.nan_to_num_()  # what a mask hides is still multiplied, by zero

    def write(self, layer: int, keys: Tensor, values: Tensor) -> None:
        all_keys, all_values = self._kv.layers[layer]
        all_keys.index_copy_(1, self.positions, keys)
        all_values.index_copy_(1, self.positions, values)

    def seen(self, layer: int) -> tuple[Tensor, Tensor]:
        return self._seen[layer]

    def mask(self) -> Tensor | None:
        return self._window <= self.positions[:, None]


class KvBuffers:
    """Keys and values of one stack, [layers, 2, 1, kv_heads, positions, head_dim]."""

    def __init__(self, shape: TransformerShape, dtype: torch.dtype, device: torch.device) -> None:
        size = (shape.layers, 2, 1, shape.kv_heads, shape.positions, shape.head_dim)
        # What was never written poisons the result instead of sounding almost right.
        self.tensor = torch.full(size, torch.nan, dtype=dtype, device=device)
        self.layers = [(layer[0, 0], layer[1, 0]) for layer in self.tensor]
        self.positions = torch.arange(shape.positions, device=device)

    def place(self, start: int, rows: int) -> FixedPlace:
        """The place of ``rows`` new rows from ``start`` on, each seeing all up to itself."""
        return FixedPlace(self, start, rows)

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
