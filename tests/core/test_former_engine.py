"""Voices and settings that were kept for an engine which is not offered any more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio import SpeechRequest, Studio
from studio.engines import registry
from studio.errors import EngineUnavailableError

ROOT = Path(__file__).resolve().parents[2]
FORMER, CURRENT = "parametric", "kokoro"
SENTENCE = "The engine 'parametric' is not there any more; 'kokoro' speaks in its place."


@pytest.fixture
def kept_for_it(studio: Studio) -> Path:
    """A library in which the voice Anna asks for the former engine."""
    path = studio.store.layout.profile_dir("anna") / "metadata.json"
    metadata = json.loads(path.read_text())
    metadata["defaults"]["engine"] = FORMER
    path.write_text(json.dumps(metadata))
    return studio.settings.profiles_dir


def test_a_voice_that_asks_for_it_speaks_and_one_sentence_says_so(kept_for_it: Path) -> None:
    with Studio.open(kept_for_it) as studio:
        assert studio.prepare("anna")
        utterance = studio.speak("anna", "Hello.", SpeechRequest(seed=1))
        expected = studio.speak("anna", "Hello.", SpeechRequest(seed=1, engine=CURRENT))
        assert utterance.audio().samples.tolist() == expected.audio().samples.tolist()
        assert utterance.stats.engine == CURRENT
        assert utterance.stats.notes == (SENTENCE,)
        assert expected.stats.notes == ()
        assert not [one for one in studio.check() if one.problem]


def test_settings_that_ask_for_it_hold_and_one_sentence_says_so(
    studio: Studio, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Studio.open(studio.settings.profiles_dir, engine=FORMER) as later:
        assert later.settings.engine == CURRENT
        assert later.engine_choice().name == CURRENT
        utterance = later.speak("anna", "Hello.")
        assert utterance.audio().duration_s > 0
    assert [record.getMessage() for record in caplog.records] == [
        f"{SENTENCE} Correct the setting 'engine'."
    ]


def test_the_command_line_reads_such_a_file(studio: Studio, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "voice-studio.toml").write_text(f'engine = "{FORMER}"\n')
    done = subprocess.run(
        [sys.executable, "-m", "studio", "--profiles", str(studio.settings.profiles_dir), "speak",
         "Anna", "Hello.", "--out", "hello.wav", "--json"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["engine"] == CURRENT
    assert done.stderr == f"{SENTENCE} Correct the setting 'engine'.\n"


def test_who_asks_for_it_now_is_told_which_there_are(studio: Studio) -> None:
    with pytest.raises(EngineUnavailableError, match=r"'parametric'.*auto, csm, kokoro"):
        studio.speak("anna", "Hello.", SpeechRequest(engine=FORMER))


def test_every_former_engine_has_one_that_speaks_in_its_place() -> None:
    assert registry.FORMER == {FORMER: CURRENT}
    assert set(registry.FORMER.values()) <= set(registry.names())
    assert registry.current_name("csm") == "csm"
