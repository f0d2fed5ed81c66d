"""The bench of CSM's speed, on a small checkpoint through the real command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from bench.csm_speaking import Times, add_frames, is_disturbed
from studio.cli import main
from tests.engines.csm.tiny import make_checkpoint


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Here and in the processes that are started: several are slower on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("one_thread")
def test_one_command_measures_start_memory_speech_and_voices(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = make_checkpoint(tmp_path / "model", codec="full")
    common = ["--profiles", str(tmp_path / "profiles"), "--model", str(model)]
    assert main([*common, "bench", "csm", "--quick", "--quantize", "int4", "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    report = json.loads(lines[-1])
    assert report["left_out"] == []
    assert str(model) in report["weights"]
    assert any(str(model) in line for line in lines[:-1])
    targets = {row["name"]: row["target"] for row in report["figures"]}
    for name, target in (
        ("int4: peak memory while converting", 6.0),
        ("int4: load to ready from the copy", 15.0),
        ("int4: peak memory after load", 3.5),
        ("int4: so many times sooner than with its clip encoded and read", 10.0),
        ("int4: voice switched to, from disk", 50.0),
        ("int4: voice switched to, from memory", 5.0),
        ("decode, 4 frames a call", 0.1),
    ):
        assert targets[name] == target
    assert "int4: first sound, voice of 10 s kept" in targets
    frame = next(row for row in report["figures"] if "seconds a frame" in row["name"])
    assert frame["target"] == pytest.approx(frame["baseline"] / 5, abs=1e-3)
    assert all(row["value"] > 0 for row in report["figures"])


def test_a_frame_is_timed_over_whole_chunks() -> None:
    times = Times()
    # Chunks of 1, 1, 2, 4 and 4 frames, each together; one frame of a chunk that was cut off.
    ends = [10.0, 10.1, 10.3, 10.7, 11.9]
    arrived = np.repeat([*ends, 99.0], [1, 1, 2, 4, 4, 1]).tolist()
    add_frames(times, arrived)
    assert times.frame == [pytest.approx((11.9 - 10.0) / 11)]
    assert times.chunk == [pytest.approx(0.1), pytest.approx(0.3)]
    add_frames(times, arrived[:5])
    assert len(times.frame) == 1


def test_a_run_beside_other_work_is_told_from_a_quiet_one() -> None:
    assert not is_disturbed([0.20, 0.21, 0.22, 0.19])
    assert is_disturbed([0.20, 0.21, 3.00, 0.19])
