"""What ``doctor`` says on a Hugging Face Space with ZeroGPU."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from studio.cli import main
from tests.engines.forking import Lender


@pytest.fixture(autouse=True)
def zero_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.chdir(tmp_path)


def checks(capsys: pytest.CaptureFixture[str], model: str) -> dict[str, tuple[str, str]]:
    assert main(["doctor", "--model", model, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["checks"]
    return {check["what"]: (check["found"], check["advice"]) for check in found}


def test_it_says_that_a_card_is_lent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], csm_folder: Path
) -> None:
    spaces = ModuleType("spaces")
    spaces.GPU = Lender()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    found = checks(capsys, str(csm_folder))
    assert found["ZeroGPU"] == ("lends a graphics card for each reply of CSM", "")
    assert found["Engine csm"][0].endswith(", lent for each reply")


def test_it_says_what_is_missing_for_that(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "spaces", None)
    what, advice = checks(capsys, "owner/missing")["ZeroGPU"]
    assert "the package 'spaces' does not load" in what
    assert "restart" in advice


def test_a_person_who_wants_the_processor_gets_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VOICE_STUDIO_DEVICE", "cpu")
    assert "device is cpu" in checks(capsys, "owner/missing")["ZeroGPU"][0]
