"""Leaving while CSM is loaded is quiet, does not wait for it, and leaves nothing half made."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from studio.audio.files import encode_wav
from studio.core.voices.making import Clip
from studio.studio import Studio
from tests.engines.csm.tiny import make_checkpoint
from tests.voices import spoken

ROOT = Path(__file__).resolve().parents[1]

WORDS = "The birch canoe slid on the smooth planks."

CONVERTING = """
import os, sys, threading

converting = threading.Event()

def watch(event, arguments):
    if event != "open" or ".tmp-" not in str(arguments[0]) or converting.is_set():
        return
    if {wait}:
        sys.stdin.readline()
    converting.set()
    print("converting", flush=True)

sys.addaudithook(watch)
"""
"""Says when the first converted weights are written, and first waits to be told to."""

APP = """
import runpy

def answer():
    converting.wait()
    import torch
    while True:
        torch.ones(64, 64) @ torch.ones(64, 64)

threading.Thread(target=answer, daemon=True).start()
sys.argv[0] = "app.py"
runpy.run_path({app!r}, run_name="__main__")
"""
"""With a thread in native code, which one that answers a page may be in."""

COMMAND = "import runpy\nrunpy.run_module('studio', run_name='__main__', alter_sys=True)\n"

LIBRARY = """
from studio import Studio

with Studio.open() as studio:
    threading.Thread(target=studio.warm_up, daemon=True).start()
    converting.wait()
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that takes seconds to convert, in many small steps."""
    folder = tmp_path_factory.mktemp("csm") / "deep"
    return make_checkpoint(folder, codec="full", dtype=torch.bfloat16, layers=200)


@contextmanager
def running(
    script: str, *arguments: str, wait: bool, folder: Path, model: Path
) -> Iterator[subprocess.Popen[str]]:
    settings = {
        "PROFILES_DIR": str(folder / "profiles"),
        "CACHE_DIR": str(folder / "cache"),
        "MODEL": str(model),
        "DEVICE": "cpu",
        "QUANTIZE": "int4",
        "PORT": "0",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", CONVERTING.format(wait=wait) + script, *arguments],
        cwd=folder,
        env={
            **os.environ,
            **{f"VOICE_STUDIO_{name}": value for name, value in settings.items()},
            "GRADIO_TEMP_DIR": str(folder / "gradio"),
            "PYTHONPATH": str(ROOT),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdout is not None
    assert any(words in line for line in process.stdout), "it ended before it said so"


def assert_nothing_was_made(folder: Path) -> None:
    """Neither half a copy of the weights nor, as if it had waited for that, a whole one."""
    assert list((folder / "cache").iterdir()) == []


def test_ctrl_c_while_the_page_is_open_and_csm_is_loaded(tmp_path: Path, model: Path) -> None:
    with Studio.open(tmp_path / "profiles") as studio:
        studio.store.mark_done("starter-voices")  # loading begins at once
    script = APP.format(app=str(ROOT / "app.py"))
    with running(script, wait=True, folder=tmp_path, model=model) as app:
        wait_for(app, "http://")
        assert app.stdin is not None
        app.stdin.write("\n")
        app.stdin.flush()
        wait_for(app, "converting")
        app.send_signal(signal.SIGINT)
        _, said = app.communicate(timeout=120)
    assert (app.returncode, said) == (0, "")
    assert_nothing_was_made(tmp_path)


def test_ctrl_c_while_a_command_loads_csm(tmp_path: Path, model: Path) -> None:
    clip = tmp_path / "ada.wav"
    clip.write_bytes(encode_wav(spoken(WORDS)))
    with Studio.open(tmp_path / "profiles") as studio:
        studio.create_profile("Ada", [Clip(clip, transcript=WORDS)], consent="A machine.")
    asked = ("speak", "Ada", "Hello.", "--out", "hello.wav", "--engine", "csm")
    with running(COMMAND, *asked, wait=False, folder=tmp_path, model=model) as command:
        wait_for(command, "converting")
        command.send_signal(signal.SIGINT)
        out, said = command.communicate(timeout=120)
    assert (command.returncode, out, said) == (130, "", "")
    assert not list(tmp_path.glob("*hello*"))
    assert_nothing_was_made(tmp_path)


def test_the_end_of_a_script_while_its_studio_warms_up(tmp_path: Path, model: Path) -> None:
    with running(LIBRARY, wait=False, folder=tmp_path, model=model) as script:
        out, said = script.communicate(timeout=120)
    assert (script.returncode, out, said) == (0, "converting\n", "")
    assert_nothing_was_made(tmp_path)
