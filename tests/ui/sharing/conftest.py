"""A small page behind the gate, on 127.0.0.1."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.ui.sharing.toy import Toy, served


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toy]:
    """One page for a file's tests: they begin visits of their own."""
    folder = tmp_path_factory.mktemp("uploads")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        with served(folder) as running:
            yield running


@pytest.fixture
def visitor(toy: Toy) -> Iterator[Callable[[], httpx.Client]]:
    """Opens the page in another browser, each time it is called."""
    opened: list[httpx.Client] = []

    def open_one() -> httpx.Client:
        opened.append(toy.browser())
        return opened[-1]

    yield open_one
    for client in opened:
        client.close()


@pytest.fixture
def ada(visitor: Callable[[], httpx.Client]) -> httpx.Client:
    return visitor()


@pytest.fixture
def ben(visitor: Callable[[], httpx.Client]) -> httpx.Client:
    return visitor()


@pytest.fixture
def index_of(toy: Toy) -> Callable[[str], int]:
    """The number that the page gives the event with an API name."""

    def find(name: str) -> int:
        return next(i for i, fn in toy.blocks.fns.items() if fn.api_name == name)

    return find


@pytest.fixture
def events_of(index_of: Callable[[str], int]) -> Callable[..., list[dict[str, Any]]]:
    """What the page is told of an event that it has just asked for."""

    def ask(
        client: httpx.Client, name: str, *data: Any, session: str = "tab"
    ) -> list[dict[str, Any]]:
        joined = client.post(
            "/gradio_api/queue/join",
            json={"fn_index": index_of(name), "data": list(data), "session_hash": session},
        )
        assert joined.status_code == 200, joined.text
        told = client.get("/gradio_api/queue/data", params={"session_hash": session})
        lines = [line for line in told.text.splitlines() if line.startswith("data: ")]
        return [json.loads(line.removeprefix("data: ")) for line in lines]

    return ask


@pytest.fixture
def result_of(events_of: Callable[..., list[dict[str, Any]]]) -> Callable[..., Any]:
    """The first value that came of an event."""

    def ask(client: httpx.Client, name: str, *data: Any, session: str = "tab") -> Any:
        done = [m for m in events_of(client, name, *data, session=session) if "output" in m][-1]
        assert done["success"], done
        return done["output"]["data"][0]

    return ask
