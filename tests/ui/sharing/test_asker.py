"""Whoever asks is known wherever an event of theirs does something."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio.context import LocalContext
from gradio_client import Client

from studio.sharing.owners import NOBODY, asking_as, member, visitor
from studio.ui.sharing.asker import asker
from tests.ui.sharing.toy import PATIENCE_S, Toy

EVENTS = ["who", "who_at_once", "in_a_thread"]


def id_of(client: httpx.Client) -> str:
    return visitor(client.cookies["voice_studio_visit"]).id


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_knows_who_asks(toy: Toy, name: str) -> None:
    for headers in (toy.program(), toy.program()):
        client = Client(toy.url, verbose=False, headers=headers)
        assert client.predict(api_name=f"/{name}") == visitor(*headers.values()).id
        client.close()


def test_an_event_without_the_queue_knows_who_asks(
    ada: httpx.Client, ben: httpx.Client, index_of: Callable[[str], int]
) -> None:
    for client in (ada, ben):
        body = {"fn_index": index_of("who_at_once"), "data": [], "session_hash": "tab"}
        answer = client.post("/gradio_api/run/predict", json=body)
        assert answer.json()["data"] == [id_of(client)]


@pytest.mark.parametrize("name", ["stepwise", "stepwise_async"])
def test_each_step_of_an_event_knows_who_asks(
    ada: httpx.Client,
    ben: httpx.Client,
    events_of: Callable[..., list[dict[str, Any]]],
    name: str,
) -> None:
    for client in (ada, ben):
        told = json.dumps(events_of(client, name))
        assert f"0 {id_of(client)}" in told
        assert "process_completed" in told
        other = ben if client is ada else ada
        assert id_of(other) not in told


def test_a_function_of_the_server_knows_who_asks(
    toy: Toy, ada: httpx.Client, ben: httpx.Client
) -> None:
    page = next(i for i, block in toy.blocks.blocks.items() if block.elem_id == "served")
    for client in (ada, ben):
        answer = client.post(
            "/gradio_api/component_server",
            json={
                "component_id": page, "session_hash": "tab", "fn_name": "_served_who",
                "data": "here",
            },
        )  # fmt: skip
        assert answer.json() == f"{id_of(client)} here"


def test_whoever_leaves_is_known(toy: Toy, ada: httpx.Client) -> None:
    with ada.stream("GET", "/gradio_api/heartbeat/tab") as heart:
        assert next(heart.iter_lines()) == "data: ALIVE"
    assert toy.left.get(timeout=PATIENCE_S) == id_of(ada)


def test_whoever_is_named_asks() -> None:
    with asking_as(NOBODY):
        assert asker() is NOBODY


def test_where_nobody_asks_there_is_no_owner() -> None:
    with pytest.raises(RuntimeError, match="Nobody asks here"):
        asker()


@pytest.mark.parametrize("state", [{}, {"owner": "member-1"}, {"owner": None}])
def test_a_request_that_did_not_come_through_the_gate_is_nobodys(state: dict[str, Any]) -> None:
    from fastapi import Request

    scope = {"type": "http", "headers": [], "state": state}
    before = LocalContext.request.set(gr.Request(Request(scope)))
    try:
        with pytest.raises(RuntimeError):
            asker()
    finally:
        LocalContext.request.reset(before)


def test_several_requests_at_once_are_nobodys() -> None:
    from fastapi import Request

    request = gr.Request(Request({"type": "http", "headers": [], "state": {"owner": member("1")}}))
    before = LocalContext.request.set([request])  # type: ignore[arg-type]
    try:
        with pytest.raises(RuntimeError):
            asker()
    finally:
        LocalContext.request.reset(before)
