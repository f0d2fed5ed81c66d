"""The native kernel against the same weights in float32, with both of its instruction sets."""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from studio.engines.csm.files.shape import Rope, TransformerShape
from studio.engines.csm.model.kv import KvBuffers
from studio.engines.csm.model.layers import Layer, RmsNorm
from studio.engines.csm.model.stack import Stack
from studio.engines.csm.weights import kernel as native
from studio.engines.csm.weights.kernel import Kernel, compile_kernel
from studio.engines.csm.weights.matrix import DenseMatrix, Matrix, Quantisation, make, restore
from studio.engines.csm.weights.rounding import INT4_OFFSET, round_to_int4
from studio.engines.csm.weights.units import UnitMatrix
from studio.native.library import NativeUnavailableError

if platform.machine() not in {"x86_64", "AMD64"}:
    pytest.skip("the native kernel is for x86-64 processors", allow_module_level=True)

KINDS: list[Quantisation] = ["int8", "int4"]
SHAPE = TransformerShape(
    layers=3,
    hidden=128,
    heads=8,
    kv_heads=2,
    head_dim=16,
    intermediate=192,
    positions=64,
    norm_eps=1e-5,
    rope=Rope(500_000.0, 32.0, 0.125, 0.5, 16),
)


@pytest.fixture(scope="module", params=["this processor's", "AVX2"])
def kernel(request: pytest.FixtureRequest) -> Kernel:
    flags = ("-mno-avx512f",) if request.param == "AVX2" else ()
    try:
        return compile_kernel(flags)
    except NativeUnavailableError as error:
        pytest.skip(f"the kernel cannot be compiled here: {error}")


@pytest.fixture
def normal() -> Callable[..., Tensor]:
    generator = torch.Generator().manual_seed(1)
    return lambda *shape: torch.randn(*shape, generator=generator)


def ratio_db(wanted: Tensor, got: Tensor) -> float:
    error = (got.float() - wanted.float()).square().sum()
    return float(10 * torch.log10(wanted.float().square().sum() / error))


def as_stored(matrix: Matrix) -> Tensor:
    """The weight [rows, columns] that ``matrix`` stands for, from its layout alone."""
    tensors = matrix.to_tensors()
    units = tensors["units"]
    blocks, groups = units.shape[:2]
    if matrix.kind == "int8":
        levels = units.view(torch.int8).view(blocks, groups, 16, 16, 4).permute(0, 3, 1, 2, 4)
        weight = levels.reshape(blocks * 16, -1).float() * tensors["scales"][:, None]
    else:
        halves = units[:, :, :512].view(blocks, groups, 8, 16, 4)
        levels = torch.stack((halves & 15, halves >> 4), dim=3).permute(0, 4, 1, 2, 3, 5)
        lines = units[:, :, 512:].contiguous().view(torch.bfloat16).view(blocks, groups, 2, 16)
        scales, offsets = lines.float().permute(2, 0, 3, 1)[..., None, None, None]
        weight = ((levels.float() - 8) * scales + offsets).reshape(blocks * 16, -1)
    return weight[: matrix.rows]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("rows", "columns"), [(192, 128), (2051, 64), (100, 192), (1, 64)])
def test_a_product_is_that_of_the_stored_weight(
    kernel: Kernel, normal: Callable[..., Tensor], kind: Quantisation, rows: int, columns: int
) -> None:
    matrix = make(normal(rows, columns), kind, kernel)
    assert isinstance(matrix, UnitMatrix)
    assert (matrix.rows, matrix.columns, matrix.kind) == (rows, columns, kind)
    for height in (1, 3, 4, 7, 50):
        x = normal(height, columns)
        y = matrix(x)
        assert y.shape == (height, rows)
        assert ratio_db(x @ as_stored(matrix).T, y) > (38 if rows > 1 else 20)


@pytest.mark.parametrize(("kind", "least_db"), [("int8", 35.0), ("int4", 18.0)])
def test_the_stored_weight_is_near_the_weight(
    kernel: Kernel, normal: Callable[..., Tensor], kind: Quantisation, least_db: float
) -> None:
    weight = normal(150, 256)
    assert ratio_db(weight, as_stored(make(weight, kind, kernel))) > least_db


def test_four_bits_are_rounded_as_well_as_without_the_kernel(
    kernel: Kernel, normal: Callable[..., Tensor]
) -> None:
    weight = normal(64, 1024)
    levels, lines = round_to_int4(weight, 64)
    scales, offsets = lines.float().permute(2, 1, 0).unsqueeze(-1)
    slow = (levels.float().unflatten(1, (-1, 64)) - INT4_OFFSET) * scales + offsets
    fast = as_stored(make(weight, "int4", kernel))
    assert abs(ratio_db(weight, fast) - ratio_db(weight, slow.flatten(1))) < 0.02
    assert (fast - slow.flatten(1)).abs().gt(1e-6).float().mean() < 0.01


@pytest.mark.parametrize("value", [0.0, 0.37, -2.5])
def test_rows_without_spread(kernel: Kernel, value: float) -> None:
    for kind in KINDS:
        y = make(torch.full((20, 64), value), kind, kernel)(torch.ones(1, 64))
        torch.testing.assert_close(y, torch.full((1, 20), 64 * value), rtol=0.01, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_does_not_depend_on_its_company(
    kernel: Kernel, normal: Callable[..., Tensor], kind: Quantisation
) -> None:
    """So that a voice that was read in pieces equals one that was read at once."""
    matrix, x = make(normal(300, 512), kind, kernel), normal(11, 512)
    assert torch.equal(matrix(x), torch.cat([matrix(row[None]) for row in x]))


@pytest.mark.parametrize("kind", KINDS)
def test_extreme_inputs(kernel: Kernel, normal: Callable[..., Tensor], kind: Quantisation) -> None:
    matrix = make(normal(64, 128), kind, kernel)
    assert matrix(torch.zeros(2, 128)).abs().max() == 0
    outlier = torch.zeros(1, 128)
    outlier[0, 5] = 1e6
    assert ratio_db(outlier @ as_stored(matrix).T, matrix(outlier)) > 38
    # The largest sums that there can be do not overflow.
    for sign in (1, -1):
        ones = make(torch.full((16, 8192), float(sign)), kind, kernel)
        assert ratio_db(torch.full((1, 16), 8192.0), ones(torch.full((1, 8192), float(sign)))) > 38
    assert matrix(torch.empty(0, 128)).shape == (0, 64)
    assert matrix(normal(2, 3, 128).bfloat16()).dtype == torch.bfloat16


@pytest.mark.parametrize("kind", KINDS)
def test_restored_from_its_tensors(
    kernel: Kernel, normal: Callable[..., Tensor], kind: Quantisation
) -> None:
    matrix, x = make(normal(100, 128), kind, kernel), normal(3, 128)
    again = restore(matrix.kind, matrix.to_tensors(), matrix.rows, kernel)
    assert torch.equal(matrix(x), again(x))
    with pytest.raises(KeyError):
        restore(matrix.kind, matrix.to_tensors(), matrix.rows, None)


def stack(normal: Callable[..., Tensor], kind: Quantisation, kernel: Kernel | None) -> Stack:
    """A stack of random weights; with no kernel, of the very weights that a kernel would hold."""
    shape = SHAPE
    width, kv = shape.heads * shape.head_dim, 2 * shape.kv_heads * shape.head_dim
    reference = compile_kernel() if kernel is None else kernel

    def matrix(rows: int, columns: int) -> Matrix:
        made = make(normal(rows, columns) * columns**-0.5, kind, reference)
        return made if kernel is not None else DenseMatrix(as_stored(made))

    def norm() -> RmsNorm:
        return RmsNorm(1 + 0.1 * normal(shape.hidden), shape.norm_eps)

    layers = [
        Layer(
            attention_norm=norm(),
            qkv=matrix(width + kv, shape.hidden),
            output=matrix(shape.hidden, width),
            mlp_norm=norm(),
            gate_up=matrix(2 * shape.intermediate, shape.hidden),
            down=matrix(shape.hidden, shape.intermediate),
        )
        for _ in range(shape.layers)
    ]
    return Stack(shape, layers, norm(), torch.device("cpu"))


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_one_by_one_are_what_the_layers_make_of_them(
    kernel: Kernel, kind: Quantisation, threads: int
) -> None:
    """A prompt of several rows goes through torch's operations, then single rows are fused."""
    cpu = torch.device("cpu")
    made = []
    for used in (kernel, None):
        generator = torch.Generator().manual_seed(2)
        normal = lambda *shape: torch.randn(*shape, generator=generator)  # noqa: B023, E731
        layers = stack(normal, kind, used)
        buffers = KvBuffers(SHAPE, torch.bfloat16 if used else torch.float32, cpu)
        rows = normal(12, SHAPE.hidden).to(buffers.tensor.dtype)
        out = [layers(rows[:5], buffers.place(0, 5))]
        out += [layers(rows[at : at + 1], buffers.place(at, 1)) for at in range(5, 12)]
        made.append((torch.cat(out).float(), buffers.tensor[..., :12, :].float()))
    (fused, fused_kv), (plain, plain_kv) = made
    assert ratio_db(plain[:5], fused[:5]) > 30
    assert ratio_db(plain[5:], fused[5:]) > 30
    assert ratio_db(plain_kv, fused_kv) > 30


def test_without_a_compiler_the_reason_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NativeUnavailableError, match="no C compiler"):
        compile_kernel()
    native._tried.cache_clear()
    try:
        with caplog.at_level(logging.INFO):
            assert native.find_kernel() is None
            assert native.why_no_kernel() == "there is no C compiler (cc, gcc or clang)"
        assert "there is no C compiler" in caplog.text
    finally:
        native._tried.cache_clear()
