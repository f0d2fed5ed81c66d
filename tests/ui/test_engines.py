"""What the page says of the engines on a machine without weights, and the offer to fetch them."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.conversing import ContextUse
from studio.errors import StudioError
from studio.ui import engine_view
from studio.ui.fetching import progress_bar
from studio.ui.present import context_meter
from tests.ui.conftest import is_readable


def test_the_meter_says_how_full_the_context_is() -> None:
    html = context_meter(ContextUse(voice=171, history=420, most=2_048))
    assert "voice 171 · talk 420 · free 1,457 of 2,048 positions" in html
    assert "width:8.35%" in html
    assert context_meter(None) == ""


def test_a_progress_bar_stays_within_bounds_and_shows_text_as_it_is() -> None:
    html = progress_bar(1.7, 'Fetching <"model">')
    assert 'aria-valuenow="100"' in html
    assert "<&quot;" not in html
    assert "&lt;&quot;model&quot;&gt; · 100 %" in html


def test_an_engine_that_cannot_speak_is_said_to_be_so(server: Any) -> None:
    studio = server.studio
    with pytest.raises(StudioError):
        studio.engine_choice("csm")
    assert "cannot speak here" in engine_view.engine_badge(studio, "csm")
    assert "vs-notice is-error" in engine_view.engine_line(studio, "csm")
    assert engine_view.passed_over(studio, "parametric") == ()
    assert [value for _, value in engine_view.engine_choices(studio)] == [
        "auto",
        "csm",
        "parametric",
    ]


@pytest.mark.browser
def test_the_chat_says_why_csm_does_not_speak_and_what_stands_in_the_way_of_fetching(
    page: Any, open_tab: Any, shot: Any
) -> None:
    open_tab(page, "Chat")
    offer = page.locator(".vs-offer:visible")
    offer.get_by_text("needs the weights of").wait_for()
    shot(page, "offer-chat")
    offer.get_by_role("button", name="Fetch the weights").click()
    offer.get_by_role("alert").wait_for()  # the machine of the tests has no network
    assert is_readable(offer.inner_text())
    shot(page, "offer-chat-failed")
    assert offer.get_by_role("button", name="Fetch the weights").is_enabled()


@pytest.mark.browser
def test_the_chosen_engine_is_named_and_one_that_is_not_here_says_so(
    page: Any, open_tab: Any, shot: Any
) -> None:
    open_tab(page, "Settings")
    page.get_by_text("Best available: parametric").wait_for()
    page.get_by_role("radio", name="csm", exact=True).check(force=True)
    header = page.locator("#vs-header")
    header.get_by_text("The chosen engine cannot speak here").wait_for()
    shot(page, "offer-settings")
    page.get_by_role("radio", name="parametric", exact=True).check(force=True)
    header.get_by_text("Basic voice ready").wait_for()
    page.locator(".vs-offer").first.wait_for(state="hidden")
