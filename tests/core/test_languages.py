"""A text in another language than the voice's, and engines that speak some languages only."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from studio import Clip, SpeechRequest, Studio
from studio.errors import OptionsError, ProfileError, StudioError, TextError

SPEAKS_SWEDISH = """
from studio.engines.base import EngineInfo
from studio.engines.registry import EngineSpec


class Guest:
    info = EngineInfo(
        name="guest", label="A guest", revision="1", dtype="float32", device="cpu",
        sample_rate=24_000, frame_s=0.08, max_positions=None, capabilities=frozenset(),
        languages=frozenset({"sv"}),
    )

    def close(self):
        pass


SPEC = EngineSpec("guest", "A guest", lambda setup: Guest(), lambda setup: None)
"""


@pytest.fixture
def guest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that brings an engine which speaks Swedish."""
    folder = tmp_path / "packages"
    info = folder / "guest-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "speaks_swedish.py").write_text(SPEAKS_SWEDISH)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guest\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[studio.engines]\nguest = speaks_swedish:SPEC\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "speaks_swedish", raising=False)


def say(studio: Studio, text: str, language: str | None) -> np.ndarray:
    return studio.speak("anna", text, SpeechRequest(language=language, seed=1)).audio().samples


def test_a_text_is_read_in_the_language_that_is_chosen(studio: Studio) -> None:
    english, spanish = say(studio, "Pan 12.", None), say(studio, "Pan 12.", "es")
    assert len(english) != len(spanish) or not np.array_equal(english, spanish)
    np.testing.assert_array_equal(say(studio, "Pan 12.", "en"), english)
    assert studio.profile("anna").language == "en"


@pytest.mark.parametrize("language", ["es", "fr", "it", "pt-br", "hi", "en-gb", "EN"])
def test_each_language_of_the_studio_voice_is_spoken(studio: Studio, language: str) -> None:
    assert len(say(studio, "Hotel Roma.", language)) > 5_000


def test_a_language_that_the_engine_cannot_speak_is_refused_before_anything_is_spoken(
    studio: Studio,
) -> None:
    for refused in (
        lambda: studio.speak("anna", "Hej.", SpeechRequest(language="sv")),
        lambda: studio.speak_long("anna", "Hej.", SpeechRequest(language="sv")),
        lambda: studio.compare("Hej.", ["anna"], SpeechRequest(language="sv")),
    ):
        with pytest.raises(
            TextError, match=r"'kokoro' does not speak Swedish; it speaks"
        ) as caught:
            refused()
        assert "speaks it" not in str(caught.value), "there is no engine here that could"


@pytest.mark.usefixtures("guest")
def test_an_engine_that_can_is_named(studio: Studio) -> None:
    with pytest.raises(TextError, match=r"The engine 'guest' speaks it\."):
        studio.speak("anna", "Hej.", SpeechRequest(language="sv"))
    assert len(say(studio, "Hello.", None)) > 0


@pytest.mark.parametrize("language", ["klingon!", "", "xx", "e", 7, None])
def test_what_is_no_language_is_a_sentence(studio: Studio, language: object) -> None:
    if language is None:
        assert len(say(studio, "Hello.", None)) > 0
        return
    with pytest.raises(StudioError) as caught:
        studio.speak("anna", "Hello.", SpeechRequest(language=language))  # type: ignore[arg-type]
    assert isinstance(caught.value, OptionsError | ProfileError | TextError)
    assert str(caught.value).endswith(".")


def test_a_voice_of_another_language_speaks_it(studio: Studio, clip_file: Path) -> None:
    made = studio.create_profile("Inés", [Clip(clip_file)], consent="yes", language="es")
    own = studio.speak(made.id, "Pan 12.", SpeechRequest(seed=1)).audio().samples
    with_name = (
        studio.speak(made.id, "Pan 12.", SpeechRequest(seed=1, language="es")).audio().samples
    )
    np.testing.assert_array_equal(own, with_name)
