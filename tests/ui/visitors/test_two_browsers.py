"""Two people on one shared page, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.sharing.owners import visitor_folders

pytestmark = pytest.mark.browser
PATIENCE_MS = 60_000


@pytest.fixture
def open_browser(browser: Any, url: str) -> Iterator[Any]:
    """Opens the page as somebody who was never here; errors of the page fail the test."""
    contexts, errors = [], []

    def open_one() -> Any:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("response", lambda told: told.status >= 500 and errors.append(told.url))
        tab.goto(url)
        card(tab, "Ada").wait_for(timeout=PATIENCE_MS)
        return tab

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


def card(tab: Any, name: str) -> Any:
    return tab.get_by_role("article", name=f"Voice {name}", exact=True)


def make_voice(tab: Any, clip: Path, name: str) -> None:
    tab.locator("input[type=file]").first.set_input_files(clip)
    tab.get_by_text("Full quality report").first.wait_for(timeout=PATIENCE_MS)
    tab.get_by_label("Name of the voice").fill(name)
    tab.get_by_label("I am the speaker").check()
    tab.get_by_label("Who agrees").fill("Somebody")
    tab.get_by_role("button", name="Save voice").click()
    card(tab, name).wait_for(timeout=PATIENCE_MS)


def test_each_sees_and_hears_their_own_and_is_forgotten_when_they_ask(
    page: Any, open_browser: Any, clip_file: Path, shot: Any
) -> None:
    mine, yours = open_browser(), open_browser()
    make_voice(mine, clip_file, "Mine alone")
    mine.get_by_text("What you make here is only yours").wait_for()
    mine.get_by_text("in 60 min").wait_for()
    shot(mine, "visit")
    yours.reload()
    card(yours, "Ada").wait_for(timeout=PATIENCE_MS)
    assert card(yours, "Mine alone").count() == 0

    ada = card(yours, "Ada")
    ada.get_by_label("More for Ada").click()
    assert ada.get_by_role("button", name="Duplicate").is_visible()
    assert ada.get_by_role("button", name="Delete").count() == 0, "it is everybody's"
    ada.get_by_role("button", name="Duplicate").click()
    card(yours, "Ada copy").wait_for(timeout=PATIENCE_MS)

    with yours.expect_response(lambda told: "/gradio_api/file=" in told.url) as fetched:
        card(yours, "Ada copy").get_by_role("button", name="Recording of Ada copy").click()
    address = fetched.value.url
    assert yours.request.get(address).status == 200
    assert mine.request.get(address).status == 404

    mine.get_by_text("Your space").click()
    mine.get_by_text("1 of 20").wait_for()
    mine.get_by_role("button", name="Forget me now").click()
    mine.get_by_role("button", name="Keep it").click()
    assert card(mine, "Mine alone").count() == 1
    mine.get_by_text("Your space").click()
    mine.get_by_role("button", name="Forget me now").click()
    mine.get_by_role("button", name="Delete everything of mine").click()
    card(mine, "Mine alone").wait_for(state="detached", timeout=PATIENCE_MS)
    assert len(visitor_folders(page.studio.settings.profiles_dir)) == 1
    card(yours, "Ada copy").wait_for()
