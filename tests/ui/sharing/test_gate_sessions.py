"""What runs and what is remembered for one visitor is not there for another."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from studio.sharing.owners import visitor
from studio.ui.sharing.bodies import Names
from studio.ui.sharing.handed import MOST_EVENTS, Handed
from tests.ui.sharing.toy import PATIENCE_S, Toy

Ask = Callable[..., Any]


def told_by(client: httpx.Client, session: str) -> tuple[int, str]:
    answer = client.get("/gradio_api/queue/data", params={"session_hash": session})
    return answer.status_code, answer.text


def join(client: httpx.Client, index: int, *data: Any, session: str = "tab") -> str:
    body = {"fn_index": index, "data": list(data), "session_hash": session}
    joined = client.post("/gradio_api/queue/join", json=body)
    assert joined.status_code == 200
    return str(joined.json()["event_id"])


def test_the_same_session_of_two_is_two(
    ada: httpx.Client, ben: httpx.Client, result_of: Ask
) -> None:
    result_of(ada, "keep", "Ada's secret")
    assert result_of(ben, "recall") == ""
    result_of(ben, "keep", "Ben's")
    assert result_of(ada, "recall") == "Ada's secret"


def test_anothers_events_are_not_heard(
    toy: Toy, ada: httpx.Client, ben: httpx.Client, index_of: Callable[[str], int], result_of: Ask
) -> None:
    event = join(ada, index_of("wait"), "Ada's words")
    assert toy.waiting.get(timeout=PATIENCE_S) == "Ada's words"
    unknown = told_by(ben, "no such session")
    for session in ("tab", event, "../tab", f"tab&session_hash={event}"):
        assert told_by(ben, session) == unknown
    assert "Ada" not in unknown[1]
    # Cancelling it is no different from cancelling what is not there, and does nothing.
    cancelled = [
        ben.post("/gradio_api/cancel", json={"session_hash": s, "fn_index": 1, "event_id": e})
        for s, e in (("tab", event), ("tab", "no such event"), (event, event))
    ]
    assert {(c.status_code, c.text) for c in cancelled} == {(404, '{"detail":"Not Found"}')}
    toy.go_on.set()
    status, told = told_by(ada, "tab")
    toy.go_on.clear()
    assert status == 200
    assert f"Ada's words of {visitor(ada.cookies['voice_studio_visit']).id}" in told


def test_ones_own_event_can_be_cancelled(
    toy: Toy, ada: httpx.Client, index_of: Callable[[str], int]
) -> None:
    event = join(ada, index_of("wait"), "cancelled")
    toy.waiting.get(timeout=PATIENCE_S)
    body = {"session_hash": "tab", "fn_index": index_of("wait"), "event_id": event}
    assert ada.post("/gradio_api/cancel", json=body).json() == {"success": True}
    status, told = told_by(ada, "tab")
    assert status == 200
    assert "cancelled of" not in told
    toy.go_on.set()
    toy.go_on.clear()


def test_the_name_that_gradio_has_of_a_session_helps_nobody(
    toy: Toy, ada: httpx.Client, ben: httpx.Client, result_of: Ask
) -> None:
    result_of(ada, "keep", "Ada's", session="known")
    state = toy.blocks.state_holder
    name = next(key for key in state.session_data if key.endswith("known"))
    assert result_of(ben, "recall", session=name) == ""
    # A page that sends back what it was told still means its own.
    assert result_of(ada, "recall", session=name) == "Ada's"


@pytest.mark.parametrize("path", ["run/recall", "api/recall"])
def test_a_body_cannot_name_anothers_event(
    toy: Toy,
    ada: httpx.Client,
    ben: httpx.Client,
    index_of: Callable[[str], int],
    path: str,
) -> None:
    event = join(ada, index_of("wait"), "again")
    toy.waiting.get(timeout=PATIENCE_S)
    answers = [
        ben.post(f"/gradio_api/{path}", json={"data": [], "session_hash": "tab", "event_id": e})
        for e in (event, "no such event")
    ]
    toy.go_on.set()
    told_by(ada, "tab")
    toy.go_on.clear()
    assert {(a.status_code, a.text) for a in answers} == {(404, '{"detail":"Not Found"}')}


@pytest.mark.parametrize("call", ["call/hand_out", "call/v2/hand_out"])
def test_what_was_called_is_answered_to_the_caller_alone(toy: Toy, call: str) -> None:
    ada, ben = toy.program(), toy.program()
    parameters = {"data": ["Ada's"]} if call == "call/hand_out" else {"text": "Ada's"}
    httpx.get(f"{toy.api}info")
    called = httpx.post(f"{toy.api}{call}", json=parameters, headers=ada)
    event = called.json()["event_id"]
    for path in (f"{call}/{event}", f"call/x/{event}", f"call/v2/{event}"):
        tried = httpx.get(f"{toy.api}{path}", headers=ben)
        unknown = httpx.get(f"{toy.api}{path.replace(event, 'unknown')}", headers=ben)
        assert (tried.status_code, tried.text) == (unknown.status_code, unknown.text)
        assert tried.status_code == 404
    # Nor is it a session whose events could be heard, or whose state could be had.
    heard = httpx.get(f"{toy.api}queue/data", params={"session_hash": event}, headers=ben)
    assert "session_not_found" in heard.text
    told = httpx.get(f"{toy.api}{call}/{event}", headers=ada)
    assert "event: complete" in told.text
    assert visitor(*ada.values()).id in told.text


def test_a_session_in_the_path_of_a_call_is_no_event(
    toy: Toy, ada: httpx.Client, result_of: Ask
) -> None:
    result_of(ada, "who", session="heard")
    queues = toy.blocks._queue.pending_messages_per_session
    name = next(key for key in queues if key.endswith("heard"))
    for one in (name, "heard"):
        assert ada.get(f"/gradio_api/call/who/{one}").status_code == 404


def test_the_progress_of_an_upload_is_its_owners(
    toy: Toy, ada: httpx.Client, ben: httpx.Client
) -> None:
    from gradio.routes import file_upload_statuses

    files = {"files": ("secret name.txt", b"x")}
    ada.post("/gradio_api/upload", params={"upload_id": "one"}, files=files)
    tracked = [name for name in file_upload_statuses._statuses if name.endswith("one")]
    assert tracked
    assert "one" not in tracked
    assert "secret name" in ada.get("/gradio_api/upload_progress?upload_id=one").text


def test_marks_are_of_this_owner_and_this_process() -> None:
    ada, ben = visitor("a"), visitor("b")
    names = Names()
    assert names.own(ada, "x") == names.own(ada, names.own(ada, "x"))
    marks = {one.own(who, "x") for one in (names, Names()) for who in (ada, ben)}
    assert len(marks) == 4
    assert names.own(ben, names.own(ada, "x")) == names.own(ben, "") + names.own(ada, "x")
    query = names.own_query(ada, b"a=1&s=x&b=&s=y%26", "s")
    assert query == f"a=1&b=&s={names.own(ada, 'y')}%26".encode()
    assert names.own_query(ada, b"a=1", "s") == b"a=1"


def test_an_owner_with_many_events_takes_no_others_away(tmp_path: Any) -> None:
    handed = Handed(tmp_path)
    ada, ben = visitor("a"), visitor("b")
    handed.note_event(ada, "ada's")
    for number in range(MOST_EVENTS + 1):
        handed.note_event(ben, str(number))
    assert handed.is_event_of(ada, "ada's")
    assert not handed.is_event_of(ben, "0")
    assert handed.is_event_of(ben, "1")
    assert not handed.is_event_of(ada, "1")


def test_what_is_told_is_json(ada: httpx.Client) -> None:
    assert json.loads(ada.post("/gradio_api/reset", json={"event_id": "x"}).text) == {
        "detail": "Not Found"
    }
