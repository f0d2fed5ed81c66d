"""Who is let in, by what they show, and from where they ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from gradio_client import Client

from studio.sharing.owners import visitor as owner_of
from tests.ui.sharing.toy import SECRET_PATH, Toy, served

DATA = [
    ("POST", "gradio_api/queue/join"),
    ("GET", "gradio_api/queue/data?session_hash=tab"),
    ("POST", "gradio_api/run/who"),
    ("POST", "gradio_api/api/who"),
    ("POST", "gradio_api/call/who"),
    ("POST", "gradio_api/call/v2/who"),
    ("GET", "gradio_api/call/who/some-event"),
    ("POST", "gradio_api/cancel"),
    ("POST", "gradio_api/reset"),
    ("POST", "gradio_api/component_server"),
    ("POST", "gradio_api/upload"),
    ("GET", "gradio_api/upload_progress?upload_id=1"),
    ("GET", "gradio_api/file=/etc/hostname"),
    ("HEAD", "gradio_api/file=/etc/hostname"),
    ("GET", "gradio_api/file//etc/hostname"),
    ("GET", "gradio_api/heartbeat/tab"),
]
HEADER = "X-Voice-Studio-Visit"


def test_the_page_begins_a_visit_that_scripts_cannot_read(toy: Toy) -> None:
    answer = httpx.get(toy.url)
    assert answer.headers["set-cookie"].startswith("voice_studio_visit=")
    assert answer.headers["set-cookie"].endswith("; HttpOnly; Path=/; SameSite=Lax")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors" not in str(answer.headers)


def test_in_the_frame_of_another_site_the_cookie_is_kept(toy: Toy) -> None:
    answer = httpx.get(toy.url, headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["set-cookie"].endswith("; Secure; SameSite=None; Partitioned")


def test_a_second_look_is_the_same_visit(toy: Toy, ada: httpx.Client) -> None:
    assert "set-cookie" not in ada.get("/").headers
    assert "set-cookie" not in httpx.head(toy.url).headers


def test_two_tabs_are_one_visitor(ada: httpx.Client, result_of: Callable[..., str]) -> None:
    first = result_of(ada, "who", session="one")
    assert first == result_of(ada, "who", session="two")
    result_of(ada, "keep", "mine", session="one")
    assert result_of(ada, "recall", session="one") == "mine"
    assert result_of(ada, "recall", session="two") == ""


@pytest.mark.parametrize(("method", "path"), DATA)
def test_nothing_is_there_for_nobody(toy: Toy, method: str, path: str) -> None:
    answer = httpx.request(method, f"{toy.url}{path}")
    assert answer.status_code == 401
    if method != "HEAD":
        assert "Reload the page" in answer.json()["detail"]
        assert "POST /visit" in answer.json()["detail"]


@pytest.mark.parametrize("shown", ["cookie", "header"])
def test_a_forged_token_is_nobodys(toy: Toy, ada: httpx.Client, shown: str) -> None:
    token = ada.cookies["voice_studio_visit"]
    owner = owner_of(token).id
    forged = [owner, f"../{owner}", f"{token}/../{owner}", token[:-1], token.swapcase(), "", "%00"]
    forged += ["member-1", "nobody", "local", "x" * 20_000, f"visit-{token}"]
    for one in forged:
        headers = {HEADER: one} if shown == "header" else {"Cookie": f"voice_studio_visit={one}"}
        answer = httpx.post(f"{toy.api}run/who", json={"data": []}, headers=headers)
        assert answer.status_code == 401, one


def test_an_old_token_in_the_header_is_told_of_although_the_cookie_is_good(
    ada: httpx.Client,
) -> None:
    answer = ada.post("/gradio_api/run/who", json={"data": []}, headers={HEADER: "old"})
    assert answer.status_code == 401


def test_a_visit_that_is_over_opens_nothing(toy: Toy, ada: httpx.Client) -> None:
    body = {"data": [], "session_hash": "tab"}
    assert ada.post("/gradio_api/run/who_at_once", json=body).status_code == 200
    toy.visits.end(owner_of(ada.cookies["voice_studio_visit"]).id)
    assert ada.post("/gradio_api/run/who_at_once", json=body).status_code == 401
    assert "set-cookie" in ada.get("/").headers


def test_a_login_counts_only_where_signing_in_is_on(toy: Toy) -> None:
    answer = httpx.post(f"{toy.api}run/who", json={"data": []}, headers={"Cookie": "session=e30="})
    assert answer.status_code == 401
    for path in ("login/huggingface", "login/callback", "logout"):
        assert httpx.get(f"{toy.url}{path}").status_code == 404


def test_a_program_begins_a_visit_of_its_own(toy: Toy) -> None:
    begun = httpx.post(f"{toy.url}visit")
    assert begun.json()["header"] == HEADER
    assert begun.json()["minutes"] == 60
    assert begun.headers["cache-control"] == "private, no-store"
    client = Client(toy.url, verbose=False, headers={HEADER: begun.json()["token"]})
    assert client.predict(api_name="/who") == owner_of(begun.json()["token"]).id
    client.close()


def test_when_all_visits_are_taken_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with served(tmp_path, most=1) as toy:
        first = toy.program()
        httpx.post(f"{toy.api}run/who_at_once", json={"data": []}, headers=first)
        for answer in (httpx.post(f"{toy.url}visit"), httpx.get(toy.url)):
            assert answer.status_code == 503
            assert "Come back" in answer.text


ELSEWHERE = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {
        "Sec-Fetch-Site": "cross-site",
        "Origin": "https://evil.example",
        "X-Forwarded-Host": "evil.example",
    },
]


@pytest.mark.parametrize(("method", "path"), [*DATA, ("POST", "visit")])
def test_no_other_site_may_ask(ada: httpx.Client, method: str, path: str) -> None:
    for headers in ELSEWHERE:
        assert ada.request(method, f"/{path}", headers=headers).status_code == 403, headers


def test_the_page_itself_may_ask(toy: Toy, ada: httpx.Client) -> None:
    own = toy.url.rstrip("/")
    body = {"data": [], "session_hash": "tab"}
    for headers in (
        {"Origin": own},
        {"Origin": own, "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://studio.example", "X-Forwarded-Host": "studio.example"},
        {"Sec-Fetch-Site": "none"},
    ):
        answer = ada.post("/gradio_api/run/who_at_once", json=body, headers=headers)
        assert answer.status_code == 200, headers


def test_an_error_tells_nothing_of_this_machine(
    ada: httpx.Client,
    index_of: Callable[[str], int],
    events_of: Callable[..., object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = str(events_of(ada, "fail"))
    assert "'success': False" in told
    assert SECRET_PATH not in told
    body = {"fn_index": index_of("fail_at_once"), "data": [], "session_hash": "tab"}
    at_once = ada.post("/gradio_api/run/predict", json=body)
    assert at_once.status_code == 500
    assert SECRET_PATH not in at_once.text
    broken = ada.post("/gradio_api/run/predict", json=body | {"fn_index": 12_345})
    assert (broken.status_code, broken.json()) == (
        500, {"detail": "Something went wrong here. Try again."}
    )  # fmt: skip
    assert "could not be answered" in caplog.text


BAD_BODIES = [b"", b"[]", b'"x"', b"{", b"\xff", b"[" * 100_000, b'{"session_hash": 3, "data": []}']


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_body_that_is_not_what_was_expected(ada: httpx.Client, body: bytes) -> None:
    for path in ("queue/join", "run/who", "call/who", "component_server", "cancel"):
        answer = ada.post(f"/gradio_api/{path}", content=body)
        assert (answer.status_code, answer.json()) == (
            400, {"detail": "This is not the JSON that was expected here."}
        )  # fmt: skip


def test_a_body_that_is_too_large(ada: httpx.Client) -> None:
    body = b'{"data": ["' + b"x" * 8_000_000 + b'"]}'
    answer = ada.post("/gradio_api/queue/join", content=body)
    assert answer.status_code == 413
    assert "Upload files" in answer.json()["detail"]


def test_a_form_is_no_way_around(ada: httpx.Client) -> None:
    form = {"component_id": "1", "session_hash": "tab", "fn_name": "x"}
    answer = ada.post("/gradio_api/component_server", data=form, files={"a": b"b"})
    assert answer.status_code == 400
