"""What a graphics card would do, done here by Triton's interpreter where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

CHECKS = Path(__file__).with_name("card_checks.py")
ROOT = Path(__file__).parents[3]


def test_the_kernels_say_what_torch_says() -> None:
    """In another process: Triton has to be told before it is imported, and torch imports it."""
    pytest.importorskip("triton", reason="triton is made for Linux only")
    interpret = "0" if torch.cuda.is_available() else "1"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(CHECKS)],
        env={**os.environ, "TRITON_INTERPRET": interpret},
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout[-4_000:]
