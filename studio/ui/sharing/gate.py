"""The gate before Gradio's server, where a page is shared.

It knows who asks, lets through what the page needs, and sees to it that a request can only name
what is the asker's. Gradio itself knows no owners: whoever names a session, an event or a file
there gets it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.sharing.owners import Owner, asking_as
from studio.sharing.visits import Visits
from studio.ui.sharing import answers, bodies, passing, sign_in, who
from studio.ui.sharing.asker import OWNER
from studio.ui.sharing.handed import Handed
from studio.ui.sharing.routes import API, IS_EVERYBODYS, Kind, kind_of

VISIT: Final = "/visit"
"""Where a program begins a visit."""

_JSON: Final = frozenset({Kind.BODY, Kind.PARAMETERS, Kind.EVENT, Kind.PARAMETERS_EVENT})
_USES: Final = _JSON | {Kind.UPLOAD}
_OF_A_FILE: Final = frozenset({
    "accept-ranges", "content-disposition", "content-length", "content-range", "content-type",
    "etag", "last-modified",
})  # fmt: skip
"""Headers of a file. Gradio also answers with those of the request, the cookie among them."""

_PLAIN: Final = {"X-Content-Type-Options": "nosniff"}
_PRIVATE: Final = {**_PLAIN, "Cache-Control": "private, no-store"}
_PAGE: Final = {**_PLAIN, "Cache-Control": "private, no-cache", "Referrer-Policy": "same-origin"}

_log = logging.getLogger(__name__)


def gated(
    visits: Visits,
    handed: Handed,
    names: bodies.Names,
    *,
    sign_in_with_hub: bool = False,
    sign_in_s: float = sign_in.LONGEST_S,
) -> dict[str, Any]:
    """What ``Blocks.launch`` needs besides, so that the page can be shared."""
    if sign_in_with_hub and not sign_in.is_possible():
        raise ValueError("Signing in needs the secret of a Space: set hf_oauth in its README.")
    gate = Middleware(
        Gate,
        visits=visits,
        handed=handed,
        names=names,
        sign_in_with_hub=sign_in_with_hub,
        sign_in_s=sign_in_s,
    )
    return {"app_kwargs": {"middleware": [gate]}}


class Gate:
    """ASGI middleware, inside Gradio's own for sessions. See ``gated``."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        visits: Visits,
        handed: Handed,
        names: bodies.Names,
        sign_in_with_hub: bool,
        sign_in_s: float,
    ) -> None:
        self._app = app
        self._visits = visits
        self._handed = handed
        self._signs_in = sign_in_with_hub
        self._sign_in_s = sign_in_s
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            try:
                await self._answer(dict(scope), receive, send)
            except answers.RefusedError as refused:
                await refused.answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, method, path = Headers(scope=scope), scope["method"], passing.path_of(scope)
        if (method, path) == ("POST", VISIT):
            _refuse_elsewhere(headers)
            begun = JSONResponse(who.begun(self._visits), headers=_PRIVATE)
            await begun(scope, receive, send)
            return
        found = kind_of(method, path)
        if found is None:
            raise answers.not_there()
        kind, parts = found
        if kind in (Kind.SIGN_IN, Kind.SIGN_OUT):
            # Gradio keeps sessions, and has these routes, where the page has a login button.
            if not self._signs_in or "session" not in scope:
                raise answers.not_there()
            if kind is Kind.SIGN_OUT:
                _refuse_elsewhere(headers)
            await sign_in.take_step(self._app, scope, receive, send, self._sign_in_s)
        elif kind is Kind.PAGE:
            await self._show_page(scope, headers, receive, send)
        elif kind in IS_EVERYBODYS:
            # Gradio would show what a deep link keeps of somebody's session.
            if path in ("/", "/config", "/config/"):
                scope["query_string"] = b""
            await self._run(kind, scope, receive, passing.with_headers(send, _PLAIN))
        else:
            _refuse_elsewhere(headers)
            owner = self._owner(scope, headers, uses=kind in _USES)
            if owner is None:
                raise answers.nobody()
            scope["state"] = {**scope.get("state", {}), OWNER: owner}
            with asking_as(owner):
                await self._serve(kind, parts, owner, scope, receive, send)

    async def _serve(
        self,
        kind: Kind,
        parts: Mapping[str, Any],
        owner: Owner,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer what touches the data of ``owner``."""
        names, handed = self._names, self._handed
        only = _OF_A_FILE if kind is Kind.FILE else None
        send = passing.with_headers(send, _PRIVATE, only=only)
        if kind in _JSON:
            body = await passing.body_of(receive, bodies.MOST_JSON)
            if kind in (Kind.BODY, Kind.EVENT):
                body = bodies.own_body(body, owner, names, handed)
            else:
                body = bodies.own_parameters(body, owner, handed)
            passing.say_json(scope, body)
            receive = passing.again(body, receive)
        elif kind is Kind.RESULT:
            if not handed.is_event_of(owner, parts["event_id"]):
                raise answers.not_there()
        elif kind is Kind.QUEUE:
            scope["query_string"] = names.own_query(owner, scope["query_string"], "session_hash")
        elif kind is Kind.HEARTBEAT:
            passing.set_path(scope, f"{API}/heartbeat/{names.own(owner, parts['session_hash'])}")
        elif kind in (Kind.UPLOAD, Kind.PROGRESS):
            if kind is Kind.UPLOAD and handed.is_full(owner):
                raise answers.too_much(handed.most_bytes)
            scope["query_string"] = names.own_query(owner, scope["query_string"], "upload_id")
        elif kind is Kind.FILE:
            real = handed.file_of(owner, parts.get("path_or_url") or parts.get("path") or "")
            if real is None:
                raise answers.not_there()
            passing.set_path(scope, f"{API}/file={real}")
        if kind in (Kind.EVENT, Kind.PARAMETERS_EVENT, Kind.UPLOAD):
            await self._run_whole(kind, owner, scope, receive, send)
        else:
            await self._run(kind, scope, receive, send)

    async def _run(self, kind: Kind, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Gradio answer. What goes wrong there is told to the log, and to nobody else."""
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            if not started:
                _log.exception("A request could not be answered")
                raise answers.failed() from error
            if kind not in (Kind.QUEUE, Kind.RESULT, Kind.HEARTBEAT):
                raise
            # Gradio has said in the stream what was wrong, such as a session that is not there.
            await send({"type": "http.response.body", "body": b""})

    async def _run_whole(
        self, kind: Kind, owner: Owner, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let Gradio answer, and note what it made for ``owner`` before anybody hears of it."""
        try:
            answer = await passing.answer_of(self._app, scope, receive)
        except Exception as error:
            _log.exception("A request could not be answered")
            raise answers.failed() from error
        if answer.status == 200 and kind is Kind.UPLOAD:
            # Gradio deletes the files that it knows of when they are old.
            known = scope["app"].get_blocks().upload_file_set
            own = self._handed.take_in_all(owner, json.loads(answer.body), known)
            answer.body = json.dumps(own).encode()
        elif answer.status == 200:
            self._handed.note_event(owner, json.loads(answer.body)["event_id"])
        await answer.pass_on(send)

    async def _show_page(
        self, scope: Scope, headers: Headers, receive: Receive, send: Send
    ) -> None:
        told = dict(_PAGE)
        if self._owner(scope, headers) is None:
            token = self._visits.begin()
            if not token:
                full = answers.page(503, "Voice Studio is full", answers.too_many().detail)
                await full(scope, receive, send)
                return
            told["Set-Cookie"] = who.cookie(token, scope, headers)
        # The page has no use for a query on this side; Gradio would load a deep link.
        scope["query_string"] = b""
        await self._run(Kind.PAGE, scope, receive, passing.with_headers(send, told))

    def _owner(self, scope: Scope, headers: Headers, *, uses: bool = False) -> Owner | None:
        return who.owner_of(scope, headers, self._visits, sign_in=self._signs_in, uses=uses)


def _refuse_elsewhere(headers: Headers) -> None:
    if who.is_from_elsewhere(headers):
        raise answers.from_elsewhere()
