"""What is wrong with the app's arguments is said in one sentence, before anything is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "high"],
        ["--port", "-1"],
        ["--port", "70000"],
        ["--port"],
        ["--quantize", "int3"],
        ["--model", ""],
        ["--model"],
        ["--profiles"],
        ["--modell", "here"],
        ["--prof", "here"],
        ["here"],
    ],
    ids=" ".join,
)
def test_a_wrong_argument_is_one_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    import app

    assert app.main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (sentence,) = said.err.splitlines()
    assert sentence.endswith(".")
    assert len(sentence) > 15
    assert "Error" not in sentence


def test_a_process_ends_with_2_and_without_a_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "--quantize", "int3"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "int3" in done.stderr
    assert [*tmp_path.iterdir()] == []
