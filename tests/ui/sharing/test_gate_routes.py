"""Every route of Gradio's server is either let through, and known for what it is, or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from studio.ui.sharing.routes import API, IS_EVERYBODYS, KINDS, REFUSED, Kind, kind_of
from tests.ui.sharing.toy import Toy

LOGIN = {"/login/huggingface", "/login/callback"}
"""Gradio has these only where the page has a login button."""


def routes_of(router: Any) -> Iterator[tuple[str, str]]:
    """Method and path of all routes, those of routers within routers included."""
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner)
        else:
            assert route.methods, f"{route} is of a kind that this test does not know"
            yield from ((method, route.path) for method in route.methods)


def is_known(route: tuple[str, str]) -> bool:
    # Starlette answers HEAD wherever it answers GET; the gate lets through only what is listed.
    return route in KINDS or route[1] in REFUSED or route[0] == "HEAD"


def test_every_route_of_gradio_is_known(toy: Toy) -> None:
    found = set(routes_of(toy.blocks.app))
    assert len(found) > 60
    assert sorted(route for route in found if not is_known(route)) == []


def test_every_known_route_is_one_of_gradios(toy: Toy) -> None:
    found = set(routes_of(toy.blocks.app))
    assert {route for route in KINDS if route[1] not in LOGIN} <= found
    paths = {path for _, path in found}
    assert {path for path in REFUSED if "/profiling/" not in path} <= paths
    assert not {path for _, path in KINDS} & REFUSED


def test_a_route_that_nobody_knows_fails_this_test(toy: Toy) -> None:
    class Route:
        methods = ("GET",)
        path = f"{API}/new"

    class Router:
        routes = (Route,)

    assert [is_known(route) for route in routes_of(Router)] == [False]


@pytest.mark.parametrize("path", sorted(REFUSED))
def test_what_is_refused_is_not_there(toy: Toy, ada: httpx.Client, path: str) -> None:
    plain = path.replace("{url_path:path}", "x").replace("{", "").replace("}", "")
    for method in ("GET", "POST", "HEAD", "PUT", "DELETE"):
        answer = ada.request(method, plain, params={"session_hash": "tab"})
        assert answer.status_code == 404
        assert method == "HEAD" or answer.json() == {"detail": "Not Found"}


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/queue/join/", "/gradio_api//queue/join", "/gradio_api/QUEUE/join", "/x",
        "/gradio_api/", "/gradio_api", "/gradio_api/queue", "/docs", "/redoc", "/visit", "/visit/",
        "/gradio_api/mcp", "/gradio_api/upload/", "/%67radio_api/monitoring/summary", "/../x",
    ],
)  # fmt: skip
def test_what_is_not_listed_is_not_there(ada: httpx.Client, path: str) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"):
        assert ada.request(method, path).status_code == 404, method


def test_both_ways_to_write_a_path_are_one(toy: Toy) -> None:
    raw = httpx.URL(toy.url).copy_with(raw_path=b"/gradio_api/%71ueue/join")
    assert httpx.post(raw, json={"data": []}).status_code == 401


def test_whatever_is_not_everybodys_needs_an_owner() -> None:
    assert {kind for kind in Kind if kind not in IS_EVERYBODYS} == {
        Kind.BODY, Kind.PARAMETERS, Kind.EVENT, Kind.PARAMETERS_EVENT, Kind.RESULT, Kind.QUEUE,
        Kind.HEARTBEAT, Kind.UPLOAD, Kind.PROGRESS, Kind.FILE,
    }  # fmt: skip
    assert all(method == "GET" for (method, _), kind in KINDS.items() if kind is Kind.FILE) is False
    assert kind_of("GET", "/gradio_api/queue/join") is None


def test_what_is_everybodys_holds_nothing_of_anybody(toy: Toy, ada: httpx.Client) -> None:
    upload = ada.post("/gradio_api/upload", files={"files": ("Ada.txt", b"Ada's words")}).json()
    body = {"data": ["Ada's words"], "session_hash": "ada-tab"}
    ada.post("/gradio_api/call/keep", json=body)
    for (method, path), kind in KINDS.items():
        if kind not in (Kind.PUBLIC, Kind.PAGE) or "{" in path or "pwa" in path:
            continue
        told = httpx.request(method, f"{toy.url}{path.removeprefix('/')}")
        assert told.status_code == 200, path
        for secret in (upload[0], "Ada.txt", "Ada's words", "ada-tab", "visit-"):
            assert secret not in told.text.replace("X-Voice-Studio-Visit", ""), path


def test_a_deep_link_shows_nothing(toy: Toy, ada: httpx.Client) -> None:
    """Gradio reads it from any file called state.json below the folder of uploads."""
    state = json.dumps([{"id": 1, "props": {"value": "Ada's words"}}]).encode()
    path = ada.post("/gradio_api/upload", files={"files": ("state.json", state)}).json()[0]
    link = path.removeprefix(f"{toy.handed.uploads}/").removesuffix("/state.json")
    for page in ("", "config", "config/"):
        told = httpx.get(f"{toy.url}{page}", params={"deep_link": f"../{link}", "page": "x"})
        assert told.status_code == 200
        assert "Ada's words" not in told.text


def test_a_web_socket_is_closed(toy: Toy) -> None:
    headers = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    answer = httpx.get(f"{toy.api}queue/join", headers=headers)
    assert answer.status_code in (403, 404)
