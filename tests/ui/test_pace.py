"""How long a player waits on a machine that is slower than real time."""

from __future__ import annotations

import numpy as np
import pytest

from studio.types import Emotion, SpeechStats
from studio.ui.player.rtf import RtfByEngine, lead_s, slow_note

TEXT = "a" * 150  # ten seconds


@pytest.mark.parametrize(("rtf", "lead"), [(0.0, 0.0), (0.3, 0.0), (1.0, 0.0), (2.0, 5.0)])
def test_only_a_slow_machine_waits(rtf: float, lead: float) -> None:
    assert lead_s(rtf, TEXT) == lead
    assert bool(slow_note(rtf, lead)) == (rtf > 1.0)


@pytest.mark.parametrize("rtf", [1.01, 1.5, 4.0])
def test_with_the_lead_in_hand_the_sound_never_runs_dry(rtf: float) -> None:
    lead, total_s = lead_s(rtf, TEXT), 10.0
    started_s = lead * rtf
    for played_s in np.linspace(0.0, total_s, 101):
        made_s = min(total_s, (started_s + played_s) / rtf)
        assert made_s >= played_s - 1e-9


@pytest.mark.parametrize("rtf", [0.5, 0.7, 0.9, 1.1, 1.5, 4.0])
@pytest.mark.parametrize("total_s", [3.0, 10.0, 40.0])
def test_with_a_reserve_kept_back_it_never_runs_dry_either(rtf: float, total_s: float) -> None:
    half = "a" * round(total_s * 7.5 - 2)
    text = f"{half}. {half}."
    reserve_s, total_s = 2.4, len(text) / 15.0

    def made_s(heard_s: float) -> float:
        """What has to be made before so much of it is handed out."""
        kept = min(reserve_s, total_s / 3)
        return min(1.5 * heard_s, heard_s + kept, total_s)

    lead = lead_s(rtf, text, reserve_s)
    assert lead == 0.0 or rtf > 2 / 3
    started_s = rtf * made_s(lead)
    for heard_s in np.linspace(lead, total_s, 400):
        assert rtf * made_s(heard_s) <= started_s + heard_s + 1e-9
    assert lead_s(rtf, "a" * len(text), reserve_s) == lead_s(rtf, text), "a single sentence"


def test_the_last_reply_of_each_engine_counts() -> None:
    paces = RtfByEngine()
    assert paces.all_fast
    assert paces.of("slow") == 0.0
    paces.note(_stats("slow", 1.4))
    paces.note(_stats("fast", 0.2))
    assert (paces.of("slow"), paces.of("fast")) == (1.4, 0.2)
    assert not paces.all_fast
    paces.note(_stats("slow", 0.6, duration_s=0.5))
    assert paces.of("slow") == 1.4, "too short to tell"
    paces.note(_stats("slow", 0.6))
    assert paces.all_fast


def _stats(engine: str, rtf: float, duration_s: float = 1.0) -> SpeechStats:
    return SpeechStats(engine, 5, Emotion.CALM, 24_000, duration_s, 0.1, rtf, 1, True)
