"""Quantised matrices against the product with the weight as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from studio.engines.csm.weights import packing
from studio.engines.csm.weights.matrix import (
    INT4_FEW_ROWS,
    INT4_GROUP,
    INT8_FEW_ROWS,
    DenseMatrix,
    Int4Matrix,
    Int8Matrix,
    Quantisation,
    make,
    restore,
)
from studio.engines.csm.weights.rounding import INT4_OFFSET, round_to_int4, round_to_int8

KINDS: list[Quantisation] = ["none", "int8", "int4"]
SHAPES = [(192, 128), (2051, 64), (100, 192), (1, 64)]


@pytest.fixture
def normal() -> Callable[..., Tensor]:
    generator = torch.Generator().manual_seed(1)
    return lambda *shape: torch.randn(*shape, generator=generator)


def ratio_db(wanted: Tensor, got: Tensor) -> float:
    """How far the error lies below the signal."""
    error = (got.float() - wanted.float()).square().sum()
    return float(10 * torch.log10(wanted.float().square().sum() / error))


@pytest.mark.parametrize(("rows", "columns"), SHAPES)
@pytest.mark.parametrize(("kind", "least_db"), [("none", 100.0), ("int8", 36.0), ("int4", 18.0)])
def test_a_product_is_near_that_of_the_weight(
    normal: Callable[..., Tensor],
    kind: Quantisation,
    least_db: float,
    rows: int,
    columns: int,
) -> None:
    weight = normal(rows, columns)
    matrix = make(weight, kind)
    assert (matrix.rows, matrix.columns, matrix.kind) == (rows, columns, kind)
    for height in (1, INT8_FEW_ROWS + 1, INT4_FEW_ROWS, INT4_FEW_ROWS + 1, 200):
        x = normal(height, columns)
        y = matrix(x)
        assert y.shape == (height, rows)
        assert y.dtype == x.dtype
        if rows > 1:
            assert ratio_db(x @ weight.T, y) > least_db


@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_many_rows_give_what_few_rows_give(
    normal: Callable[..., Tensor], kind: Quantisation
) -> None:
    """The kernel and the widened weight are the same matrix, over more than one piece of it."""
    matrix = make(normal(9_000, 512), kind)
    x = normal(INT4_FEW_ROWS + 1, 512)
    few = torch.cat([matrix(row[None]) for row in x])
    assert ratio_db(few, matrix(x)) > 40  # what bfloat16 leaves


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(64,), (2, 64), (2, 3, 64), (0, 64)])
def test_any_leading_axes(
    normal: Callable[..., Tensor], kind: Quantisation, shape: tuple[int, ...]
) -> None:
    matrix = make(normal(70, 64).bfloat16(), kind)
    y = matrix(normal(*shape).bfloat16())
    assert y.shape == (*shape[:-1], 70)
    assert y.dtype == torch.bfloat16


@pytest.mark.parametrize("kind", KINDS)
def test_restored_from_its_tensors(normal: Callable[..., Tensor], kind: Quantisation) -> None:
    matrix = make(normal(100, 128).bfloat16(), kind)
    again = restore(matrix.kind, matrix.to_tensors(), matrix.rows)
    for height in (1, 50):
        x = normal(height, 128).bfloat16()
        assert torch.equal(matrix(x), again(x))
    assert (again.rows, again.columns, again.nbytes) == (100, 128, matrix.nbytes)


def test_fewer_bits_are_fewer_bytes(normal: Callable[..., Tensor]) -> None:
    weight = normal(128, 1024).bfloat16()
    dense, int8, int4 = (make(weight, kind).nbytes for kind in KINDS)
    assert dense == weight.nbytes
    assert int8 < 0.51 * dense
    assert int4 < 0.29 * dense


def test_a_weight_of_odd_width_stays_dense(normal: Callable[..., Tensor]) -> None:
    assert isinstance(make(normal(64, INT4_GROUP + 32), "int4"), DenseMatrix)
    with pytest.raises(ValueError, match="whole groups"):
        Int4Matrix.quantise(normal(64, INT4_GROUP + 32))


@pytest.mark.parametrize("kind", [Int8Matrix, Int4Matrix])
@pytest.mark.parametrize("value", [0.0, 0.37, -2.5])
def test_rows_without_spread(kind: type[Int8Matrix | Int4Matrix], value: float) -> None:
    """A dead row or a constant one divides by nothing."""
    matrix = kind.quantise(torch.full((64, 64), value))
    y = matrix(torch.ones(1, 64))
    torch.testing.assert_close(y, torch.full((1, 64), 64 * value), rtol=0.01, atol=1e-6)


def test_the_fitted_line_loses_less_than_the_extremes(normal: Callable[..., Tensor]) -> None:
    weight = normal(64, 1024)
    groups = weight.unflatten(1, (-1, INT4_GROUP))
    low, high = torch.aminmax(groups, dim=-1, keepdim=True)
    scale = (high - low) / 15
    plain = ((groups - low) / scale).round() * scale + low
    levels, lines = round_to_int4(weight, INT4_GROUP)
    scales, offsets = lines.float().permute(2, 1, 0).unsqueeze(-1)
    fitted = (levels.float().unflatten(1, (-1, INT4_GROUP)) - INT4_OFFSET) * scales + offsets
    assert ratio_db(groups, fitted) > ratio_db(groups, plain) + 0.4


def test_int8_is_off_by_half_a_step_at_most(normal: Callable[..., Tensor]) -> None:
    weight = normal(32, 256)
    levels, scales = round_to_int8(weight)
    step = scales.float()[:, None]
    assert ((levels * step - weight).abs() <= step * 0.76).all()  # the largest may be cut a little
    assert ((levels * step - weight).abs() <= step * 0.501)[levels.abs() < 127].all()


def test_packed_levels_are_read_back(normal: Callable[..., Tensor]) -> None:
    block = packing.unpacking_block()
    if torch.backends.cpu.get_cpu_capability() not in {"AVX512", "AVX2"}:
        pytest.skip("torch packs in a layout of its own on this machine")
    assert block is not None
    levels, lines = round_to_int4(normal(128, 128), 32)
    scales, offsets = lines.float().permute(2, 1, 0).unsqueeze(-1)
    wanted = (levels.float().unflatten(1, (-1, 32)) - INT4_OFFSET) * scales + offsets
    got = packing.unpack(packing.pack(levels), lines, block).transpose(1, 2).reshape(128, 128)
    assert ratio_db(wanted.flatten(1), got) > 50
