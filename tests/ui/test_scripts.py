"""The page's scripts by themselves, in node's own test runner."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).with_name("scripts")


def test_the_player_keeps_its_promises_sample_by_sample() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node here")
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    if int(version.lstrip("v").partition(".")[0]) < 20:
        pytest.skip(f"node {version.strip()} has no test runner of its own; 20 has")
    tests = sorted(str(path) for path in SCRIPTS.glob("*.test.mjs"))
    done = subprocess.run([node, "--test", *tests], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-4_000:]
