"""The setting studio_voice: weights of one's own, and what is wrong with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from studio import Clip, SpeechRequest, Studio
from studio.audio.files import encode_wav
from studio.cli import main
from studio.engines.kokoro.network.loading import load_network
from studio.errors import EngineUnavailableError
from tests.engines.kokoro.small import small_tensors, write_small
from tests.voices import spoken

ROOT = Path(__file__).resolve().parents[3]
WORDS = "The boy was there when the sun rose."
DAMAGES = ("missing", "empty", "text", "cut short", "other tensors", "one is missing", "a folder",
           "one of another shape")  # fmt: skip


def damaged(path: Path, how: str) -> Path:
    """A file at ``path`` that is no weights of the studio voice."""
    if how == "empty":
        path.touch()
    elif how == "text":
        path.write_text("These are not weights.")
    elif how == "a folder":
        path.mkdir()
    elif how == "cut short":
        write_small(path)
        path.write_bytes(path.read_bytes()[:100_000])
    elif how == "other tensors":
        save_file({"weight": torch.zeros(3, 3)}, path)
    elif how != "missing":
        tensors = small_tensors()
        name = next(name for name in tensors if name.endswith("conv_post.weight"))
        if how == "one is missing":
            del tensors[name]
        else:
            tensors[name] = torch.zeros(2, 2)
        save_file(tensors, path)
    return path


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own weights")
    (folder / "ada.wav").write_bytes(encode_wav(spoken(WORDS)))
    with Studio.open(folder / "profiles") as studio:
        studio.create_profile("Ada", [Clip(folder / "ada.wav")], consent="A machine.")
    return folder / "profiles"


@pytest.mark.parametrize("how", DAMAGES)
def test_weights_that_cannot_be_used_are_one_sentence_and_nothing_else_breaks(
    library: Path, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = damaged(tmp_path / "mine.safetensors", how)
    monkeypatch.setenv("VOICE_STUDIO_STUDIO_VOICE", str(path))
    out = tmp_path / "a.wav"
    common = ["--profiles", str(library)]
    assert main([*common, "speak", "Ada", "Hello.", "--out", str(out)]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert "mine.safetensors" in said
    assert "Correct the setting" in said
    assert said.endswith(".")
    assert not out.exists()
    for command in (["list"], ["show", "Ada"], ["check"], ["read", "Hello."]):
        assert main([*common, *command]) == 0, command
    assert main([*common, "tune", "Ada"]) == 2
    assert "mine.safetensors" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["missing", "text"])
def test_engines_and_doctor_say_that_they_cannot_be_used(
    library: Path, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = damaged(tmp_path / "mine.safetensors", how)
    monkeypatch.setenv("VOICE_STUDIO_STUDIO_VOICE", str(path))
    for command in ("engines", "doctor"):
        main(["--profiles", str(library), command])
        assert "mine.safetensors" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name",
    [
        "bert.encoder.albert_layer_groups.0.albert_layers.0.ffn.weight",
        "text_encoder.embedding.weight",
        "decoder.encode.conv2.bias",
    ],
)
@pytest.mark.parametrize("shape", [(), (3,), (2, 2), (0, 0)])
def test_a_shape_that_no_network_has_is_a_sentence(
    tmp_path: Path, name: str, shape: tuple[int, ...]
) -> None:
    tensors = small_tensors()
    tensors[name] = torch.zeros(shape)
    save_file(tensors, tmp_path / "own.safetensors")
    with pytest.raises(EngineUnavailableError, match=r"own\.safetensors"):
        load_network(None, tmp_path / "own.safetensors")


def test_a_start_does_not_wait_for_the_compiler_of_torch(small_voice: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from studio.engines.kokoro.network.loading import load_network\n"
        "load_network(None, pathlib.Path(sys.argv[1]))\n"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(small_voice)], check=True, cwd=ROOT)


def test_weights_of_ones_own_are_another_voice_and_its_readings_are_kept_apart(
    library: Path, tmp_path: Path
) -> None:
    said = []
    for seed in (1, 2):
        own = write_small(tmp_path / f"{seed}.safetensors", seed)
        with Studio.open(library, studio_voice=own) as studio:
            assert not studio.prepare("ada"), "read with other weights it is another reading"
            said.append(studio.speak("ada", WORDS, SpeechRequest(seed=1)).audio().samples.tobytes())
    assert said[0] != said[1]
    with Studio.open(library, studio_voice=tmp_path / "1.safetensors") as studio:
        assert (
            studio.speak("ada", WORDS, SpeechRequest(seed=1)).audio().samples.tobytes() == said[0]
        )


def test_a_home_folder_may_be_meant_by_its_sign(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_small(tmp_path / "mine.safetensors")
    with Studio.open(library, studio_voice=Path("~/mine.safetensors")) as studio:
        assert studio.speak("ada", "Hello.").audio().duration_s > 0


def test_with_its_own_weights_it_needs_no_file(
    own_weights: Path, library: Path, tmp_path: Path
) -> None:
    with Studio.open(library) as studio:
        assert studio.settings.studio_voice is None
        utterance = studio.speak("ada", "Hello there.")
        assert 0.4 < utterance.audio().duration_s < 2.5
        assert studio.engine_info("kokoro").revision.isdigit()
