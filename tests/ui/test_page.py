"""The page as a whole: what it loads, how it looks to whom, and how it is started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.ui import axe, ears
from tests.ui.conftest import horizontal_overflow, is_readable

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120
TABS = ("Voices", "Compare", "Chat", "Settings")
DRAWN_WHOLE = "(list) => getComputedStyle(document.querySelector(list)).opacity === '1'"
"""A list of choices fades in; half faded its colours are not yet those that people read."""


@pytest.mark.browser
def test_the_page_loads_nothing_from_elsewhere(visitors: Callable[..., Any], server: Any) -> None:
    page = visitors("with an empty cache").new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url)
    page.get_by_role("tab", name="Chat").click()
    page.get_by_role("textbox", name="What shall the voice say?").wait_for()

    assert asked
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []


@pytest.mark.browser
def test_a_page_that_nobody_touches_is_at_rest(
    kept_page: Any, open_tab: Callable[[Any, str], None]
) -> None:
    """Gradio draws once a frame; its bar of tabs can measure itself ten times a frame for ever."""
    open_tab(kept_page, "Compare")
    drawn_a_frame = kept_page.evaluate(
        """async () => {
            const original = window.requestAnimationFrame;
            const frame = () => new Promise((done) => original.call(window, done));
            let asked = 0;
            window.requestAnimationFrame = (draw) => (asked++, original.call(window, draw));
            for (let frames = 0; frames < 60; frames++) await frame();
            window.requestAnimationFrame = original;
            return asked / 60;
        }"""
    )
    assert drawn_a_frame <= 2


@pytest.mark.browser
def test_every_tab_fits_a_phone(phone: Any, open_tab: Any, shot: Any) -> None:
    for name in TABS:
        open_tab(phone, name)
        shot(phone, f"{name.lower()}-phone")

        assert axe.findings(phone) == [], name
        assert horizontal_overflow(phone) <= 0, name
        assert is_readable(phone.locator("body").inner_text()), name


@pytest.mark.browser
def test_every_tab_follows_a_dark_system(dark_page: Any, open_tab: Any, shot: Any) -> None:
    for name in TABS:
        open_tab(dark_page, name)
        shot(dark_page, f"{name.lower()}-dark")

        background = dark_page.evaluate("getComputedStyle(document.body).backgroundColor")
        red, green, blue = (int(part) for part in background.strip("rgb()").split(","))
        assert max(red, green, blue) < 60
        assert axe.findings(dark_page) == [], name


@pytest.mark.browser
def test_the_theme_is_chosen_by_the_visitor_and_kept(
    open_page: Callable[..., Any], open_tab: Any, shot: Any
) -> None:
    page = open_page()
    page.get_by_role("article").first.wait_for()
    for name in TABS:
        open_tab(page, name)
        shot(page, f"{name.lower()}-light")
        assert axe.findings(page) == [], name
    assert page.evaluate(ears.REGIONS) == [], "one region speaks, so that nothing is said twice"
    page.get_by_role("radio", name="Dark").check(force=True)
    page.wait_for_function("document.body.classList.contains('dark')")
    page = open_page()
    open_tab(page, "Settings")
    page.wait_for_function("document.body.classList.contains('dark')")
    page.get_by_role("radio", name="Dark", checked=True).wait_for()
    page.get_by_role("radio", name="Light").check(force=True)
    page.wait_for_function("!document.body.classList.contains('dark')")

    # The address may ask for a theme, until one is chosen.
    page = open_page(init_script="history.replaceState(null, '', '?__theme=dark')")
    open_tab(page, "Settings")
    page.wait_for_function("document.body.classList.contains('dark')")
    page.get_by_role("radio", name="Dark", checked=True).wait_for()
    page.get_by_role("radio", name="Light").check(force=True)
    page.wait_for_function("!document.body.classList.contains('dark')")
    assert "__theme" not in page.url


@pytest.mark.browser
def test_preferences_outlive_the_tab_and_reach_the_chat(
    open_page: Callable[..., Any], open_tab: Any
) -> None:
    page = open_page()
    open_tab(page, "Settings")
    usual = page.get_by_role("spinbutton", name="Usual expressiveness")
    before = page.evaluate("localStorage.getItem('voice-studio')")
    usual.fill("1.5")
    usual.press("Tab")
    page.wait_for_function("(old) => localStorage.getItem('voice-studio') !== old", arg=before)
    page = open_page()
    open_tab(page, "Chat")

    expressiveness = page.get_by_role("spinbutton", name="number input for Expressiveness")
    expressiveness.wait_for()
    page.wait_for_function("(input) => input.value === '1.5'", arg=expressiveness.element_handle())


@pytest.mark.browser
def test_of_choices_that_follow_at_once_the_last_one_counts(page: Any, open_tab: Any) -> None:
    open_tab(page, "Settings")
    with page.expect_request("**/queue/join*"):
        page.get_by_role("radio", name="kokoro", exact=True).check(force=True)
    page.get_by_role("radio", name="csm (not ready here)", exact=True).check(force=True)
    page.locator("#vs-header").get_by_text("The chosen engine cannot speak here").wait_for()


@pytest.mark.browser
def test_a_dropdown_closes_when_the_keyboard_goes_on(page: Any, open_tab: Any) -> None:
    options = page.locator("ul.options")
    for tab, label, box in (
        ("Chat", "Voice", "#vs-chat-voice input"),
        ("Compare", "Voices", "#vs-compare-voices input"),
    ):
        open_tab(page, tab)
        field = page.get_by_role("combobox", name=label, exact=True)
        field.focus()
        options.wait_for()
        page.wait_for_function(DRAWN_WHOLE, arg="ul.options")
        assert axe.findings(page) == [], tab
        # The entry that the arrow keys have reached is told.
        page.keyboard.press("ArrowDown")
        reached = options.locator(".active")
        reached.wait_for()
        assert field.get_attribute("aria-activedescendant") == reached.get_attribute("id")
        assert field.get_attribute("aria-controls") == options.get_attribute("id")
        page.keyboard.press("Tab")
        page.wait_for_function("(box) => !document.activeElement.matches(box)", arg=box)
        options.wait_for(state="detached")
        assert field.get_attribute("aria-expanded") == "false"

    # Enter chooses, and the keyboard stays where it is.
    open_tab(page, "Voices")
    sort = page.get_by_role("combobox", name="Sort by")
    sort.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    options.wait_for(state="detached")
    page.wait_for_function("document.activeElement.ariaLabel === 'Sort by'")
    assert sort.input_value() == "Name"
    assert options.count() == 0


@pytest.mark.browser
def test_the_library_can_be_checked_from_the_settings(page: Any, open_tab: Any) -> None:
    open_tab(page, "Settings")
    page.get_by_role("button", name="Check the library").click()
    page.get_by_text("Every voice is whole.").wait_for()


def test_profiles_are_not_served(server: Any) -> None:
    files = [path for path in server.studio.settings.profiles_dir.rglob("*") if path.is_file()]
    assert files
    for path in files:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{server.url}gradio_api/file={path.resolve()}")
        assert refused.value.code in (403, 404)


@contextmanager
def running_app(folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """``python app.py`` as typed, in ``folder``."""
    app = subprocess.Popen(
        [sys.executable, "-u", str(ROOT / "app.py")],
        cwd=folder,
        env={**os.environ, "GRADIO_TEMP_DIR": str(folder / "cache"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield app
        if app.poll() is None:
            app.send_signal(signal.SIGINT)
            app.communicate(timeout=PATIENCE_S)
    finally:
        app.kill()
        app.communicate()


def test_the_app_starts_with_one_command_and_says_where(tmp_path: Path) -> None:
    with running_app(tmp_path, VOICE_STUDIO_PORT="0", VOICE_STUDIO_STARTER_VOICES="false") as app:
        assert app.stdout is not None
        line = next(line for line in app.stdout if "http://" in line)
        url = line.split()[-1]
        with urllib.request.urlopen(url) as answer:
            assert b"Voice Studio" in answer.read()


def test_a_wrong_setting_ends_in_one_sentence(tmp_path: Path) -> None:
    with running_app(tmp_path, VOICE_STUDIO_PROT="7860") as app:
        _, said = app.communicate(timeout=PATIENCE_S)

    assert app.returncode == 2
    assert "VOICE_STUDIO_PROT is not a setting" in said
    assert "Traceback" not in said


def test_an_event_without_progress_leaves_the_components_alone(server: Any) -> None:
    """Otherwise each message of a reply has Gradio draw the whole log, and the sound waits."""
    hidden = [event for event in server.blocks.fns.values() if event.show_progress == "hidden"]
    told = {component._id for event in hidden for component in event.show_progress_on}
    outputs = {output._id for event in server.blocks.fns.values() for output in event.outputs}

    assert hidden
    assert len(told) == 1
    assert not told & outputs
