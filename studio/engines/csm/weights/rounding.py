"""Rounding weights to few bits so that as little as possible is lost.

Both forms keep the whole weight in integers and the scale beside it. Eight bits are symmetric with
one scale for a row; four bits have a scale and an offset for each group of neighbours in a row,
since one scale for thousands of weights leaves four bits too coarse.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import torch
from torch import Tensor

INT4_OFFSET: Final = 8
"""A stored level of 8 stands for the group's offset itself."""

_INT4_LEVELS: Final = 16
_INT8_LARGEST: Final = 127
REFITS: Final = 4
"""Each takes as long as the first rounding; the fifth gains less than 0.05 dB."""

_SLICE: Final = 1 << 15
"""Weights treated at a time. So few stay within the nearest cache, and torch does not share them
out among its threads: whole slices are, so that no thread waits for another after each step."""


def round_to_int8(weight: Tensor) -> tuple[Tensor, Tensor]:
    """``weight`` [rows, columns] as int8 [rows, columns] and bfloat16 scales [rows]."""
    levels = torch.empty(weight.shape, dtype=torch.int8)
    scales = torch.empty(weight.shape[0], dtype=torch.bfloat16)

    def round_rows(rows: slice) -> None:
        part = weight[rows].float()
        largest = part.abs().amax(dim=1)
        # An empty row keeps a scale of one: it can be divided by, and its levels are zero.
        scale = torch.where(largest > 0, largest / _INT8_LARGEST, 1.0).bfloat16()
        scales[rows] = scale
        rounded = (part / scale.float()[:, None]).round_()
        levels[rows] = rounded.clamp_(-_INT8_LARGEST, _INT8_LARGEST).to(torch.int8)

    _for_all_rows(weight, round_rows)
    return levels, scales


def round_to_int4(weight: Tensor, group: int) -> tuple[Tensor, Tensor]:
    """``weight`` [rows, columns] as levels and their scales.

    Returns:
        uint8 [rows, columns] with levels of 0 to 15, and bfloat16 [columns / group, rows, 2] with
        the scale and the offset of each group: a weight is about ``(level - 8) * scale + offset``.

    The line through the levels is fitted to the weights by least squares and the weights are
    rounded to it again, by turns, as in Lloyd's quantiser; a group keeps the best of its lines.
    Of weights spread normally this takes 11 % off the squared error of rounding between the
    extremes.
    """
    rows, columns = weight.shape
    levels = torch.empty(rows, columns, dtype=torch.uint8)
    lines = torch.empty(columns // group, rows, 2, dtype=torch.bfloat16)

    def round_rows(part: slice) -> None:
        grouped = weight[part].float().view(-1, columns // group, group)
        scale, offset = _fit(grouped)
        rounded = _nearest(grouped, scale, offset).add_(INT4_OFFSET)
        levels[part] = rounded.flatten(1).to(torch.uint8)
        lines[:, part, 0] = scale[..., 0].T.bfloat16()
        lines[:, part, 1] = offset[..., 0].T.bfloat16()

    _for_all_rows(weight, round_rows)
    return levels, lines


def _fit(weights: Tensor) -> tuple[Tensor, Tensor]:
    """Scale and offset [..., 1] of each group [..., group], both exact in bfloat16."""
    low, high = torch.aminmax(weights, dim=-1, keepdim=True)
    spread = high - low
    step = spread / (_INT4_LEVELS - 1)
    scale = _as_stored(torch.where(step > 0, step, 1.0))  # of equal weights the offset is all
    offset = _as_stored(low + INT4_OFFSET * step)
    levels = _nearest(weights, scale, offset)
    error = _squared_error(weights, levels, scale, offset)
    mean = weights.mean(-1, keepdim=True)
    for _ in range(REFITS):
        centre = levels.mean(-1, keepdim=True)
        levels -= centre
        variance = levels.square().sum(-1, keepdim=True)
        slope = (levels * weights).sum(-1, keepdim=True) / variance
        new_scale = _as_stored(torch.where(slope > 0, slope, scale))  # a flat group has no slope
        new_offset = _as_stored(mean - new_scale * centre)
        levels = _nearest(weights, new_scale, new_offset)
        new_error = _squared_error(weights, levels, new_scale, new_offset)
        better = new_error < error
        error = torch.where(better, new_error, error)
        scale = torch.where(better, new_scale, scale)
        offset = torch.where(better, new_offset, offset)
    return scale, offset


def _nearest(weights: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    """Levels around zero: -8 to 7."""
    rounded = ((weights - offset) / scale).round_()
    return rounded.clamp_(-INT4_OFFSET, _INT4_LEVELS - 1 - INT4_OFFSET)


def _squared_error(weights: Tensor, levels: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    return (levels * scale).add_(offset).sub_(weights).square_().sum(-1, keepdim=True)


def _as_stored(values: Tensor) -> Tensor:
    return values.bfloat16().float()


def _for_all_rows(weight: Tensor, work: Callable[[slice], None]) -> None:
    """Do ``work`` for every slice of rows, on as many threads as torch uses."""
    rows, columns = weight.shape
    step = max(1, _SLICE // columns)
    slices = [slice(start, min(start + step, rows)) for start in range(0, rows, step)]
    with ThreadPoolExecutor(torch.get_num_threads()) as threads:
        for _ in threads.map(work, slices):
            pass  # so that an error comes out
