"""What the page says of the engines on a machine without weights, and the offer to fetch them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch

from studio.core.speech.conversing import ContextUse
from studio.errors import StudioError
from studio.ui.parts import engine_view
from studio.ui.parts.engine_controls import clip_emotion_info
from studio.ui.parts.present import context_parts
from studio.ui.settings.fetching import progress_bar
from tests.engines.csm import hub as hubs
from tests.engines.csm.broken import damage
from tests.engines.csm.tiny import make_checkpoint
from tests.ui.conftest import Server, go_to, is_readable, serve, serve_csm
from tests.ui.test_chat import STATE, ask


def test_the_meter_says_how_full_the_context_is() -> None:
    parts = context_parts(ContextUse(voice=171, history=420, reply=57, most=2_048))
    assert parts == {"voice": 171, "talk": 420, "reply": 57, "free": 1_400, "most": 2_048}
    assert context_parts(None) == {}


def test_a_progress_bar_stays_within_bounds_and_shows_text_as_it_is() -> None:
    html = progress_bar(1.7, 'Fetching <"model">')
    assert 'aria-valuenow="100"' in html
    assert "<&quot;" not in html
    assert "&lt;&quot;model&quot;&gt; · 100 %" in html


def test_no_more_is_promised_of_an_emotion_than_an_engine_here_does(server: Any) -> None:
    info = clip_emotion_info(server.studio)
    learners = [
        status.name
        for status in server.studio.engines()
        if status.info and "emotion_clips" in status.info.capabilities
    ]
    assert ("teach" in info) == bool(learners)
    assert all(name in info for name in learners)


def test_an_engine_that_cannot_speak_is_said_to_be_so(server: Any) -> None:
    studio = server.studio
    with pytest.raises(StudioError):
        studio.engine_choice("csm")
    assert "cannot speak here" in engine_view.engine_badge(studio, "csm")
    assert "cannot speak here" in engine_view.engine_line(studio, "csm")
    (reason,) = engine_view.passed_over(studio, "csm")
    assert "weights" in reason
    assert engine_view.passed_over(studio, "kokoro") == ()
    assert [value for _, value in engine_view.engine_choices(studio)] == [
        "auto",
        "csm",
        "kokoro",
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
    page.get_by_text("Best available: kokoro").wait_for()
    page.get_by_role("radio", name="csm (not ready here)", exact=True).check(force=True)
    header = page.locator("#vs-header")
    header.get_by_text("The chosen engine cannot speak here").wait_for()
    told = page.locator("#vs-engine-warning").get_by_role("alert")
    told.wait_for()
    assert "nothing will be spoken" in told.inner_text()
    assert "weights" in told.inner_text()
    shot(page, "offer-settings")
    page.get_by_role("radio", name="kokoro", exact=True).check(force=True)
    header.get_by_text("Studio voice ready").wait_for()
    page.locator(".vs-offer").first.wait_for(state="hidden")
    told.wait_for(state="detached")


@pytest.fixture
def server_with_damaged_weights(tmp_path: Path, csm_folder: Path) -> Iterator[Server]:
    """An app whose weights look whole until they are loaded."""
    model = Path(shutil.copytree(csm_folder, tmp_path / "model", copy_function=os.link))
    damage(model, "codec that is not a number")
    with serve_csm(tmp_path, model) as running:
        yield running


@pytest.mark.browser
def test_weights_that_turn_out_to_be_damaged_leave_the_studio_voice_and_it_is_said_why(
    server_with_damaged_weights: Server, visitors: Callable[..., Any], open_tab: Any
) -> None:
    page = go_to(server_with_damaged_weights, visitors("damaged").new_page(), [])
    open_tab(page, "Chat")
    page.locator("#vs-header").get_by_text("Studio voice ready").wait_for()
    page.locator(".vs-offer:visible").get_by_text("values that are not numbers").wait_for()
    page.locator(".vs-engine").get_by_text("kokoro", exact=True).wait_for()
    open_tab(page, "Settings")
    page.locator(".vs-why").get_by_text("values that are not numbers").wait_for()


@pytest.fixture
def server_by_a_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An app whose weights are on a hub on this machine, and nowhere else."""
    folder = make_checkpoint(
        tmp_path / "on the hub", codec="full", dtype=torch.bfloat16, sharded=True
    )
    with hubs.serve(folder) as hub:
        constants = huggingface_hub.constants
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub cache"))
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, hub.url)
        monkeypatch.setattr("huggingface_hub.file_download.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        hubs.forget_connections()
        with serve(
            tmp_path / "gradio",
            profiles_dir=tmp_path / "profiles",
            model=hubs.MODEL,
            cache_dir=tmp_path / "cache",
            device="cpu",
        ) as running:
            yield running
    hubs.forget_connections()


@pytest.mark.browser
def test_the_weights_are_fetched_with_one_click_and_csm_speaks_from_then_on(
    server_by_a_hub: Server, visitors: Callable[..., Any], open_tab: Any
) -> None:
    errors: list[str] = []
    page = go_to(server_by_a_hub, visitors("fetching").new_page(), errors)
    open_tab(page, "Chat")
    page.locator("#vs-header").get_by_text("Studio voice ready").wait_for()
    page.locator(".vs-offer:visible").get_by_role("button", name="Fetch the weights").click()

    page.locator("#vs-header").get_by_text("CSM-1B ready").wait_for()
    page.locator(".vs-engine").get_by_text("csm", exact=True).wait_for()
    page.locator(".vs-offer:visible").wait_for(state="hidden")
    open_tab(page, "Settings")
    page.get_by_text("Best available: csm").wait_for()
    open_tab(page, "Chat")
    ask(page, "Hello.")
    assert page.evaluate(STATE)["stats"]["engine"] == "csm"
    page.close()
    assert not errors, f"the browser's console has errors: {errors}"
