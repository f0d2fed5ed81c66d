"""How torch lays out four-bit weights for its CPU kernel, and how to read them back.

The layout differs with the instruction set that torch runs on, so a packed weight belongs to the
machine and the build that packed it (``packing_name``). The kernel is made for a few rows of input.
For many rows it is faster to unpack once and multiply densely, for which the layout is found by
packing known levels; where it is none of those known here, nothing is unpacked.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import torch
from torch import Tensor

from studio.engines.csm.weights.rounding import INT4_OFFSET

ROW_BLOCK: Final = 64
"""Rows come in blocks of this many with AVX-512; every other layout divides it."""

_BLOCKS: Final = (64, 32)
"""AVX-512 and AVX2: a byte holds the levels of row r (low half) and of row r + block / 2."""


def pack(levels: Tensor) -> Tensor:
    """uint8 levels [rows, columns], rows in whole blocks, as the kernel reads them."""
    # The inner tiles are a matter of the GPU kernel; the CPU one takes the argument and ignores it.
    return torch.ops.aten._convert_weight_to_int4pack_for_cpu(levels.int(), 2)  # type: ignore[no-any-return]


def unpack(packed: Tensor, lines: Tensor, block: int) -> Tensor:
    """The weights that ``packed`` stands for: bfloat16 [rows / block, columns, block], that is
    transposed, a block of rows after the other.

    ``block`` comes from ``unpacking_block``; ``lines`` are scales and offsets as in ``rounding``.
    """
    rows, groups = packed.shape[0], lines.shape[0]
    blocks, columns, half = rows // block, packed.shape[1] * 2, block // 2
    # With its highest bit flipped, a level less 8 is a signed number of four bits: shifting it to
    # the top of a byte and back extends the sign.
    signed = (packed.view(blocks, columns, half) ^ 0x88).view(torch.int8)
    weights = torch.empty(blocks, columns, 2, half, dtype=torch.bfloat16)
    weights[:, :, 0] = (signed << 4) >> 4
    weights[:, :, 1] = signed >> 4
    # Whole blocks lie together from here on: half of one is too short for torch to go wide on.
    weights = weights.view(blocks, groups, columns // groups, block)
    scales, offsets = lines.view(groups, blocks, 1, block, 2).permute(4, 1, 0, 2, 3).contiguous()
    torch.addcmul(offsets, weights, scales, out=weights)
    return weights.view(blocks, columns, block)


@cache
def unpacking_block() -> int | None:
    """The row block with which ``unpack`` reads this machine's layout; None if it cannot."""
    rows, columns = ROW_BLOCK, 32
    levels = (torch.arange(rows * columns).view(rows, columns) * 7 // 3 % 16).to(torch.uint8)
    lines = torch.tensor([1.0, INT4_OFFSET], dtype=torch.bfloat16).expand(1, rows, 2)
    packed = pack(levels)
    for block in _BLOCKS:
        unpacked = unpack(packed, lines, block).transpose(1, 2).reshape(rows, columns)
        if torch.equal(unpacked, levels.bfloat16()):
            return block
    return None


def packing_name() -> str:
    """What a weight packed for torch's kernel depends on besides its levels."""
    return f"{torch.backends.cpu.get_cpu_capability()}-torch{torch.__version__}"
