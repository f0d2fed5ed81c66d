"""Quantised weights as the native kernel reads them: in one stream, sixteen rows side by side."""

from __future__ import annotations

import ctypes
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from studio.engines.csm.weights.kernel import BLOCK, GROUP, Kernel, MatrixRecord
from studio.engines.csm.weights.rounding import REFITS, round_to_int8

LAYOUT: Final = "units-1"
"""Goes up with the layout: weights kept on disk belong to it."""

INT4_UNIT: Final = 576
INT8_UNIT: Final = 1_024
"""Bytes of a unit: a block of rows by a group of columns."""


class UnitMatrix:
    """A weight of few bits for the native kernel: what both kinds share.

    ``units`` is uint8 [blocks, groups, unit]; ``scales`` float32 [blocks * 16] with eight bits and
    None with four, whose scales stand in the units (``kernel.c`` has the layout). Inputs are
    rounded to eight bits on the way.
    """

    def __init__(self, kernel: Kernel, units: Tensor, scales: Tensor | None, rows: int) -> None:
        self._kernel = kernel
        self._units = units.contiguous()
        self._scales = scales
        self._rows = rows
        self.record = MatrixRecord(
            units=self._units.data_ptr(),
            scales=None if scales is None else scales.data_ptr(),
            rows=rows,
            columns=self.columns,
            bits=4 if scales is None else 8,
        )

    @property
    def rows(self) -> int:
        return self._rows

    @property
    def columns(self) -> int:
        return self._units.shape[1] * GROUP

    @property
    def nbytes(self) -> int:
        return self._units.nbytes + (0 if self._scales is None else self._scales.nbytes)

    @property
    def kernel(self) -> Kernel:
        return self._kernel

    @property
    def whole(self) -> bool:
        """Whether the rows are whole blocks, with none filled up."""
        return self._rows % BLOCK == 0

    def __call__(self, x: Tensor) -> Tensor:
        flat = x.reshape(-1, self.columns).to(torch.float32).contiguous()
        y = torch.empty(len(flat), self._rows)
        room = torch.empty(2 * flat.numel(), dtype=torch.uint8)
        self._kernel.multiply(
            ctypes.byref(self.record),
            flat.data_ptr(),
            len(flat),
            y.data_ptr(),
            room.data_ptr(),
            torch.get_num_threads(),
        )
        return y.to(x.dtype).view(*x.shape[:-1], self._rows)

    def to_tensors(self) -> dict[str, Tensor]:
        scales = {} if self._scales is None else {"scales": self._scales}
        return {"units": self._units, **scales}


class UnitInt4Matrix(UnitMatrix):
    """Four bits for a weight, with a scale and an offset for each group of a row."""

    kind: Final = "int4"

    @classmethod
    def quantise(cls, kernel: Kernel, weight: Tensor) -> UnitInt4Matrix:
        """Round ``weight`` [rows, columns], whose columns are whole groups."""
        rows, columns = weight.shape
        exact = weight.float().contiguous()
        units = torch.empty(-(-rows // BLOCK), columns // GROUP, INT4_UNIT, dtype=torch.uint8)
        kernel.round_int4(
            exact.data_ptr(), rows, columns, REFITS, units.data_ptr(), torch.get_num_threads()
        )
        return cls(kernel, units, None, rows)


class UnitInt8Matrix(UnitMatrix):
    """Eight bits for a weight and a scale for each row."""

    kind: Final = "int8"

    @classmethod
    def quantise(cls, kernel: Kernel, weight: Tensor) -> UnitInt8Matrix:
        """Round ``weight`` [rows, columns], whose columns are whole groups."""
        levels, scales = round_to_int8(weight)
        missing = -weight.shape[0] % BLOCK
        units = pack_int8(F.pad(levels, (0, 0, 0, missing)))
        return cls(kernel, units, F.pad(scales.float(), (0, missing)), weight.shape[0])


def pack_int8(levels: Tensor) -> Tensor:
    """Units of int8 ``levels`` [rows, columns], in whole blocks and groups."""
    blocks, groups = levels.shape[0] // BLOCK, levels.shape[1] // GROUP
    parts = levels.view(blocks, BLOCK, groups, GROUP // 4, 4).permute(0, 2, 3, 1, 4)
    return parts.contiguous().view(torch.uint8).view(blocks, groups, INT8_UNIT)
