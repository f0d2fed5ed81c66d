"""One set of weights, in every layout that it is handed around in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from moshi.models import loaders
from safetensors.torch import save_file
from torch import Tensor

from studio.codec.mimi_weights import CSM_PREFIX, SHAPES, MimiWeights, check_header
from studio.errors import EngineUnavailableError

A_MATRIX = "decoder_transformer.layers.3.mlp.fc1.weight"


def opened(tensors: dict[str, Tensor]) -> MimiWeights:
    return MimiWeights(tensors, tensors.__getitem__)


@pytest.fixture(scope="module")
def moshi_tensors(weights: MimiWeights) -> dict[str, Tensor]:
    """As in moshi's own file: the projections under the older names, and the training flags."""
    made = {}
    for name in SHAPES:
        old = name.replace("in_projs.0.weight", "in_proj_weight").replace("out_projs.0", "out_proj")
        made[old] = weights.tensor(name)
        if name.endswith("cluster_usage"):
            made[name.replace("cluster_usage", "_initialized")] = torch.ones(1)
    return made


def test_every_tensor_of_moshi_has_its_place() -> None:
    with torch.device("meta"):
        mimi = loaders.get_mimi(None, device="meta", num_codebooks=32)
    shapes = {name: tuple(tensor.shape) for name, tensor in mimi.state_dict().items()}
    flags = {name for name in shapes if name.endswith("_initialized")}
    assert {name: shapes[name] for name in shapes.keys() - flags} == SHAPES


def test_layouts_hold_the_same_weights(
    weights: MimiWeights,
    tensors: dict[str, Tensor],
    moshi_tensors: dict[str, Tensor],
    tmp_path: Path,
) -> None:
    csm = {CSM_PREFIX + name: tensor for name, tensor in tensors.items()}
    csm["backbone_model.norm.weight"] = torch.ones(4)
    save_file(csm, tmp_path / "csm.safetensors")
    save_file(moshi_tensors, tmp_path / "moshi.safetensors")
    revision = weights.revision()
    assert len(revision) == 16
    assert MimiWeights.open(tmp_path / "csm.safetensors").revision() == revision
    assert MimiWeights.open(tmp_path / "moshi.safetensors").revision() == revision


def test_other_weights_are_another_revision(
    weights: MimiWeights, tensors: dict[str, Tensor]
) -> None:
    other = opened(tensors | {A_MATRIX: tensors[A_MATRIX] + 1e-3})
    assert other.revision() != weights.revision()


def test_half_precision_is_read_as_single(tensors: dict[str, Tensor]) -> None:
    halves = {name: tensor.to(torch.bfloat16) for name, tensor in tensors.items()}
    read = opened(halves).tensor("decoder_transformer.transformer.layers.3.linear1.weight")
    assert read.dtype == torch.float32
    torch.testing.assert_close(read, tensors[A_MATRIX], rtol=1e-2, atol=1e-2)


def test_a_codeword_is_its_sum_over_its_use(tensors: dict[str, Tensor]) -> None:
    """A codeword that was hardly used keeps its size: the bound is 1e-5 and not 1."""
    stem = "quantizer.acoustic_residual_vector_quantizer.layers.4.codebook."
    usage = tensors[f"{stem}cluster_usage"].clone()
    usage[:2] = torch.tensor([1e-3, 0.0])
    book = opened(tensors | {f"{stem}cluster_usage": usage}).codebook("rvq_rest", 4)
    sums = tensors[f"{stem}embed_sum"]
    torch.testing.assert_close(book[0], sums[0] / 1e-3)
    torch.testing.assert_close(book[1], sums[1] / 1e-5)


def test_a_missing_tensor_is_named(tensors: dict[str, Tensor]) -> None:
    partial = {CSM_PREFIX + name: value for name, value in tensors.items() if name != A_MATRIX}
    with pytest.raises(EngineUnavailableError, match=rf"missing, the first is .*{A_MATRIX}"):
        opened(partial)


def test_an_extra_tensor_is_named(tensors: dict[str, Tensor]) -> None:
    with pytest.raises(EngineUnavailableError, match=r"1 tensors too many, the first is surplus"):
        opened(tensors | {"surplus": torch.ones(1)})


@pytest.mark.parametrize("wrong", [torch.ones(2048, 511), torch.ones(2048, 512).to(torch.int8)])
def test_another_shape_or_type_is_named(tensors: dict[str, Tensor], wrong: Tensor) -> None:
    bad = opened(tensors | {A_MATRIX: wrong})
    with pytest.raises(EngineUnavailableError, match=r"fc1\.weight is .*should be floats \[2048"):
        bad.revision()


@dataclass(frozen=True)
class Told:
    """What a header tells of a tensor."""

    dtype: str
    shape: tuple[int, ...]


def told(tensors: dict[str, Tensor]) -> dict[str, Told]:
    return {name: Told("BF16", tuple(tensor.shape)) for name, tensor in tensors.items()}


def test_the_headers_of_every_layout_are_those_of_mimi(
    tensors: dict[str, Tensor], moshi_tensors: dict[str, Tensor]
) -> None:
    check_header(told(tensors))
    check_header(told(moshi_tensors))
    check_header(
        {CSM_PREFIX + name: one for name, one in told(tensors).items()}
        | {"lm_head": Told("I8", ())}
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (None, "are not complete: 1 of"),
        (Told("F32", (2048, 511)), r"is F32 \[2048, 511\] and should be floats \[2048, 512\]"),
        (Told("I8", (2048, 512)), "is I8"),
    ],
)
def test_a_header_that_is_not_mimis_is_refused_before_any_tensor_is_read(
    tensors: dict[str, Tensor], wrong: Told | None, said: str
) -> None:
    headers = told(tensors)
    del headers[A_MATRIX]
    if wrong is not None:
        headers[A_MATRIX] = wrong
    with pytest.raises(EngineUnavailableError, match=said):
        check_header(headers)


def test_what_is_no_number_is_refused(tensors: dict[str, Tensor]) -> None:
    bad = opened(tensors | {A_MATRIX: torch.full((2048, 512), torch.nan)})
    with pytest.raises(EngineUnavailableError, match="not numbers"):
        bad.tensor("decoder_transformer.transformer.layers.3.linear1.weight")


def test_an_empty_codebook_is_refused(tensors: dict[str, Tensor]) -> None:
    name = "quantizer.semantic_residual_vector_quantizer.layers.0.codebook.embed_sum"
    bad = opened(tensors | {name: torch.zeros(2048, 256)})
    with pytest.raises(EngineUnavailableError, match="never trained"):
        bad.codebook("rvq_first", 0)


@pytest.mark.parametrize("content", [None, b"", b"not safetensors at all"])
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineUnavailableError, match=r"model\.safetensors cannot be read"):
        MimiWeights.open(path)
