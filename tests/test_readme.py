"""What the README tells people to type works as it stands."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from studio.audio.files import encode_wav
from studio.cli import main
from tests.voices import spoken

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two recordings, as a reader of the README would have them."""
    folder = tmp_path_factory.mktemp("readme")
    words = "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue wall."
    (folder / "anna.wav").write_bytes(encode_wav(spoken(words, voice="en-us+f1")))
    (folder / "ben.wav").write_bytes(encode_wav(spoken(words)))
    return folder


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HF_HUB_OFFLINE": "1"}
        | {name: value for name, value in os.environ.items() if name.startswith("VOICE_STUDIO_")},
        capture_output=True,
        text=True,
        timeout=240,
    )


def test_every_command_line_works(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first one as it is typed; the others in this process, for each start takes seconds."""
    lines = [
        line
        for block in blocks("bash")
        for line in block.splitlines()
        if line.startswith("python -m studio ")
    ]
    assert len(lines) >= 10
    done = run([sys.executable, *shlex.split(lines[0])[1:]], workplace)
    assert done.returncode == 0, f"{lines[0]}\n{done.stdout}\n{done.stderr}"
    monkeypatch.chdir(workplace)
    for line in lines[1:]:
        status = main(shlex.split(line)[3:])
        said = capsys.readouterr()
        assert status == 0, f"{line}\n{said.out}\n{said.err}"
    assert (workplace / "hello.wav").stat().st_size > 40_000
    assert len(list((workplace / "takes").glob("*.wav"))) == 2


def test_the_python_example_works(workplace: Path) -> None:
    examples = blocks("python")
    assert examples
    for example in examples:
        done = run([sys.executable, "-c", example], workplace)
        assert done.returncode == 0, done.stderr


def test_make_knows_the_commands_it_names() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    named = re.findall(r"^make (\w+)", "\n".join(blocks("bash")), flags=re.MULTILINE)
    assert named == ["run", "test"]
    assert set(named) <= set(targets)


def test_the_pictures_and_pages_it_links_exist() -> None:
    links = re.findall(r"\]\(((?!https?:)[^)#]+)\)", README)
    assert links
    for link in links:
        assert (ROOT / link).is_file(), link


def test_the_front_matter_is_what_a_space_needs() -> None:
    front = dict(
        line.split(": ", 1) for line in README.split("---")[1].strip().splitlines() if ": " in line
    )
    assert front["sdk"] == "gradio"
    assert front["app_file"] == "app.py"
    assert front["python_version"].strip('"') == "3.11"
    requirements = (ROOT / "requirements.txt").read_text()
    pinned = re.search(r"^gradio\[oauth\]==(\S+)", requirements, re.MULTILINE)
    assert pinned is not None
    assert front["sdk_version"] == pinned[1]
