"""The command line with CSM: a small checkpoint in the real format, real files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray
from safetensors import safe_open

from studio.audio.files import encode_wav
from studio.cli import main
from studio.codec.mimi import MimiCodec
from studio.codec.mimi_weights import MimiWeights
from studio.engines.csm.talk.speak import CHUNK, RAMP
from studio.types import FRAME_SAMPLES
from tests.voices import spoken

OPTIONS = ("--seed", "5", "--temperature", "0.5")
WORDS = "The birch canoe slid on the smooth planks."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, csm_folder: Path) -> Iterator[Path]:
    """A checkpoint, a library with the voice Ada, and room for what is written."""
    folder = tmp_path_factory.mktemp("cli-csm")
    (folder / "model").symlink_to(csm_folder)
    (folder / "ada.wav").write_bytes(encode_wav(spoken(WORDS)))
    making = [str(folder / "ada.wav"), "--transcript", WORDS, "--consent", "A machine."]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    assert main(["--profiles", str(folder / "profiles"), "build", "Ada", *making]) == 0
    yield folder
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def own_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_STUDIO_CACHE_DIR", str(folder / "cache"))


def run(folder: Path, *arguments: str, model: str = "model") -> int:
    common = ["--profiles", str(folder / "profiles"), "--model", str(folder / model)]
    return main([*common, *arguments])


def codes_in(path: Path) -> tuple[NDArray[np.int16], dict[str, str]]:
    with safe_open(path, "np") as file:  # type: ignore[no-untyped-call]
        return file.get_tensor("codes"), file.metadata()


def say(folder: Path, name: str, *options: str) -> tuple[Path, NDArray[np.int16]]:
    sound, codes = folder / f"{name}.wav", folder / f"{name}.safetensors"
    out = ["--out", str(sound), "--codes", str(codes)]
    assert run(folder, "speak", "Ada", "Hello there, my friend.", *out, *options) == 0
    return sound, codes_in(codes)[0]


@pytest.fixture(scope="module")
def said(folder: Path) -> tuple[Path, NDArray[np.int16]]:
    """Sound and codes of what Ada says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICE_STUDIO_CACHE_DIR", str(folder / "cache"))
        return say(folder, "said", *OPTIONS)


def test_the_codes_that_are_written_are_those_that_are_heard(
    folder: Path, said: tuple[Path, NDArray[np.int16]]
) -> None:
    sound, codes = said
    assert codes.dtype == np.int16
    assert codes.shape[0] == 32
    codec = MimiCodec(MimiWeights.open(folder / "model" / "model.safetensors"))
    # In chunks as the engine decodes them: a random codec is so loud that in others the rounding of
    # float32 would show.
    starts = [0, *accumulate(RAMP), *range(sum(RAMP) + CHUNK, codes.shape[1], CHUNK)]
    with codec.stream() as stream:
        whole = np.concatenate(
            [stream.decode(part) for part in np.split(codes, starts[1:], axis=1)]
        )
    samples, _ = soundfile.read(sound, dtype="float32")
    assert len(whole) == codes.shape[1] * FRAME_SAMPLES <= len(samples)
    heard = samples[: len(whole)]
    np.testing.assert_allclose(heard, np.clip(whole, -1.0, 1.0), rtol=0, atol=1e-4)


@pytest.mark.usefixtures("said")
def test_the_file_of_codes_says_what_made_it(folder: Path) -> None:
    _, about = codes_in(folder / "said.safetensors")
    assert about["engine"] == "csm"
    assert (about["seed"], about["temperature"]) == ("5", "0.5")


def test_the_same_seed_gives_the_same_codes_and_no_voice_gives_others(
    folder: Path, said: tuple[Path, NDArray[np.int16]]
) -> None:
    _, first = said
    _, again = say(folder, "again", *OPTIONS)
    _, without = say(folder, "without", *OPTIONS, "--no-voice")
    np.testing.assert_array_equal(first, again)
    assert first.shape != without.shape or (first != without).any()


def test_an_engine_without_codes_is_refused_before_it_reads_the_voice(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(folder / "x.wav"), "--codes", str(folder / "x.safetensors")]
    assert run(folder, "speak", "Ada", "Hello.", *out, "--engine", "kokoro") == 2
    assert "makes no codes" in capsys.readouterr().err
    assert not (folder / "x.safetensors").exists()
    assert not [*folder.rglob("cached_context/kokoro-*")]


@pytest.mark.parametrize("place", ["x.wav", "missing/x.safetensors", ".", "/proc/x.safetensors"])
def test_codes_that_cannot_be_written_are_one_sentence(
    folder: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(folder / "x.wav"), "--codes", str(folder / place)]
    assert run(folder, "speak", "Ada", "Hello.", *out) == 2
    assert_a_sentence(capsys)
    assert not [*folder.glob("**/.*.part")]


def assert_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    said = capsys.readouterr().err.strip()
    assert "\n" not in said
    assert said.endswith(".")
    assert "Error" not in said
    assert "Traceback" not in said


def test_doctor_says_what_is_here_and_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "doctor", "--json") == 0
    assert "csm" in json.dumps(_json(capsys))
    assert run(folder, "doctor", model="missing") == 0
    assert "What to do" in capsys.readouterr().out


def test_fetching_for_an_engine_that_needs_nothing_is_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "fetch", "kokoro") == 2
    assert capsys.readouterr().err.strip().endswith(".")


def _json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found
