"""From a checkpoint to a model: quantised, kept on disk, and read from there again."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from studio.engines.csm.files.checkpoint import Checkpoint, open_checkpoint
from studio.engines.csm.model.frame import FrameStep
from studio.engines.csm.model.network import CsmModel
from studio.engines.csm.model.sampling import Sampling
from studio.engines.csm.start.loading import LoadedModel, Plan, load_model
from studio.errors import EngineUnavailableError
from tests.engines.csm.tiny import make_checkpoint

GREEDY = Sampling(temperature=0.0, top_k=1)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    folder = make_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny")
    return open_checkpoint(str(folder))


def load(weights: Checkpoint, cache_dir: Path | None, quantize: str = "int4") -> LoadedModel:
    return load_model(weights, Plan.choose(quantize, "cpu"), cache_dir=cache_dir)


@torch.inference_mode()
def hidden(model: CsmModel) -> Tensor:
    """What the backbone makes of a few rows."""
    buffers = model.new_buffers()
    rows = model.embed_text(torch.arange(12))
    return model.backbone(rows, buffers.place(0, 12)).float()


@torch.inference_mode()
def logits(model: CsmModel) -> Tensor:
    return model.codebook0_head(hidden(model)[-1:].to(model.dtype)).float()


def same(one: CsmModel, other: CsmModel) -> bool:
    return torch.equal(hidden(one), hidden(other)) and torch.equal(logits(one), logits(other))


def kinds(model: CsmModel) -> set[str]:
    layer = model.backbone.layers[0]
    return {matrix.kind for matrix in (layer.qkv, layer.output, layer.gate_up, layer.down)}


def ratio_db(wanted: Tensor, got: Tensor) -> float:
    return float(10 * torch.log10(wanted.square().sum() / (got - wanted).square().sum()))


@pytest.mark.parametrize(
    ("quantize", "kind", "least_db"),
    [("none", "none", 35), ("int8", "int8", 25), ("int4", "int4", 8)],
)
def test_each_way_is_near_the_weights(
    weights: Checkpoint, quantize: str, kind: str, least_db: float
) -> None:
    exact = load_model(weights, Plan.choose("none", "cpu", torch.float32)).model
    loaded = load(weights, None, quantize)
    assert kinds(loaded.model) == {kind}
    assert ratio_db(hidden(exact), hidden(loaded.model)) > least_db
    assert loaded.model.dtype == torch.bfloat16
    assert loaded.tokenizer_path.name == "tokenizer.json"
    assert loaded.revision == weights.revision


def test_the_heads_keep_eight_bits(weights: Checkpoint) -> None:
    model = load(weights, None, "int4").model
    assert {m.kind for m in (model.codebook0_head, *model.depth_heads)} == {"int8"}
    assert model.depth.layers[0].down.kind == "int4"


@pytest.mark.parametrize("quantize", ["int8", "int4"])
def test_a_frame_comes_out(weights: Checkpoint, quantize: str) -> None:
    model = load(weights, None, quantize).model
    step = FrameStep(model)
    frame = step(torch.ones(32, dtype=torch.int64), step.kv.place(0, 1), GREEDY, None)
    assert frame.shape == (32,)
    assert int(frame.max()) < model.shape.codes


@pytest.mark.parametrize("quantize", ["int8", "int4"])
def test_the_second_start_reads_the_copy(
    weights: Checkpoint, tmp_path: Path, quantize: str
) -> None:
    said: list[tuple[float, str]] = []
    plan = Plan.choose(quantize, "cpu")
    first = load_model(weights, plan, cache_dir=tmp_path, progress=lambda *told: said.append(told))
    assert any(text.startswith("Converting") for _, text in said)
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    assert said[-1][0] == 1.0
    assert not list(tmp_path.glob(".tmp-*"))

    said.clear()
    second = load_model(weights, plan, cache_dir=tmp_path, progress=lambda *told: said.append(told))
    assert not any(text.startswith("Converting") for _, text in said)
    assert same(first.model, second.model)
    assert kinds(second.model) == {quantize}
    assert second.note == ""


def test_each_kind_has_its_own_copy(weights: Checkpoint, tmp_path: Path) -> None:
    for quantize in ("int8", "int4", "int8"):
        load(weights, tmp_path, quantize)
    assert len(list(tmp_path.iterdir())) == 2


def test_no_copy_of_dense_weights(weights: Checkpoint, tmp_path: Path) -> None:
    load(weights, tmp_path, "none")
    assert not list(tmp_path.iterdir())


def test_other_weights_do_not_find_the_copy(weights: Checkpoint, tmp_path: Path) -> None:
    load(weights, tmp_path / "cache")
    other = open_checkpoint(str(make_checkpoint(tmp_path / "other", seed=1)))
    assert not same(load(weights, tmp_path / "cache").model, load(other, tmp_path / "cache").model)
    assert len(list((tmp_path / "cache").iterdir())) == 2


def only(folder: Path) -> Path:
    [found] = folder.iterdir()
    return found


SPOILT: dict[str, Callable[[Path], object]] = {
    "no manifest": lambda f: (f / "manifest.json").unlink(),
    "manifest is not JSON": lambda f: (f / "manifest.json").write_text("["),
    "manifest is empty": lambda f: (f / "manifest.json").write_text("{}"),
    "a file is gone": lambda f: (f / "001.safetensors").unlink(),
    "a file is cut": lambda f: (f / "001.safetensors").write_bytes(
        (f / "001.safetensors").read_bytes()[:-1]
    ),
    "a file is another": lambda f: shutil.copy(f / "000.safetensors", f / "001.safetensors"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_damaged_copy_is_made_again(weights: Checkpoint, tmp_path: Path, case: str) -> None:
    first = load(weights, tmp_path)
    SPOILT[case](only(tmp_path))
    assert same(load(weights, tmp_path).model, first.model)
    told: list[str] = []
    load_model(
        weights,
        Plan.choose("int4", "cpu"),
        cache_dir=tmp_path,
        progress=lambda _, text: told.append(text),
    )
    assert not any(text.startswith("Converting") for text in told), "it was not mended for good"


def test_a_copy_of_another_version_goes(weights: Checkpoint, tmp_path: Path) -> None:
    load(weights, tmp_path)
    made = only(tmp_path)
    old = made.with_name(made.name.rpartition("-")[0] + "-000000000000")
    made.rename(old)
    load(weights, tmp_path)
    assert only(tmp_path) == made


def test_a_full_disk_stops_nothing(
    weights: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up while the copy is written."""
    written = iter(range(3))

    def sync(descriptor: int) -> None:
        if next(written, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("os.fsync", sync)
        loaded = load(weights, tmp_path)
    assert "could not be kept" in loaded.note
    assert "No space left on device" in loaded.note
    assert not list(tmp_path.iterdir()), "half a copy was left"
    assert same(loaded.model, load(weights, tmp_path).model)


def test_too_little_space_is_seen_before_the_work(
    weights: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    loaded = load(weights, tmp_path)
    assert "1 MB are free" in loaded.note
    assert not list(tmp_path.iterdir())


def test_a_cache_that_is_a_file(weights: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    assert "could not be kept" in load(weights, tmp_path / "cache").note


def test_auto_is_int4_without_a_graphics_card() -> None:
    plan = Plan.choose("auto", "cpu")
    assert (plan.quantization, plan.device.type, plan.label) == ("int4", "cpu", "int4-bfloat16")
    assert Plan.choose("none", "cpu").label == "bfloat16"


@pytest.mark.parametrize(
    ("quantize", "device", "expected"),
    [
        ("int2", "cpu", "none, int8, int4, auto"),
        ("auto", "tpu", "cpu, cuda, auto"),
        pytest.param(
            "auto",
            "cuda",
            "no NVIDIA graphics card",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card"),
        ),
    ],
)
def test_a_plan_that_cannot_be(quantize: str, device: str, expected: str) -> None:
    with pytest.raises(EngineUnavailableError, match=expected):
        Plan.choose(quantize, device)


def test_a_checkpoint_without_a_tokenizer(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "tiny")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(EngineUnavailableError, match=r"tokenizer\.json"):
        load(open_checkpoint(str(folder)), None)
