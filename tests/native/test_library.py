"""Compiling what is compiled on the spot, and what is said where that fails."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from studio.native.library import NativeUnavailableError, compile_library


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "twice.c"
    path.write_text("int twice(int x) { return FACTOR * x; }", encoding="ascii")
    return path


def compiler_or_skip() -> None:
    if not any(map(shutil.which, ("cc", "gcc", "clang"))):
        pytest.skip("there is no C compiler")


def test_the_library_computes_and_leaves_nothing_on_disk(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler_or_skip()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    assert compile_library(source, ("-DFACTOR=2",)).twice(21) == 42
    assert not list(scratch.iterdir())


def test_no_compiler(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NativeUnavailableError, match=r"no C compiler \(cc, gcc or clang\)"):
        compile_library(source)


def test_a_compiler_that_fails_says_what_it_missed(source: Path) -> None:
    compiler_or_skip()
    with pytest.raises(NativeUnavailableError, match=r"cannot compile it.*FACTOR"):
        compile_library(source)
