"""The command line with weights that are broken, and with what does not fit into a model."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.audio.files import encode_wav
from studio.cli import main
from tests.engines.csm.broken import DAMAGES, damage, make_other_weights
from tests.engines.csm.tiny import make_checkpoint
from tests.voices import spoken

WORDS = "The birch canoe slid on the smooth planks."
POSITIONS = 256

SAID = {
    "missing": "There is no folder",
    "truncated": "is cut short",
    "header only": "is cut short or is not a safetensors file",
    "renamed": "is not complete",
    "no tokenizer": "has no tokenizer.json",
    "spoilt tokenizer": "The tokenizer tokenizer.json of the model is missing or damaged",
    "not CSM": "not csm",
    "not JSON": "is damaged: it is not a JSON object",
    "wrong shape": "do not fit its config.json",
    "wrong dtype": "is of type I8",
    "codec incomplete": "The codec's weights are not complete",
    "codec of wrong shape": "The codec's weights are not Mimi's",
    "codec of wrong dtype": "The codec's weights are not Mimi's",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A whole checkpoint of few positions, a library with the voice Ada, room for the rest."""
    folder = tmp_path_factory.mktemp("cli-csm-bad")
    make_checkpoint(
        folder / "whole", codec="full", ends=True, sharded=True, max_positions=POSITIONS
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    build(folder, "Ada", pitch=40)
    yield folder
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def own_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_STUDIO_CACHE_DIR", str(folder / "cache"))


def run(folder: Path, *arguments: str, model: str = "whole") -> int:
    common = ["--profiles", str(folder / "profiles"), "--model", str(folder / model)]
    return main([*common, *arguments])


def build(folder: Path, name: str, pitch: int, command: str = "build") -> None:
    clip = folder / f"{name}-{pitch}.wav"
    clip.write_bytes(encode_wav(spoken(WORDS, pitch=pitch)))
    words = ["--transcript", WORDS, "--consent", "A machine."]
    assert run(folder, command, name, str(clip), *words) == 0


def speak(folder: Path, name: str, text: str, *options: str, model: str = "whole") -> int:
    out = folder / "spoken.wav"
    out.unlink(missing_ok=True)
    status = run(folder, "speak", name, text, "--out", str(out), *options, model=model)
    assert out.exists() == (status == 0)
    return status


def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command with --json said, with nothing beside it."""
    said = capsys.readouterr()
    assert said.err == ""
    return json.loads(said.out)


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence, or two, in which a command said what is wrong."""
    said = capsys.readouterr()
    assert said.out == ""
    line = said.err.removesuffix("\n")
    assert line.endswith(".")
    assert "\n" not in line
    assert "Error" not in line
    return line


def saved(folder: Path, voice: str) -> dict[str, bytes]:
    """The clips of a voice, which nothing could make again."""
    root = folder / "profiles" / "local" / voice
    clips = [path for kind in ("reference", "originals") for path in (root / kind).iterdir()]
    assert clips
    return {str(path.relative_to(root)): path.read_bytes() for path in clips}


def contexts(folder: Path, voice: str) -> set[str]:
    kept = folder / "profiles" / "local" / voice / "cached_context"
    return {path.name for path in kept.glob("csm-*")}


@pytest.mark.parametrize("how", SAID)
def test_broken_weights_are_one_sentence_and_auto_speaks_with_the_studio_voice(
    folder: Path, tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = saved(folder, "ada")
    model = tmp_path / "model"
    if how != "missing":
        shutil.copytree(folder / "whole", model, copy_function=os.link)
        damage(model, how)
    capsys.readouterr()

    assert speak(folder, "Ada", "Hello.", "--engine", "csm", model=str(model)) == 2
    said = complaint(capsys)
    assert SAID[how] in said
    assert run(folder, "engines", "--json", model=str(model)) == 0
    engines = {row["name"]: row for row in answer(capsys)["engines"]}
    assert (engines["csm"]["available"], engines["csm"]["reason"]) == (False, said)
    assert speak(folder, "Ada", "Hello.", "--json", model=str(model)) == 0
    done = answer(capsys)
    assert done["engine"] == "kokoro"
    assert done["passed_over"] == [said]
    assert run(folder, "check", model=str(model)) == 0
    assert saved(folder, "ada") == before


def test_what_shows_only_when_csm_is_loaded_leaves_the_studio_voice_to_auto(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = Path(shutil.copytree(folder / "whole", tmp_path / "model", copy_function=os.link))
    damage(model, "codec that is not a number")
    build(folder, "Eve", pitch=45)
    try:
        capsys.readouterr()
        assert speak(folder, "Eve", "Hello.", "--engine", "csm", model=str(model)) == 2
        said = complaint(capsys)
        assert "holds values that are not numbers" in said
        assert speak(folder, "Eve", "Hello.", "--json", model=str(model)) == 0
        done = answer(capsys)
        assert done["engine"] == "kokoro"
        assert done["passed_over"][0].startswith(said)
        assert speak(folder, "Eve", "Hello.", model=str(model)) == 0
        assert said in capsys.readouterr().out
        takes = ["--out-dir", str(tmp_path / "takes")]
        assert run(folder, "compare", "Hello.", "Eve", "Ada", *takes, model=str(model)) == 0
        assert said in capsys.readouterr().out
        codes = ["--codes", str(tmp_path / "codes.safetensors")]
        assert speak(folder, "Eve", "Hello.", *codes, model=str(model)) == 2
        assert "kokoro" in complaint(capsys)
    finally:
        assert run(folder, "delete", "Eve") == 0


def test_every_damage_is_looked_at() -> None:
    assert SAID.keys() == DAMAGES.keys() | {"missing"}


def test_whole_weights_speak_and_other_ones_read_the_voice_anew_without_a_word(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Path(shutil.copytree(folder / "whole", folder / "other", copy_function=os.link))
    make_other_weights(other)
    kept = []
    for model in ("whole", "other"):
        capsys.readouterr()
        assert speak(folder, "Ada", "Hello.", "--seed", "1", "--json", model=model) == 0
        done = answer(capsys)
        assert (done["engine"], done["passed_over"], done["notes"]) == ("csm", [], []), model
        kept.append(contexts(folder, "ada"))
    assert all(kept)
    assert kept[0].isdisjoint(kept[1])


def test_a_text_longer_than_the_budget_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = saved(folder, "ada")
    capsys.readouterr()
    assert speak(folder, "Ada", "1234567890 " * 18) == 2
    assert "Say it in shorter parts." in complaint(capsys)
    assert saved(folder, "ada") == before


def test_a_voice_that_leaves_no_room_is_refused_and_the_studio_voice_speaks_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(folder, "Long", pitch=30)
    build(folder, "Long", pitch=60, command="add")
    before = saved(folder, "long")
    capsys.readouterr()
    assert speak(folder, "Long", "Hello.") == 2
    assert "Use shorter or fewer clips" in complaint(capsys)
    assert speak(folder, "Long", "Hello.", "--engine", "kokoro") == 0
    assert run(folder, "check") == 0
    assert saved(folder, "long") == before
