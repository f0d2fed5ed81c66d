"""Who signs in keeps what they make, and what they made before they did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import gradio.oauth
import pytest

from studio.core.voices.making import Clip
from studio.settings import Settings
from studio.sharing.owners import member
from tests.ui.conftest import unclosed_ignored
from tests.ui.sharing import provider as stand_in
from tests.ui.sharing.provider import Provider
from tests.ui.sharing.test_sign_in import Browser
from tests.ui.visitors.conftest import SENTENCE

PERSON = member("65f0a1")


@pytest.fixture
def hub() -> Iterator[Provider]:
    with stand_in.running(Provider()) as provider:
        yield provider


@pytest.fixture
def serve(
    hub: Provider, tmp_path: Path, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], AbstractContextManager[Any]]:
    """The page as on a Space with logins, over the same folder each time."""
    from studio.ui.serving import open_page

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
    monkeypatch.setattr(Settings, "can_sign_in", property(lambda _: True))
    for name, value in {
        "get_space": lambda: "somebody/voice-studio",
        "OAUTH_CLIENT_ID": stand_in.CLIENT,
        "OAUTH_CLIENT_SECRET": stand_in.SECRET,
        "OAUTH_SCOPES": "openid profile",
        "OPENID_PROVIDER_URL": hub.url,
    }.items():
        monkeypatch.setattr(gradio.oauth, name, value)

    @contextmanager
    def start() -> Iterator[Any]:
        settings = Settings.read(
            shared="yes", port=0, starter_voices=False, profiles_dir=tmp_path / "profiles"
        )
        with unclosed_ignored(), open_page(settings) as opened:
            opened.launch(prevent_thread_lock=True, quiet=True)
            yield opened
            opened.blocks.close(verbose=False)

    return start


def names(page: Any, owner: Any) -> list[str]:
    return [one.metadata.name for one in page.visitors.studio_of(owner).profiles()]


def load(page: Any, browser: Browser) -> None:
    """What the page asks for when it is opened."""
    event = next(one for one in page.blocks.fns.values() if one.name == "arrive")
    asked = {"fn_index": event._id, "data": [None], "session_hash": "tab"}
    answer = browser.post("gradio_api/run/predict", asked)
    assert answer.status_code == 200, answer.text


def test_what_a_visitor_made_is_theirs_when_they_sign_in_and_after_a_restart(
    serve: Any, hub: Provider, clip_file: Path
) -> None:
    with serve() as page:
        browser, other = Browser(page), Browser(page)
        for one in (browser, other):
            one.get("/")
        visitor = page.visitors.visits.owner_of(browser.cookies["voice_studio_visit"])
        page.visitors.studio_of(visitor).create_profile(
            "Anna", [Clip(clip_file, transcript=SENTENCE)], consent="Yes."
        )
        page.visitors.studio_of(PERSON).create_profile("Anna", [Clip(clip_file)], consent="Yes.")
        browser.sign_in()
        load(page, browser)
        assert names(page, PERSON) == ["Anna", "Anna (2)"]
        assert not (page.studio.settings.profiles_dir / visitor.id).exists()
        load(page, other)
        assert names(page, page.visitors.visits.owner_of(other.cookies["voice_studio_visit"])) == []
    with serve() as page:
        page.visitors.sweep()
        again = Browser(page)
        again.sign_in()
        load(page, again)
        assert names(page, PERSON) == ["Anna", "Anna (2)"]
        shown = again.get("/gradio_api/info").status_code
        assert shown == 200
        hub.person = {"sub": "another", "preferred_username": "ben"}
        ben = Browser(page)
        ben.sign_in()
        load(page, ben)
        assert names(page, member("another")) == []
