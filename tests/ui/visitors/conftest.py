"""The real page, shared, on 127.0.0.1, and those who come by."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from studio.core.saving import save_sound
from studio.core.voices.making import Clip
from studio.settings import Settings
from studio.sharing.owners import visitor
from studio.ui.sharing.answers import HEADER
from tests.ui.conftest import unclosed_ignored
from tests.voices import spoken

PATIENCE_S = 120
SENTENCE = "Good morning. I like to walk by the river when nobody else is out there yet."


class Guest:
    """A program that visits the page, and speaks to it as the page's own script does."""

    def __init__(self, url: str, session: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=PATIENCE_S)
        self.session = session
        token = self.http.post("/visit").json()["token"]
        self.http.headers[HEADER] = token

    def ask(self, number: int, data: list[Any], event: Any = None, session: str = "") -> str:
        """All that the page says to the event with this number, as it came."""
        asked = {
            "fn_index": number,
            "data": data,
            "event_data": event,
            "session_hash": session or self.session,
        }
        joined = self.http.post("/gradio_api/queue/join", json=asked)
        if joined.status_code != 200:
            return f"{joined.status_code} {joined.text}"
        told = self.http.get(
            "/gradio_api/queue/data", params={"session_hash": session or self.session}
        )
        return told.text

    def call(self, name: str, *data: Any) -> tuple[bool, Any]:
        """(whether it went well, the values or the error) of a named endpoint."""
        begun = self.http.post(f"/gradio_api/call/{name}", json={"data": list(data)})
        if begun.status_code != 200:
            return False, begun.text
        told = self.http.get(f"/gradio_api/call/{name}/{begun.json()['event_id']}").text
        event, _, rest = told.strip().rpartition("event: ")[2].partition("\n")
        values = json.loads(rest.removeprefix("data: "))
        return event == "complete", values

    def speak(self, voice: str) -> str:
        """Where the sound lies of a voice that says something."""
        went_well, said = self.call("speak", voice, "Hello.", "neutral", *[None] * 6)
        assert went_well, said
        file = said[0][0] if isinstance(said[0], list) else said[0]
        return str(file["path"])

    def upload(self, path: Path) -> dict[str, Any]:
        """The file as an event takes it."""
        with path.open("rb") as file:
            sent = self.http.post("/gradio_api/upload", files={"files": (path.name, file)})
        return {
            "path": sent.json()[0],
            "orig_name": path.name,
            "meta": {"_type": "gradio.FileData"},
        }

    def make_voice(self, name: str, clip: Path, words: str = SENTENCE) -> str:
        """The id of a voice that is made from ``clip``."""
        went_well, made = self.call(
            "create_voice", name, [self.upload(clip)], [words], "I agree.", "en", []
        )
        assert went_well, made
        return str(made[0]["id"])

    def voices(self) -> list[str]:
        """The names of the voices that this visitor sees."""
        went_well, listed = self.call("list_voices")
        assert went_well, listed
        return [voice["name"] for voice in listed[0]]

    @property
    def owner_id(self) -> str:
        return visitor(self.http.headers[HEADER]).id


@pytest.fixture(scope="session")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "river.flac"
    save_sound(spoken(SENTENCE, voice="en-us+f3"), path)
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, clip_file: Path) -> Iterator[Any]:
    """A shared page with the voice Ada for everybody; ``url`` is where it is served."""
    from studio.ui.serving import open_page

    folder = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        patch.setenv("HF_HUB_OFFLINE", "1")
        settings = Settings.read(
            shared="yes", port=0, starter_voices=False, profiles_dir=folder / "profiles"
        )
        with unclosed_ignored(), open_page(settings) as opened:
            opened.studio.create_profile(
                "Ada", [Clip(clip_file, transcript=SENTENCE)], consent="A synthetic voice."
            )
            opened.studio.tune("ada")
            opened.launch(prevent_thread_lock=True, quiet=True)
            yield opened
            opened.blocks.close(verbose=False)


@pytest.fixture
def url(page: Any) -> str:
    return str(page.url).rstrip("/")


@pytest.fixture
def guest(url: str) -> Iterator[Callable[[], Guest]]:
    """Somebody else comes by each time this is called."""
    came: list[Guest] = []

    def come() -> Guest:
        came.append(Guest(url, f"tab{len(came)}"))
        return came[-1]

    yield come
    for one in came:
        one.http.close()
