"""The language of a text: chosen in the page, and asked for by programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.core.saving import save_sound
from studio.core.voices.making import Clip
from studio.ui.chat.saying import said
from studio.ui.parts.text_language import OWN, OWN_LABEL, choices
from studio.ui.voices.actions import preview
from tests.ui.conftest import Server
from tests.ui.test_chat import ask, log_of
from tests.ui.test_chat_endpoints import client_of
from tests.ui.test_tuning_line import choose_voice
from tests.voices import spoken

NOT_POLISH = "does not speak Polish"


@pytest.fixture(scope="module")
def client(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with client_of(server, tmp_path_factory.mktemp("downloads")) as made:
        yield made


@pytest.fixture
def ola(studio: Any, tmp_path: Path) -> str:
    """A voice of a language that the engine does not speak."""
    clip = tmp_path / "ola.flac"
    save_sound(spoken("A voice from somewhere else.", voice="en-us+f1"), clip)
    made = studio.create_profile("Ola", [Clip(clip)], consent="For tests.", language="pl")
    return str(made.id)


def test_programs_choose_the_language(client: Any, studio: Any) -> None:
    def speak(**options: Any) -> bytes:
        path, _ = client.predict(
            voice="Ada", words="1, 2.", seed=1, temperature=0, api_name="/speak", **options
        )
        return Path(path).read_bytes()

    assert speak(language="es") != speak(language="en") == speak()
    _, path, _ = client.predict(
        voice="Ada", message="1, 2.", writer="echo", emotion="neutral", seed=1, temperature=0,
        language="es", api_name="/reply",
    )  # fmt: skip
    assert Path(path).read_bytes() == speak(language="es")


def test_programs_compare_in_a_language(client: Any, ola: str) -> None:
    asked = ("1, 2.", ["Ada", ola], 1, "neutral", 0)
    figures, _ = client.predict(*asked, "es", api_name="/compare")
    assert [take["voice"] for take in figures] == ["Ada", "Ola"]
    with pytest.raises(Exception, match=NOT_POLISH):
        client.predict(*asked, api_name="/compare")


@pytest.mark.parametrize(
    ("language", "sentence"), [("pl", NOT_POLISH), ("xx", "not a language code"), (3, "string")]
)
def test_a_language_that_is_not_spoken_is_refused_in_a_plain_sentence(
    client: Any, language: object, sentence: str
) -> None:
    with pytest.raises(Exception, match=sentence):
        client.predict(voice="Ada", words="Hi.", language=language, api_name="/speak")


def test_the_languages_of_the_engine_are_offered_by_name(studio: Any) -> None:
    info = studio.engine_info()
    offered = choices(info.languages)
    assert offered[0] == (OWN_LABEL, OWN)
    assert ("English", "en") in offered
    assert ("Italian", "it") in offered
    assert {code for _, code in offered[1:]} == info.languages
    assert choices(None) == [(OWN_LABEL, OWN)]


def test_the_preview_reads_in_the_language_that_was_chosen(studio: Any, ola: str) -> None:
    assert "Three kilometers" in said(studio, "3 km", "ada", OWN, None)
    assert "Tre chilometri" in said(studio, "3 km", "ada", "it", None)
    assert NOT_POLISH in said(studio, "3 km", ola, OWN, None)
    assert NOT_POLISH not in said(studio, "3 km", ola, "en", None)


def test_a_voice_is_tried_in_english_where_its_own_language_is_not_spoken(studio: Any) -> None:
    assert preview(studio, "pl", None) == preview(studio, "en", None)
    assert preview(studio, "es", None)[1] == "es"


@pytest.mark.browser
def test_the_chat_speaks_in_the_language_that_is_chosen(
    studio: Any, ola: str, page: Any, open_tab: Any, shot: Any
) -> None:
    open_tab(page, "Chat")
    choose_voice(page, "Ola")
    control = page.locator("#vs-chat-language")
    control.get_by_text(NOT_POLISH).wait_for()
    page.get_by_role("textbox", name="What shall the voice say?").fill("3 km")
    page.get_by_role("button", name="Send").click()
    alert = page.get_by_role("alert")
    alert.get_by_text(NOT_POLISH).wait_for()

    control.locator("input").click()
    page.get_by_role("option", name="Italian", exact=True).click()
    control.get_by_text(NOT_POLISH).wait_for(state="detached")
    page.get_by_role("button", name="What will be said").click()
    page.get_by_text("Tre chilometri").wait_for()
    shot(page, "language-chat")
    ask(page, "3 km")
    log_of(page).get_by_text("3 km", exact=True).nth(1).wait_for()


@pytest.mark.browser
def test_compare_speaks_in_the_language_that_is_chosen(
    studio: Any, ola: str, page: Any, open_tab: Any
) -> None:
    open_tab(page, "Compare")
    control = page.locator("#vs-compare-language")
    control.get_by_text(NOT_POLISH).wait_for()  # Ola and Ada are the only voices
    control.locator("input").click()
    page.get_by_role("option", name="Spanish").click()
    control.get_by_text(NOT_POLISH).wait_for(state="detached")
    page.get_by_label("Text", exact=True).fill("1, 2.")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_text("All takes are ready.").wait_for()
