"""One walk through the page with the weights that people get: a voice is made and speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import Server, go_to, serve
from tests.ui.test_chat import STATE, ask
from tests.ui.test_tuning_line import choose_voice
from tests.ui.voices_tab import card, fill_form, upload

pytestmark = pytest.mark.browser


@pytest.fixture
def own_server(weights_cache: Path, tmp_path: Path) -> Iterator[Server]:
    settings = {"studio_voice": None, "cache_dir": weights_cache}
    with serve(tmp_path / "served", profiles_dir=tmp_path / "profiles", **settings) as running:
        yield running


def test_a_voice_is_made_and_speaks(
    own_server: Server, visitors: Callable[..., Any], open_tab: Any, clip: Path
) -> None:
    errors: list[str] = []
    page = go_to(own_server, visitors("own weights").new_page(), errors)
    upload(page, clip)
    fill_form(page, "River")
    page.get_by_role("button", name="Save voice").click()
    page.get_by_text("River is saved and ready to speak.").wait_for(timeout=120_000)
    card(page, "River").wait_for()
    open_tab(page, "Chat")
    choose_voice(page, "River")
    ask(page, "Good morning, Anna.")
    state = page.evaluate(STATE)
    assert state["stats"]["engine"] == "kokoro"
    assert 0.7 < state["played"] / 24_000 < 2.5
    assert state["played"] == state["received"]
    page.close()
    assert not errors, f"the browser's console has errors: {errors}"
