"""The chat with the engine "csm": a small checkpoint of random weights in the real format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from tests.engines.csm.tiny import make_checkpoint
from tests.ui.conftest import Server, go_to, horizontal_overflow, serve
from tests.ui.test_chat import STATE, ask, log_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def csm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An app whose weights are there, computing with one thread so that the browser has a core."""
    folder = tmp_path_factory.mktemp("csm")
    # It never ends by itself: every reply is as long as its text allows, and can be heard.
    model = make_checkpoint(folder / "model", codec="full")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with serve(
        folder / "gradio",
        profiles_dir=folder / "profiles",
        model=str(model),
        cache_dir=folder / "cache",
        device="cpu",
    ) as running:
        yield running
    torch.set_num_threads(threads)


def test_the_whole_chat_works_with_csm(
    csm_server: Server, visitors: Callable[..., Any], open_tab: Any, shot: Any
) -> None:
    errors: list[str] = []
    page = go_to(csm_server, visitors("csm").new_page(), errors)
    page.locator("#vs-header").get_by_text("CSM-1B ready").wait_for()
    open_tab(page, "Chat")
    page.locator(".vs-engine").get_by_text("csm", exact=True).wait_for()
    assert page.get_by_role("button", name="Fetch the weights").count() == 0
    page.get_by_text("This engine takes no emotion").wait_for()
    meter = page.locator(".vs-meter")
    assert meter.count() == 0, "nothing is read before the first reply"

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
    assert _number(now, "talk") > _number(used[0], "talk") > 0
    assert sum(_number(now, part) for part in ("voice", "talk", "free")) == 2_048

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


def _number(text: str, part: str) -> int:
    """The number after ``part`` in "voice 171 · talk 420 · free 1,457 of 2,048 positions"."""
    words = text.replace("\n", " ").split()
    return int(words[words.index(part) + 1].replace(",", ""))
