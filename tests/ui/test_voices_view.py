"""What the Voices tab says of a clip."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from studio.core.voices.making import examine_file
from studio.settings import Settings
from studio.types import Finding, Verdict
from studio.ui.voices import card_html


def test_a_clip_that_is_only_short_is_called_short(clip: Path) -> None:
    report = examine_file(clip, Settings.read()).report
    short = Finding("speech", Verdict.WARN, "3.0 s of speech is short.")
    noisy = Finding("noise", Verdict.WARN, "There is noise.")
    only_short = replace(report, verdict=Verdict.WARN, findings=(short,))

    assert "Short" in card_html.report_badge(only_short)
    assert "Short" in card_html.clip_card("a.wav", only_short, "", files=False)
    both = replace(only_short, findings=(short, noisy))
    assert "Check" in card_html.report_badge(both)
    assert "Short" in card_html.report_table(both)
    fine = replace(report, verdict=Verdict.ACCEPT, findings=())
    assert "Good" in card_html.report_badge(fine)
