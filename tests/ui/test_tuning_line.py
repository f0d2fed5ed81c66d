"""How a voice is brought nearer to its person, as the page tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from studio import SpeechRequest
from studio.core.engines.tuning import TuningState
from studio.core.saving import save_sound
from studio.core.voices.making import Clip
from studio.ui.parts.tuning_line import Told, look_at, progress
from tests.ui.test_chat import ask, log_of
from tests.voices import spoken

CHAT = "#vs-panel-chat .vs-tuning-line"
DETAILS = "#vs-details .vs-tuning-line"
PATIENCE_MS = 120_000


@pytest.fixture
def bea(studio: Any, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A voice that no engine has read: what it says is of this test alone, since a voice of the
    same clips is known to the engine."""
    clip = tmp_path / "bea.flac"
    save_sound(spoken(request.node.name.replace("_", " "), voice="en-us+f3"), clip)
    return str(studio.create_profile("Bea", [Clip(clip)], consent="For tests.").id)


@contextmanager
def somebody_speaks(studio: Any) -> Iterator[None]:
    """While this lasts no voice is worked on."""
    with studio.speak("ada", "One. Two. Three.", SpeechRequest(language="en")) as utterance:
        next(utterance)
        yield


def choose_voice(page: Any, name: str) -> None:
    page.locator("#vs-chat-voice input").click()
    page.get_by_role("option", name=name, exact=True).click()


def test_the_line_says_how_far_it_is_and_why_it_waits() -> None:
    assert progress("Anna", TuningState(0.4, waits=False)).endswith("closer to Anna: 40 %")
    assert "while something is spoken" in progress("Anna", TuningState(0.4, waits=True))
    assert "for its turn" in progress("Anna", TuningState(0.0, waits=True))


def test_the_page_asks_again_only_while_a_voice_is_worked_on(studio: Any, bea: str) -> None:
    _, timer, told = look_at(studio, bea, None, Told())
    assert (timer.active, told) == (False, Told(bea))
    with somebody_speaks(studio):
        studio.prepare(bea)
        line, timer, told = look_at(studio, bea, None, told)
        assert timer.active
        assert "closer to Bea: 0 %" in line
        studio.stop_tuning(bea)
        line, timer, told = look_at(studio, bea, None, told)
        assert (line, timer.active, told) == ("", False, Told(bea))


@pytest.mark.browser
def test_a_voice_is_left_as_it_is_when_asked_also_after_a_reload(
    studio: Any, bea: str, page: Any, open_tab: Any, shot: Any
) -> None:
    with somebody_speaks(studio):
        open_tab(page, "Chat")
        choose_voice(page, "Bea")
        page.locator(CHAT).get_by_text("Bringing the voice closer to Bea").wait_for()
        page.reload()
        open_tab(page, "Chat")
        choose_voice(page, "Bea")
        page.locator(CHAT).get_by_text("It waits for its turn").wait_for()
        shot(page, "tuning-chat")

        open_tab(page, "Voices")
        page.get_by_role("button", name="Details of Bea").click()
        page.locator(DETAILS).get_by_text("Bringing the voice closer to Bea").wait_for()
        page.get_by_role("button", name="Leave it as it is").click()
        page.locator(DETAILS).get_by_text("Bea stays as it is.").wait_for()
        assert page.get_by_role("button", name="Leave it as it is").count() == 0
        # The chat, which asks while a voice is worked on, has nothing to tell any more.
        open_tab(page, "Chat")
        page.locator(CHAT).wait_for(state="detached")
        assert studio.tuning(bea) is None

        ask(page, "As I am.")
        log_of(page).get_by_text("quick voice").wait_for()
    assert studio.prepare(bea)
    assert studio.tuning(bea) is None, "it was not to be worked on again"


@pytest.mark.browser
def test_what_is_said_after_the_work_uses_the_tuned_voice_and_says_so(
    studio: Any, bea: str, page: Any, open_tab: Any
) -> None:
    open_tab(page, "Chat")
    choose_voice(page, "Bea")
    done = page.locator(CHAT).get_by_text("Bea is tuned: the next thing said uses it.")
    done.wait_for(timeout=PATIENCE_MS)
    assert page.get_by_role("button", name="Leave it as it is").count() == 0
    assert studio.is_tuned(bea)

    ask(page, "Now I am closer.")
    log_of(page).get_by_text("tuned voice").wait_for()
    page.locator(CHAT).wait_for(state="detached")
