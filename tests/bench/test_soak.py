"""The soak sees whose voice is heard, and what grows; a short one runs here."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from bench import soak, tones
from studio.text.preparing import prepare
from studio.types import SpeechOptions
from tests.ui.conftest import unclosed_ignored


def test_visitors_hear_only_themselves_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GRADIO_TEMP_DIR", "GRADIO_ANALYTICS_ENABLED"):  # the soak sets them
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(sys, "path", [*sys.path])
    with unclosed_ignored():
        seen, held = soak.soak(tmp_path, seconds=0, visitors=3, turns=2)
    assert seen.faults == []
    assert seen.heard == 6
    assert [one.folders for one in held] == [0]


@pytest.mark.parametrize("pitch_hz", [300.0, 325.0, 1_525.0])
def test_a_voice_sounds_at_its_own_pitch(pitch_hz: float) -> None:
    stream = tones.ToneEngine().stream(
        tones.ToneContext(pitch_hz), prepare("Hello.", "en"), SpeechOptions(seed=1)
    )
    samples = np.concatenate([frame.samples for frame in stream])
    assert tones.pitch_hz(samples) == pytest.approx(pitch_hz, abs=soak.STEP_HZ / 4)


def test_what_is_wrong_is_said() -> None:
    flat = [soak.Held(1_000, 20, 0, 9)] * 4
    assert soak.verdict(soak.Seen([0.1, 0.1]), flat) == []
    assert "300.0 Hz heard" in soak.verdict(soak.Seen(faults=["300.0 Hz heard a voice"]), flat)[0]
    assert "wanted" in soak.verdict(soak.Seen([0.1, 2.0]), flat)[0]
    grown = [*flat, soak.Held(1_200, 40, 1, 9)]
    assert len(soak.verdict(soak.Seen([0.1, 0.1]), grown)) == 3
