"""What the page says of an utterance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.types import Emotion, SpeechStats, VoiceStage
from studio.ui.parts.present import spoken_details, spoken_line

STATS = SpeechStats("kokoro", 5, Emotion.NEUTRAL, 24_000, 2.14, 0.1, 0.2, 1, True)


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (VoiceStage.ONLY, "kokoro · 2.1 s"),
        (VoiceStage.QUICK, "kokoro · quick voice · 2.1 s"),
        (VoiceStage.TUNED, "kokoro · tuned voice · 2.1 s"),
    ],
)
def test_a_reply_says_which_of_the_two_voices_spoke(stage: VoiceStage, said: str) -> None:
    assert spoken_line(replace(STATS, stage=stage)) == said


def test_figures_can_be_opened_and_notes_are_always_shown() -> None:
    html = spoken_details(replace(STATS, emotion=Emotion.SAD, notes=("It is <sad>.",)))
    summary, figures = html.split("</summary>")
    assert "sad" in summary
    assert "RTF" not in summary
    assert "RTF 0.20 · seed 5" in figures.split("</details>")[0]
    assert figures.split("</details>")[1] == "<br>It is &lt;sad&gt;."
