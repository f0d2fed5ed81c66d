"""Finding and opening a checkpoint, and every way in which it can be bad."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.engines.csm.files.checkpoint import CODEC_PREFIX, open_checkpoint
from studio.errors import EngineUnavailableError
from tests.engines.csm.tiny import make_checkpoint

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
A_WEIGHT = "backbone_model.layers.1.mlp.down_proj.weight"


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("checkpoint") / "single")


@pytest.fixture(scope="module")
def sharded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("checkpoint") / "sharded", sharded=True)


@pytest.fixture
def copy(single: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(single, tmp_path / "copy"))


def refusal(folder: Path | str, hub_cache: Path | None = None) -> str:
    with pytest.raises(EngineUnavailableError) as caught:
        open_checkpoint(str(folder), hub_cache)
    return str(caught.value)


def edit_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_weights(folder: Path, edit: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    tensors = load_file(folder / WEIGHTS)
    edit(tensors)
    save_file(tensors, folder / WEIGHTS, {"format": "pt"})


def test_single_and_sharded_are_the_same_weights(single: Path, sharded: Path) -> None:
    one, many = open_checkpoint(str(single)), open_checkpoint(str(sharded))
    assert len(one.files) == 1
    assert len(many.files) > 1
    assert one.entries.keys() == many.entries.keys()
    for name, tensor in load_file(single / WEIGHTS).items():
        assert torch.equal(one.tensor(name), tensor)
        assert torch.equal(many.tensor(name), tensor)
    assert one.revision == many.revision
    assert one.tokenizer_path == single / "tokenizer.json"


def test_the_codec_is_among_the_tensors(single: Path) -> None:
    codec = open_checkpoint(str(single)).tensors(CODEC_PREFIX)
    assert any(name.endswith("codebook.embed_sum") for name in codec)
    assert len(codec) == sum(n.startswith(CODEC_PREFIX) for n in load_file(single / WEIGHTS))


def test_an_unknown_tensor_is_a_key_error(single: Path) -> None:
    with pytest.raises(KeyError):
        open_checkpoint(str(single)).tensor("nothing.weight")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_narrow_weights(tmp_path: Path, dtype: torch.dtype) -> None:
    folder = make_checkpoint(tmp_path / "narrow", dtype=dtype)
    assert open_checkpoint(str(folder)).tensor(A_WEIGHT).dtype == dtype


@pytest.mark.parametrize("where", [0, 0.5, 1])
def test_the_revision_sees_other_weights(copy: Path, single: Path, where: float) -> None:
    def change(tensors: dict[str, torch.Tensor]) -> None:
        flat = tensors[A_WEIGHT].view(-1)
        flat[round(where * (len(flat) - 1))] += 1.0

    edit_weights(copy, change)
    assert open_checkpoint(str(copy)).revision != open_checkpoint(str(single)).revision


def test_the_revision_sees_another_configuration(copy: Path, single: Path) -> None:
    edit_json(copy / "config.json", rope_theta=10_000)
    assert open_checkpoint(str(copy)).revision != open_checkpoint(str(single)).revision


def test_the_configuration_says_which_file_it_is(copy: Path, single: Path) -> None:
    """Sesame's repository has its own weights under the usual name."""
    (copy / WEIGHTS).rename(copy / "transformers.safetensors")
    save_file({"text_embeddings.weight": torch.zeros(2, 2)}, copy / WEIGHTS)
    assert "Sesame's own form" in refusal(copy)
    edit_json(copy / "config.json", transformers_weights="transformers.safetensors")
    found = open_checkpoint(str(copy))
    assert found.files == (copy / "transformers.safetensors",)
    assert torch.equal(found.tensor(A_WEIGHT), open_checkpoint(str(single)).tensor(A_WEIGHT))


def in_hub_cache(folder: Path, cache: Path, name: str = "models--anna--voice") -> Path:
    """``folder`` as a download would have left it."""
    repository = cache / name
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("c0ffee")
    return Path(shutil.copytree(folder, repository / "snapshots" / "c0ffee"))


def test_a_hub_id_is_found_in_the_cache(single: Path, tmp_path: Path) -> None:
    snapshot = in_hub_cache(single, tmp_path)
    assert open_checkpoint("anna/voice", tmp_path).folder == snapshot
    said = refusal("anna/other", tmp_path)
    assert "anna/other is not on this machine" in said
    assert "fetch csm" in said


def test_a_folder_goes_before_a_hub_id(
    single: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_hub_cache(single, tmp_path / "hub")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(single, "anna/voice")
    assert open_checkpoint("anna/voice", tmp_path / "hub").folder == Path("anna/voice")


@pytest.mark.parametrize("name", ["/nowhere/at/all", "./anna/voice", "~/anna", "voice", ""])
def test_no_such_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = refusal(name, tmp_path)
    assert "There is no folder" in said or "has no config.json" in said


def test_an_interrupted_download(sharded: Path, tmp_path: Path) -> None:
    snapshot = in_hub_cache(sharded, tmp_path)
    lost = sorted(snapshot.glob("model-*.safetensors"))[1]
    lost.unlink()
    said = refusal("anna/voice", tmp_path)
    assert f"{lost.name} is missing" in said
    assert "goes on where it stopped" in said


def truncate(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


BAD: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no config": (lambda f: (f / "config.json").unlink(), "has no config.json"),
    "config is not JSON": (lambda f: (f / "config.json").write_text("{"), "not a JSON object"),
    "config is a list": (lambda f: (f / "config.json").write_text("[]"), "not a JSON object"),
    "config is nested too deep": (
        lambda f: (f / "config.json").write_text("[" * 100_000),
        "not a JSON object",
    ),
    "another model": (
        lambda f: edit_json(f / "config.json", model_type="llama"),
        "type llama, not csm",
    ),
    "no weights": (lambda f: (f / WEIGHTS).unlink(), "has no weights"),
    "a pickle only": (
        lambda f: (f / WEIGHTS).rename(f / "pytorch_model.bin"),
        "Convert it to safetensors",
    ),
    "cut in the data": (lambda f: truncate(f / WEIGHTS, 100_000), "is cut short"),
    "cut in the header": (lambda f: truncate(f / WEIGHTS, 100), "is cut short"),
    "empty": (lambda f: truncate(f / WEIGHTS, 0), "is cut short"),
    "something else": (
        lambda f: (f / WEIGHTS).write_bytes(b"PK\3\4" + bytes(200)),
        "is not a safetensors file",
    ),
    "a pointer": (
        lambda f: (f / WEIGHTS).write_text("version https://git-lfs.github.com/spec/v1\n" * 3),
        "Git LFS pointer",
    ),
    "no such named file": (
        lambda f: edit_json(f / "config.json", transformers_weights="other.safetensors"),
        "other.safetensors is missing",
    ),
    "index without files": (lambda f: (f / INDEX).write_text("{}"), "does not say which files"),
    "index that leads out": (
        lambda f: (f / INDEX).write_text('{"weight_map": {"a": "../a.safetensors"}}'),
        "does not say which files",
    ),
    "index of another file": (
        lambda f: (f / INDEX).write_text('{"weight_map": {"a": "a.safetensors"}}'),
        "a.safetensors is missing",
    ),
    "tensor missing": (
        lambda f: edit_weights(f, lambda tensors: tensors.pop(A_WEIGHT)),
        f"{A_WEIGHT} is missing. ",
    ),
    "tensors renamed": (
        lambda f: edit_weights(
            f,
            lambda t: [
                t.update({f"model.{name}": t.pop(name)}) for name in list(t) if "layers" in name
            ],
        ),
        "and ",
    ),
    "wrong shape": (
        lambda f: edit_weights(f, lambda t: t.update({A_WEIGHT: torch.zeros(128, 255)})),
        "[128, 255], not [128, 256]",
    ),
    "wrong type": (
        lambda f: edit_weights(
            f, lambda t: t.update({A_WEIGHT: torch.zeros(128, 256, dtype=torch.int8)})
        ),
        "of type I8, not float32",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_bad_is_said_in_a_sentence(copy: Path, case: str) -> None:
    spoil, expected = BAD[case]
    spoil(copy)
    said = refusal(copy)
    assert expected in said
    assert "\n" not in said
    assert said.endswith(".")
    assert len(said) < 400


def test_a_file_instead_of_its_folder(single: Path) -> None:
    assert "Name the folder" in refusal(single / WEIGHTS)


def test_no_tokenizer(copy: Path) -> None:
    (copy / "tokenizer.json").unlink()
    with pytest.raises(EngineUnavailableError, match=r"has no tokenizer\.json"):
        _ = open_checkpoint(str(copy)).tokenizer_path


def test_one_audio_table_is_enough_and_none_is_too_few(copy: Path) -> None:
    """The two are tied in the real checkpoint and one of them is written; newer versions of
    transformers write both."""
    tables = [
        "backbone_model.embed_tokens.embed_audio_tokens.weight",
        "depth_decoder.model.embed_tokens.weight",
    ]
    there = [name for name in tables if name in open_checkpoint(str(copy)).entries]
    edit_weights(copy, lambda t: [t.pop(name) for name in there[1:]])
    other = next(name for name in tables if name != there[0])
    edit_weights(copy, lambda t: t.update({other: t.pop(there[0])}))
    assert other in open_checkpoint(str(copy)).entries
    edit_weights(copy, lambda t: t.pop(other))
    assert f"{tables[0]} is missing, and 1 more" in refusal(copy)
