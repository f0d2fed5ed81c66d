"""The matrices of the model: what a layer multiplies its input by.

Reading the weights is what speech costs, so how they are kept is chosen apart from the layers:
dense in the model's own type, or quantised to 8 or 4 bits: in units for the native kernel, and
where that cannot be had for torch's weight-only CPU kernels. Those are quick in bfloat16 alone and
are made for a few rows of input, as speaking has. Reading a prompt has hundreds of rows: then their
weight is widened to bfloat16, a piece at a time, and multiplied densely.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from studio.engines.csm.weights.kernel import GROUP, Kernel
from studio.engines.csm.weights.packing import ROW_BLOCK, pack, unpack, unpacking_block
from studio.engines.csm.weights.rounding import round_to_int4, round_to_int8
from studio.engines.csm.weights.units import UnitInt4Matrix, UnitInt8Matrix

Quantisation = Literal["none", "int8", "int4"]

INT4_GROUP: Final = GROUP
"""Neighbours that share a scale."""

INT8_FEW_ROWS: Final = 12
INT4_FEW_ROWS: Final = 40
"""Up to so many rows of input the kernel is quicker than widening the weight."""

_PIECE: Final = 1 << 20
"""Weights widened at a time, so that they are still in the cache when they are multiplied by."""


class Matrix(Protocol):
    """A weight of ``rows`` outputs by ``columns`` inputs that can be multiplied by.

    Immutable; calls from several threads do not disturb one another.
    """

    @property
    def rows(self) -> int: ...

    @property
    def columns(self) -> int: ...

    @property
    def nbytes(self) -> int:
        """Bytes that are read for one product."""

    @property
    def kind(self) -> Quantisation: ...

    def __call__(self, x: Tensor) -> Tensor:
        """``x`` [..., columns] times the weight: [..., rows], in the type of ``x``."""

    def to_tensors(self) -> dict[str, Tensor]:
        """What ``restore`` makes the same matrix of again, on this machine."""


class DenseMatrix:
    """The weight as it is: a tensor [rows, columns] of the type that it is multiplied in."""

    kind: Final = "none"

    def __init__(self, weight: Tensor) -> None:
        self._weight = weight

    @property
    def rows(self) -> int:
        return self._weight.shape[0]

    @property
    def columns(self) -> int:
        return self._weight.shape[1]

    @property
    def nbytes(self) -> int:
        return self._weight.nbytes

    @property
    def weight(self) -> Tensor:
        return self._weight

    def __call__(self, x: Tensor) -> Tensor:
        return F.linear(x, self._weight)

    def to_tensors(self) -> dict[str, Tensor]:
        return {"weight": self._weight}


class Int8Matrix:
    """Eight bits for a weight and a scale for each row, on the CPU."""

    kind: Final = "int8"

    def __init__(self, levels: Tensor, scales: Tensor) -> None:
        self._levels = levels
        self._scales = scales

    @classmethod
    def quantise(cls, weight: Tensor) -> Int8Matrix:
        """Round ``weight`` [rows, columns]."""
        return cls(*round_to_int8(weight))

    @property
    def rows(self) -> int:
        return self._levels.shape[0]

    @property
    def columns(self) -> int:
        return self._levels.shape[1]

    @property
    def nbytes(self) -> int:
        return self._levels.nbytes + self._scales.nbytes

    def __call__(self, x: Tensor) -> Tensor:
        flat = x.reshape(-1, self.columns).bfloat16()
        if len(flat) <= INT8_FEW_ROWS:
            y: Tensor = torch.ops.aten._weight_int8pack_mm(flat, self._levels, self._scales)
        else:
            y = torch.empty(len(flat), self.rows, dtype=torch.bfloat16)
            for rows in _pieces(self.rows, self.columns):
                torch.mm(flat, self._levels[rows].bfloat16().T, out=y[:, rows])
            y *= self._scales
        return y.view(*x.shape[:-1], self.rows).to(x.dtype)

    def to_tensors(self) -> dict[str, Tensor]:
        return {"levels": self._levels, "scales": self._scales}


class Int4Matrix:
    """Four bits for a weight, with a scale and an offset for each group of a row, on the CPU.

    ``packed`` uint8 [whole, columns / 2] is laid out for this machine; ``lines`` bfloat16
    [columns / group, whole, 2]. ``whole`` is ``rows`` filled up to whole blocks.
    """

    kind: Final = "int4"

    def __init__(self, packed: Tensor, lines: Tensor, rows: int) -> None:
        self._packed = packed
        self._lines = lines
        self._rows = rows
        self._group = packed.shape[1] * 2 // lines.shape[0]

    @classmethod
    def quantise(cls, weight: Tensor, group: int = INT4_GROUP) -> Int4Matrix:
        """Round ``weight`` [rows, columns]; ``columns`` must be in whole groups."""
        rows, columns = weight.shape
        if columns % group:
            raise ValueError(f"{columns} columns are not whole groups of {group}")
        levels, lines = round_to_int4(weight, group)
        missing = -rows % ROW_BLOCK
        return cls(pack(F.pad(levels, (0, 0, 0, missing))), F.pad(lines, (0, 0, 0, missing)), rows)

    @property
    def rows(self) -> int:
        return self._rows

    @property
    def columns(self) -> int:
        return self._packed.shape[1] * 2

    @property
    def nbytes(self) -> int:
        return self._packed.nbytes + self._lines.nbytes

    def __call__(self, x: Tensor) -> Tensor:
        flat = x.reshape(-1, self.columns).bfloat16()
        block = unpacking_block() if len(flat) > INT4_FEW_ROWS else None
        if block is None:
            y: Tensor = torch.ops.aten._weight_int4pack_mm_for_cpu(
                flat, self._packed, self._group, self._lines
            )
        else:
            y = torch.empty(len(flat), len(self._packed), dtype=torch.bfloat16)
            start = 0
            for rows in _pieces(len(self._packed), self.columns):
                for weight in unpack(self._packed[rows], self._lines[:, rows], block):
                    torch.mm(flat, weight, out=y[:, start : start + block])
                    start += block
        return y[:, : self._rows].to(x.dtype).view(*x.shape[:-1], self._rows)

    def to_tensors(self) -> dict[str, Tensor]:
        return {"packed": self._packed, "lines": self._lines}


def make(weight: Tensor, kind: Quantisation, kernel: Kernel | None = None) -> Matrix:
    """``weight`` [rows, columns] kept as ``kind``, for ``kernel`` or, without one, for torch's.

    Four bits need columns in whole groups, and so does the native kernel; a narrower weight, as
    only small test checkpoints have, stays dense in four bits. So does any weight that is not on
    the CPU.
    """
    if kind == "none" or weight.device.type not in {"cpu", "meta"}:
        return DenseMatrix(weight)
    whole = weight.shape[1] % INT4_GROUP == 0
    if kernel is not None and whole:
        unit = UnitInt4Matrix if kind == "int4" else UnitInt8Matrix
        return unit.quantise(kernel, weight)
    if kind == "int8":
        return Int8Matrix.quantise(weight)
    return Int4Matrix.quantise(weight) if whole else DenseMatrix(weight)


def restore(
    kind: Quantisation, tensors: Mapping[str, Tensor], rows: int, kernel: Kernel | None = None
) -> Matrix:
    """The matrix that gave ``tensors``.

    Raises:
        KeyError: one of the tensors is missing, or they need a kernel and there is none.
    """
    if "units" in tensors:
        if kernel is None:
            raise KeyError("kernel")
        if kind == "int8":
            return UnitInt8Matrix(kernel, tensors["units"], tensors["scales"], rows)
        return UnitInt4Matrix(kernel, tensors["units"], None, rows)
    if kind == "int8":
        return Int8Matrix(tensors["levels"], tensors["scales"])
    if kind == "int4":
        return Int4Matrix(tensors["packed"], tensors["lines"], rows)
    return DenseMatrix(tensors["weight"])


def _pieces(rows: int, columns: int) -> Iterator[slice]:
    step = max(ROW_BLOCK, _PIECE // columns // ROW_BLOCK * ROW_BLOCK)
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))
