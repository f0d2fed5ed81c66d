"""The chat with the engine "csm": a small checkpoint of random weights in the real format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.core.saving import save_sound
from tests.ui.conftest import Server, go_to, horizontal_overflow
from tests.ui.test_chat import LONG, STATE, ask, log_of
from tests.ui.test_compare import choose, offered
from tests.ui.voices_tab import fill_form, upload
from tests.voices import spoken

pytestmark = pytest.mark.browser


METER_SAYS_NOT = "(words) => document.querySelector('.vs-meter').innerText !== words"
METER_SAYS = "(words) => document.querySelector('.vs-meter').innerText.includes(words)"


@pytest.fixture
def csm_page(
    csm_server: Server, visitors: Callable[..., Any], open_tab: Callable[[Any, str], None]
) -> Iterator[Any]:
    """The chat with csm, in a page of its own."""
    errors: list[str] = []
    page = go_to(csm_server, visitors("csm").new_page(), errors)
    page.locator("#vs-header").get_by_text("CSM-1B ready").wait_for()
    open_tab(page, "Chat")
    page.get_by_role("textbox", name="What shall the voice say?").wait_for()
    yield page
    page.evaluate("localStorage.clear()")
    page.close()
    assert not errors, f"the browser's console has errors: {errors}"


def test_the_whole_chat_works_with_csm(
    csm_server: Server, visitors: Callable[..., Any], open_tab: Any, shot: Any
) -> None:
    errors: list[str] = []
    page = go_to(csm_server, visitors("csm").new_page(), errors)
    page.locator("#vs-header").get_by_text("CSM-1B ready").wait_for()
    open_tab(page, "Chat")
    page.locator(".vs-engine").get_by_text("csm", exact=True).wait_for()
    assert page.get_by_role("button", name="Fetch the weights").count() == 0
    meter = page.locator(".vs-meter")
    assert meter.is_hidden(), "nothing is read before the first reply"

    used = []
    for words in ("Hello there.", "And again."):
        ask(page, words)
        state = page.evaluate(STATE)
        assert state["played"] == state["received"] > 0
        assert state["firstSoundMs"] > 0
        assert state["stats"]["ttfa_s"] > 0
        assert state["stats"]["engine"] == "csm"
        assert state["stats"]["rtf"] > 0
        log_of(page).get_by_text("csm ·").nth(len(used)).wait_for()
        meter.wait_for()
        used.append(meter.inner_text())
    assert "of 2,048 positions" in used[0]
    assert _number(used[0], "voice") == _number(used[1], "voice") > 0
    page.wait_for_function(
        "(old) => document.querySelector('.vs-meter').innerText !== old", arg=used[0]
    )
    now = meter.inner_text()
    assert _number(used[0], "talk") == 0
    assert _number(now, "talk") == _number(used[0], "reply") > 0
    assert sum(_number(now, part) for part in ("voice", "talk", "reply", "free")) == 2_048

    shot(page, "csm-chat-light")
    open_tab(page, "Settings")
    page.get_by_text("Best available: csm").wait_for()
    shot(page, "csm-settings-light")
    page.get_by_role("radio", name="Dark").check(force=True)
    shot(page, "csm-settings-dark")
    open_tab(page, "Chat")
    shot(page, "csm-chat-dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert horizontal_overflow(page) == 0
    shot(page, "csm-chat-phone")
    page.close()
    assert not errors, f"the browser's console has errors: {errors}"


def test_the_meter_fills_while_the_reply_is_spoken_and_forgets_one_that_was_stopped(
    csm_page: Any,
) -> None:
    ask(csm_page, "Hello.")
    meter = csm_page.locator(".vs-meter")
    # The meter is brought up to date together with the log.
    log_of(csm_page).get_by_text("csm ·").wait_for()
    csm_page.wait_for_function(METER_SAYS, arg="talk 0 ·")
    before = meter.inner_text()
    box = csm_page.get_by_role("textbox", name="What shall the voice say?")
    box.fill(LONG)
    box.press("Enter")
    csm_page.wait_for_function(f"{STATE}.state === 'playing'")
    early = meter.inner_text()
    csm_page.wait_for_function(METER_SAYS_NOT, arg=early)
    later = meter.inner_text()
    assert csm_page.evaluate(STATE)["state"] == "playing"
    assert _number(later, "voice") == _number(before, "voice")
    assert _number(later, "talk") == _number(before, "reply")
    assert _number(later, "reply") > _number(early, "reply") > 0
    csm_page.get_by_role("button", name="Stop").click()
    log_of(csm_page).get_by_text("Stopped after").wait_for()
    assert meter.inner_text() == before


def test_the_controls_say_what_they_do_with_the_engine_that_speaks(
    csm_page: Any, open_tab: Any
) -> None:
    chat = csm_page.get_by_role("tabpanel", name="Chat")
    chat.get_by_text("This engine takes no emotion").wait_for()
    assert chat.get_by_role("radio", name="Happy").is_disabled()
    assert chat.get_by_role("slider", name="Variation").first.is_visible()
    chat.get_by_role("button", name="Advanced").click()
    chat.get_by_role("slider", name="Top-k").first.wait_for()
    assert chat.get_by_role("slider", name="Closeness to the person").first.is_disabled()
    open_tab(csm_page, "Compare")
    emotion = csm_page.locator("#vs-compare").get_by_label("Emotion")
    assert emotion.is_disabled()
    assert csm_page.get_by_role("slider", name="Variation").first.is_visible()

    open_tab(csm_page, "Settings")
    csm_page.get_by_role("radio", name="kokoro", exact=True).check(force=True)
    csm_page.get_by_text("Usual expressiveness").wait_for()
    open_tab(csm_page, "Compare")
    csm_page.get_by_role("slider", name="Expressiveness").first.wait_for()
    assert emotion.is_enabled()
    open_tab(csm_page, "Chat")
    csm_page.get_by_role("slider", name="Expressiveness").first.wait_for()
    csm_page.locator(".vs-chat").get_by_text("0 is most natural").wait_for()
    assert csm_page.get_by_role("radio", name="Happy").is_enabled()
    assert csm_page.get_by_role("slider", name="Top-k").count() == 0
    assert csm_page.get_by_role("slider", name="Closeness to the person").first.is_enabled()


def test_a_saved_voice_is_made_ready_for_the_engine_that_the_visitor_chose(
    csm_server: Server, csm_page: Any, open_tab: Any, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.flac"
    save_sound(spoken("A voice that the studio voice is to read.", voice="en-us+m2"), clip)
    open_tab(csm_page, "Settings")
    csm_page.get_by_role("radio", name="kokoro", exact=True).check(force=True)
    csm_page.locator("#vs-header").get_by_text("Studio voice ready").wait_for()
    open_tab(csm_page, "Voices")
    upload(csm_page, clip)
    csm_page.locator("#vs-clip-0").get_by_label("Transcript").fill("A voice to be read.")
    fill_form(csm_page, "Bea")
    csm_page.get_by_role("button", name="Save voice").click()
    csm_page.get_by_text("Bea is saved and ready to speak.").wait_for()

    studio = csm_server.studio
    assert studio.prepare("bea", engine="kokoro")
    assert not studio.prepare("bea", engine="csm")
    studio.delete("bea")


def test_a_voice_is_made_and_compared_with_csm(
    csm_server: Server, csm_page: Any, open_tab: Any, tmp_path: Path, shot: Any
) -> None:
    clip = tmp_path / "clip.flac"
    save_sound(spoken("A voice that the model is to read.", voice="en-us+m2"), clip)
    open_tab(csm_page, "Voices")
    upload(csm_page, clip)
    csm_page.locator("#vs-clip-0").get_by_label("Transcript").fill("A voice to be read.")
    fill_form(csm_page, "Cleo")
    csm_page.get_by_role("button", name="Save voice").click()
    csm_page.get_by_text("Cleo is saved and ready to speak.").wait_for()
    studio = csm_server.studio
    kept = studio.settings.profiles_dir.glob("*/cleo/voice_tokens/*.safetensors")
    assert [path.stem for path in kept] == [studio.profile("cleo").segments[0].id]
    assert studio.prepare("cleo", engine="csm"), "it was read when it was saved"

    open_tab(csm_page, "Compare")
    # What was just made joins by itself: whoever begins before it does is given it, too.
    offered(csm_page).get_by_role("button", name=re.compile("^Remove ")).nth(1).wait_for()
    choose(csm_page, ["Ada", "Cleo"])
    csm_page.get_by_label("Text", exact=True).fill("Hi.")
    csm_page.get_by_role("button", name="Compare", exact=True).click()
    csm_page.get_by_text("All takes are ready.").wait_for()
    for name in ("Ada", "Cleo"):
        take = csm_page.get_by_role("region", name=name)
        assert re.search(r"Engine\s+csm", take.inner_text())
        assert take.get_by_role("img", name=re.compile("^Pitch over time")).count() == 1
        take.locator("audio.vs-take").evaluate("(take) => { window.take = take; take.play(); }")
        csm_page.wait_for_function("window.take.currentTime > 0.1")
    shot(csm_page, "csm-compare-light")
    studio.delete("cleo")


def _number(text: str, part: str) -> int:
    """The number after ``part`` in "voice 171 · talk 420 · free 1,457 of 2,048 positions"."""
    words = text.replace("\n", " ").split()
    return int(words[words.index(part) + 1].replace(",", ""))
