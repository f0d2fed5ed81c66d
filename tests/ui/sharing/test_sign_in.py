"""Signing in with Hugging Face, at a stand-in that speaks its protocol."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import gradio.oauth
import httpx
import itsdangerous
import pytest

from studio.sharing.owners import member
from studio.sharing.visits import Visits
from studio.ui.sharing import sign_in
from studio.ui.sharing.bodies import Names
from studio.ui.sharing.gate import gated
from studio.ui.sharing.handed import Handed
from tests.ui.sharing import provider as stand_in
from tests.ui.sharing.provider import Provider
from tests.ui.sharing.toy import PATIENCE_S, Toy, served

Serve = Callable[..., AbstractContextManager[Toy]]


class Browser:
    """It sends back its cookies also without https, which Gradio wants for those of a login."""

    def __init__(self, toy: Toy) -> None:
        self.toy = toy
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> httpx.Response:
        url = httpx.URL(self.toy.url).join(path)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = httpx.get(url, headers={"Cookie": cookies}, timeout=PATIENCE_S)
        for cookie in answer.headers.get_list("set-cookie"):
            name, value = re.match(r"([^=]+)=([^;]*)", cookie).groups()  # type: ignore[union-attr]
            self.cookies[name] = value
        return answer

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return httpx.post(f"{self.toy.url}{path}", json=body, headers={"Cookie": cookies})

    def who(self) -> str:
        answer = self.post("gradio_api/run/who_at_once", {"data": [], "session_hash": "tab"})
        assert answer.status_code in (200, 401)
        return str(answer.json()["data"][0]) if answer.status_code == 200 else ""

    def sign_in(self) -> httpx.Response:
        """Follow all steps; what the last one answers."""
        asked = self.get("login/huggingface")
        if asked.status_code != 302:
            return asked
        allowed = httpx.get(asked.headers["location"], timeout=PATIENCE_S)
        return self.get(allowed.headers["location"])


@pytest.fixture
def hub() -> Iterator[Provider]:
    with stand_in.running(Provider()) as provider:
        yield provider


@pytest.fixture
def serve(hub: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """The page as in a Space with logins. Gradio reads all this when it is imported."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    # Not by the environment: in a Space, Gradio also looks for a page to load anew.
    monkeypatch.setattr(gradio.oauth, "get_space", lambda: "somebody/voice-studio")
    monkeypatch.setattr(gradio.oauth, "OAUTH_CLIENT_ID", stand_in.CLIENT)
    monkeypatch.setattr(gradio.oauth, "OAUTH_CLIENT_SECRET", stand_in.SECRET)
    monkeypatch.setattr(gradio.oauth, "OAUTH_SCOPES", "openid profile")
    monkeypatch.setattr(gradio.oauth, "OPENID_PROVIDER_URL", hub.url)

    def start(**options: Any) -> AbstractContextManager[Toy]:
        return served(tmp_path, login=True, **options)

    return start


def test_whoever_signs_in_is_the_same_after_a_restart(hub: Provider, serve: Serve) -> None:
    with serve() as toy:
        browser = Browser(toy)
        browser.get("/")
        as_visitor = browser.who()
        assert as_visitor.startswith("visit-")
        done = browser.sign_in()
        assert (done.status_code, done.headers["location"]) == (307, "/")
        assert browser.who() == member("65f0a1").id
        kept = dict(browser.cookies)
    hub.person["preferred_username"] = "ada-with-a-new-name"
    with serve() as toy:
        again = Browser(toy)
        again.cookies = kept
        assert again.who() == member("65f0a1").id
        elsewhere = Browser(toy)
        elsewhere.sign_in()
        assert elsewhere.who() == member("65f0a1").id
        assert "voice_studio_visit" not in elsewhere.cookies
        elsewhere.get("/")
        assert "voice_studio_visit" not in elsewhere.cookies
        elsewhere.get("logout")
        assert elsewhere.who() == ""
        assert again.who() == member("65f0a1").id


def test_two_members_have_nothing_of_each_other(hub: Provider, serve: Serve) -> None:
    with serve() as toy:
        ada, ben = Browser(toy), Browser(toy)
        ada.sign_in()
        hub.person = {"sub": "another", "preferred_username": "ada"}
        ben.sign_in()
        assert ada.who() != ben.who()
        called = ada.post("gradio_api/call/hand_out", {"data": ["Ada's"]}).json()["event_id"]
        assert ben.get(f"gradio_api/call/hand_out/{called}").status_code == 404
        told = ada.get(f"gradio_api/call/hand_out/{called}").text
        path = re.search(r'"path": "([^"]+)"', told)[1]  # type: ignore[index]
        assert ada.get(f"gradio_api/file={path}").text == "Ada's"
        assert ben.get(f"gradio_api/file={path}").status_code == 404


def test_a_forged_login_is_nobodys(serve: Serve) -> None:
    login = base64.b64encode(b'{"oauth_info": {"userinfo": {"sub": "65f0a1"}}}')
    everybodys = itsdangerous.TimestampSigner(hashlib.sha256(b"-v4").hexdigest()).sign(login)
    forged = ["", "null", "e30=", "../member-1", login.decode(), f"{login.decode()}.abc.def"]
    with serve() as toy:
        for one in [*forged, everybodys.decode()]:
            browser = Browser(toy)
            browser.cookies = {"session": one}
            assert browser.who() == "", one


DISCOVERY = "/.well-known/openid-configuration"
# In this order: what a provider says of itself, and its keys, are asked for until they come.
SILENT: list[dict[str, Any]] = [
    {"silent": DISCOVERY}, {"slow": DISCOVERY}, {"silent": "/jwks"}, {"slow": "/token"},
]  # fmt: skip
USELESS: list[dict[str, Any]] = [
    *({"nonsense": step} for step in (DISCOVERY, "/jwks", "/token")),
    {"refuses": True},
    *({"person": {"sub": sub}} for sub in (None, 7, "", "  ", ["65f0a1"], {"$ne": ""})),
    {"person": {"preferred_username": "ada"}},
    {"lasts_s": -1},
]


@pytest.mark.parametrize(("moods", "login_s"), [(SILENT, 1.0), (USELESS, 20.0)])
def test_a_login_that_fails_is_told_and_leaves_a_visitor(
    hub: Provider,
    serve: Serve,
    caplog: pytest.LogCaptureFixture,
    moods: list[dict[str, Any]],
    login_s: float,
) -> None:
    usual = dict(vars(hub))
    with caplog.at_level(logging.WARNING), serve(login_s=login_s) as toy:
        for mood in moods:
            vars(hub).update(usual | mood)
            browser = Browser(toy)
            browser.get("/")
            before = browser.who()
            told = browser.sign_in()
            assert told.status_code == 502, mood
            assert told.headers["content-type"].startswith("text/html")
            assert "Signing in did not work" in told.text
            assert '<a href="/">' in told.text
            assert "script" not in told.text
            assert "denied" not in told.text
            assert browser.who() == before, mood
        vars(hub).update(usual)
        browser.sign_in()
        assert browser.who() == member("65f0a1").id
    assert "denied the request" not in caplog.text


def test_a_wrong_state_signs_nobody_in(hub: Provider, serve: Serve) -> None:
    with serve() as toy:
        browser = Browser(toy)
        asked = browser.get("login/huggingface")
        allowed = httpx.URL(httpx.get(asked.headers["location"]).headers["location"])
        code = allowed.params["code"]
        for state in ("wrong", "", "../x"):
            tried = browser.get(f"login/callback?code={code}&state={state}")
            assert tried.headers["location"].startswith("/login/huggingface?")
            assert browser.who() == ""
        # Another's browser cannot be made to finish what was begun here.
        victim = Browser(toy)
        victim.get(str(allowed))
        assert victim.who() == ""
        # After some rounds Gradio gives up, and the page says so.
        for query in ("_nb_redirects=9", "_nb_redirects=x"):
            told = browser.get(f"login/callback?code={code}&state=wrong&{query}")
            assert told.status_code == 502
            assert "Signing in did not work" in told.text


def test_signing_in_leads_to_no_other_site(serve: Serve) -> None:
    with serve() as toy:
        browser = Browser(toy)
        asked = browser.get("login/huggingface?_target_url=https://evil.example/x")
        allowed = httpx.get(asked.headers["location"])
        assert browser.get(allowed.headers["location"]).headers["location"] == "/x"
        # Nor can another site sign somebody out.
        cookies = {"Cookie": f"session={browser.cookies['session']}"}
        gone = httpx.get(f"{toy.url}logout", headers=cookies | {"Sec-Fetch-Site": "cross-site"})
        assert gone.status_code == 403
        assert browser.who() == member("65f0a1").id


def test_outside_a_space_a_login_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradio signs it with a key that everybody knows there."""
    monkeypatch.delenv("SYSTEM", raising=False)
    monkeypatch.setattr(gradio.oauth, "OAUTH_CLIENT_SECRET", "a secret")
    assert not sign_in.is_possible()
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("SPACE_ID", "somebody/voice-studio")
    assert sign_in.is_possible()
    monkeypatch.setattr(gradio.oauth, "OAUTH_CLIENT_SECRET", None)
    with pytest.raises(ValueError, match="secret of a Space"):
        gated(Visits(60.0), Handed(tmp_path), Names(), sign_in_with_hub=True)


@pytest.mark.parametrize(
    "session",
    [
        None, "x", {}, {"oauth_info": None}, {"oauth_info": []}, {"oauth_info": {"userinfo": "x"}},
        {"oauth_info": {"userinfo": {}}}, {"oauth_info": {"userinfo": {"sub": 1}}},
        {"oauth_info": {"userinfo": {"sub": "a"}, "expires_at": 1}},
        {"oauth_info": {"userinfo": {"sub": "a"}, "expires_at": "never"}},
        {"oauth_info": {"userinfo": {"sub": "a"}, "expires_at": None}},
        {"oauth_info": {"userinfo": {"sub": "a"}, "expires_at": float("nan")}},
    ],
)  # fmt: skip
def test_a_session_that_says_nothing_of_anybody(session: object) -> None:
    assert sign_in.member_of(session) is None


def test_the_name_is_for_show() -> None:
    login = {"userinfo": {"sub": "a", "preferred_username": 7}}
    assert sign_in.member_of({"oauth_info": login}) == member("a", "")
    login["userinfo"]["preferred_username"] = "ada"
    assert sign_in.member_of({"oauth_info": login}) == member("a", "ada")
    assert member("a", "ada").id == member("a", "").id
