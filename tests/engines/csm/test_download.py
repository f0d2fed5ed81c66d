"""Fetching a checkpoint from a hub on this machine, and everything that can come between."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest

from studio.engines.csm.files.checkpoint import open_checkpoint
from studio.engines.csm.files.download import fetch
from studio.errors import EngineUnavailableError, StorageError, StudioError
from tests.engines.csm.hub import MODEL, Hub, forget_connections, serve
from tests.engines.csm.test_checkpoint import edit_json
from tests.engines.csm.tiny import make_checkpoint


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package reads its settings when it is imported; here it may reach 127.0.0.1."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    forget_connections()
    yield
    forget_connections()


@pytest.fixture(scope="module")
def sharded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("checkpoint") / "sharded", sharded=True)


@pytest.fixture
def hub(sharded: Path, tmp_path: Path) -> Iterator[Hub]:
    folder = Path(shutil.copytree(sharded, tmp_path / "on the hub"))
    (folder / "pytorch_model.bin").write_bytes(b"not wanted")
    (folder / "README.md").write_text("not wanted")
    with serve(folder) as hub:
        yield hub


def get(hub: Hub, tmp_path: Path, **options: Any) -> Path:
    options = {"hub_cache": tmp_path / "cache", "endpoint": hub.url, "token": "mine"} | options
    return fetch(MODEL, **options)


def refusal(hub: Hub, tmp_path: Path, **options: Any) -> str:
    with pytest.raises(StudioError) as caught:
        get(hub, tmp_path, **options)
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith(".")
    return said


def test_only_what_is_needed_is_fetched(hub: Hub, tmp_path: Path, sharded: Path) -> None:
    folder = get(hub, tmp_path)
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "generation_config.json",
        "model.safetensors.index.json",
        "tokenizer.json",
        "tokenizer_config.json",
        # Newer versions of transformers do not write this one.
        *(path.name for path in sharded.glob("special_tokens_map.json")),
        *(path.name for path in sharded.glob("model-*.safetensors")),
    }
    fetched = open_checkpoint(MODEL, tmp_path / "cache")
    assert fetched.folder == folder
    assert fetched.revision == open_checkpoint(str(sharded)).revision


def test_progress_is_in_bytes(hub: Hub, tmp_path: Path) -> None:
    said: list[tuple[float, str]] = []
    get(hub, tmp_path, progress=lambda *told: said.append(told))
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    assert said[-1] == (1.0, f"{MODEL} is here")
    assert said[-2][0] == 1.0
    assert said[-2][1].startswith(f"Fetching {MODEL}: ")
    assert said[-2][1].endswith(" GB")


def test_a_second_fetch_fetches_nothing(hub: Hub, tmp_path: Path) -> None:
    folder = get(hub, tmp_path)
    hub.fetched.clear()
    assert get(hub, tmp_path) == folder
    assert hub.fetched == []


def test_a_download_that_broke_off_goes_on(hub: Hub, tmp_path: Path, sharded: Path) -> None:
    shard = max(sharded.glob("model-*"), key=lambda path: path.stat().st_size).name
    hub.cut_file, hub.cut = shard, 12_000_000  # it is written 10 MiB at a time
    if int(huggingface_hub.__version__.split(".")[0]) < 1:  # later ones go on by themselves
        said = refusal(hub, tmp_path)
        assert "broke off" in said
        assert "what has arrived is kept" in said
    before = list(hub.fetched)
    hub.fetched.clear()
    folder = get(hub, tmp_path)
    assert hub.ranges == [shard]
    assert hub.fetched[0] == shard or not before
    assert not set(before) - {shard} & set(hub.fetched)
    assert (folder / shard).read_bytes() == (sharded / shard).read_bytes()


def test_the_form_that_the_configuration_names(hub: Hub, tmp_path: Path) -> None:
    """Sesame's repository: its own form under the usual name, and the one wanted."""
    for path in hub.folder.glob("model*"):
        path.unlink()
    single = make_checkpoint(tmp_path / "single")
    (single / "model.safetensors").rename(hub.folder / "transformers.safetensors")
    (hub.folder / "model.safetensors").write_bytes(b"Sesame's own")
    edit_json(hub.folder / "config.json", transformers_weights="transformers.safetensors")
    folder = get(hub, tmp_path)
    assert [path.name for path in folder.glob("*.safetensors")] == ["transformers.safetensors"]


def test_a_gated_model(hub: Hub, tmp_path: Path) -> None:
    hub.token = "somebody"
    said = refusal(hub, tmp_path)
    assert f"Ask for access on {hub.url}/{MODEL}" in said
    assert "hf auth login" in said
    assert "HF_TOKEN" in said
    assert get(hub, tmp_path, token="somebody").is_dir()


def test_a_token_that_is_not_enough(hub: Hub, tmp_path: Path) -> None:
    hub.token, hub.gated = "somebody", False
    assert "whether access has been granted" in refusal(hub, tmp_path)


def test_no_such_model(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="There is no model anna/other"):
        fetch("anna/other", hub_cache=tmp_path, endpoint=hub.url, token="mine")


@pytest.mark.parametrize("name", ["/a/folder", "./anna/voice", "csm", "a/b/c", ""])
def test_nothing_to_fetch(name: str, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="nothing to fetch"):
        fetch(name, hub_cache=tmp_path)


def test_no_network(hub: Hub, tmp_path: Path) -> None:
    hub.server_close()
    said = refusal(hub, tmp_path)
    assert "Check the network" in said


def test_offline_by_wish(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    forget_connections()
    assert "HF_HUB_OFFLINE" in refusal(hub, tmp_path)


def test_a_hub_in_trouble(hub: Hub, tmp_path: Path) -> None:
    hub.status = 500
    assert "it answered 500" in refusal(hub, tmp_path)


def test_too_little_space(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(StorageError, match=r"only 0\.0 GB are free"):
        get(hub, tmp_path)
    assert not any("model-" in name for name in hub.fetched)


def test_the_disk_fills_up(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huggingface_hub.file_download.http_get", full)
    with pytest.raises(StorageError, match="is full"):
        get(hub, tmp_path)


@pytest.mark.parametrize("lost", ["config.json", "tokenizer.json"])
def test_a_repository_of_another_kind(hub: Hub, tmp_path: Path, lost: str) -> None:
    (hub.folder / lost).unlink()
    assert f"it has no {lost}" in refusal(hub, tmp_path)
    assert not any("model-" in name for name in hub.fetched)


def test_another_model_is_refused_before_its_weights(hub: Hub, tmp_path: Path) -> None:
    edit_json(hub.folder / "config.json", model_type="llama")
    assert "not csm" in refusal(hub, tmp_path)
    assert hub.fetched == ["config.json"]


def test_no_safetensors(hub: Hub, tmp_path: Path) -> None:
    for path in hub.folder.glob("model*"):
        path.unlink()
    assert "no weights as safetensors" in refusal(hub, tmp_path)
