"""The starter voices as a page sees them come."""

from __future__ import annotations

from pathlib import Path

from studio.settings import Settings
from studio.studio import Studio
from studio.ui.starters import StarterVoices


def test_each_page_hears_of_every_voice_and_of_the_end(tmp_path: Path) -> None:
    with Studio(Settings.read(profiles_dir=tmp_path / "profiles")) as studio:
        starters = StarterVoices(studio)
        pages = [starters.steps(), starters.steps()]
        starters.start()
        heard = [list(page) for page in pages]
        made = [entry.metadata for entry in studio.profiles() if entry.metadata]

        for steps in heard:
            assert steps[-1].done
            assert steps[-1].shown == ""
            assert steps[-1].voices == len(made) >= 3
            assert [step.voices for step in steps] == sorted(step.voices for step in steps)
        assert any("starter voice" in step.shown for step in heard[0])
        assert [late.done for late in starters.steps()] == [True], "a late page would wait forever"


def test_a_folder_that_cannot_be_written_is_said_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "profiles").write_text("a file where the folder should be")
    with Studio(Settings.read(profiles_dir=tmp_path / "profiles")) as studio:
        starters = StarterVoices(studio)
        steps = starters.steps()
        starters.start()
        *_, last = steps
        assert last.done
        assert "profiles" in last.shown
