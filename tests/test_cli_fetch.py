"""``fetch`` on the command line, from a hub on this machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
import torch

from studio.cli import main
from tests.engines.csm.hub import MODEL, Hub, serve
from tests.engines.csm.tiny import make_checkpoint


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("checkpoint") / "sharded", sharded=True)


@pytest.fixture
def hub(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub that the package, which reads its settings when it is imported, talks to."""
    folder = Path(shutil.copytree(checkpoint, tmp_path / "on the hub"))
    with serve(folder) as hub:
        constants = huggingface_hub.constants
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub cache"))
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, hub.url)
        monkeypatch.setattr("huggingface_hub.file_download.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no token"))
        for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        huggingface_hub.utils.reset_sessions()
        yield hub
    huggingface_hub.utils.reset_sessions()


def fetch(tmp_path: Path, *options: str) -> int:
    common = ["--profiles", str(tmp_path / "profiles"), "--model", MODEL]
    return main([*common, "fetch", "csm", *options])


def refusal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert fetch(tmp_path) == 2
    said = capsys.readouterr()
    assert said.out == ""
    sentence = said.err.strip().splitlines()[-1]
    assert sentence.endswith(".")
    assert "Traceback" not in said.err
    return sentence


def test_what_was_fetched_can_run(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.folder = make_checkpoint(
        tmp_path / "with the codec", codec="full", dtype=torch.bfloat16, sharded=True
    )
    assert fetch(tmp_path, "--json") == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["engine"], done["model"]) == ("csm", MODEL)
    files = [*Path(done["path"]).glob("*.safetensors")]
    assert done["bytes"] == sum(path.stat().st_size for path in files) > 0
    assert main(["--model", MODEL, "engines", "--json"]) == 0
    csm = json.loads(capsys.readouterr().out)["engines"][0]
    assert (csm["name"], csm["available"]) == ("csm", True)
    hub.fetched.clear()
    assert fetch(tmp_path) == 0
    assert hub.fetched == []


def test_without_a_token_it_is_said_how_to_get_access(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.token = "somebody else's"
    assert "Ask for access" in refusal(tmp_path, capsys)


def test_a_download_that_broke_off_is_gone_on_with(
    hub: Hub, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = max(checkpoint.glob("model-*.safetensors"), key=lambda path: path.stat().st_size)
    hub.cut_file, hub.cut = whole.name, whole.stat().st_size // 2
    status = fetch(tmp_path)  # the package may go on by itself
    capsys.readouterr()
    assert status == 0 or fetch(tmp_path) == 0
    assert whole.name in hub.ranges


def test_a_hub_out_of_reach_is_the_network(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = hub.url.rpartition(":")[0] + ":9"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", gone)
    assert "network" in refusal(tmp_path, capsys)


def test_a_folder_on_this_machine_is_not_fetched(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--model", str(checkpoint), "fetch", "csm"]) == 2
    assert "already" in capsys.readouterr().err
