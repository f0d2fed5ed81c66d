"""Whoever waits for a turn is told so on the page, and can stop; others are not kept by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from tests.ui.visitors.conftest import Guest
from tests.ui.visitors.test_owner_matrix import events, filled

WAITS = "Waiting for a turn: one other is before you"


def said(guest: Guest, run: str, session: str) -> Iterator[str]:
    """What the page says to a reply that is asked for, line by line."""
    event, inputs = next(one for one in events(guest) if one[0]["api_name"] == "say")
    data = filled(inputs, "ada", "")
    data[:2] = [run, "Hello."]
    asked = {"fn_index": event["id"], "data": data, "session_hash": session}
    assert guest.http.post("/gradio_api/queue/join", json=asked).status_code == 200
    address, which = "/gradio_api/queue/data", {"session_hash": session}
    with guest.http.stream("GET", address, params=which) as told:
        yield from told.iter_lines()


def test_the_place_is_told_and_the_reply_comes(page: Any, guest: Callable[[], Guest]) -> None:
    me = guest()
    for event, inputs in events(me):  # as a browser that opens the page
        if any(name == "load" for _, name in event["targets"]):
            me.ask(event["id"], filled(inputs, None, ""), session="tab")
    with ExitStack() as held:
        held.enter_context(page.studio.turn())
        lines = said(me, "run", "tab")
        assert any(WAITS in line for line in lines)
        held.pop_all().close()
        assert any('"final":true' in line for line in lines)


def test_who_waits_does_not_keep_others_from_stopping(
    page: Any, guest: Callable[[], Guest]
) -> None:
    """More replies wait than the server has threads at first; an event is answered all the same."""
    with ExitStack() as held:
        held.enter_context(page.studio.turn())
        waiting = []
        for _ in range(9):
            one = guest()
            for number in range(5):
                begun = one.http.post(
                    "/gradio_api/call/speak",
                    json={"data": ["Ada", f"Number {number}.", "neutral", *[None] * 6]},
                )
                waiting.append((one, begun.json()["event_id"]))
        assert guest().voices() == ["Ada"]
        held.pop_all().close()
        for one, event in waiting:
            told = one.http.get(f"/gradio_api/call/speak/{event}").text
            assert "event: complete" in told, told
