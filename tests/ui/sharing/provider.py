"""A provider of logins on 127.0.0.1, as the OpenID protocol has it, in any mood."""

from __future__ import annotations

import asyncio
import base64
import secrets
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

CLIENT, SECRET = "voice-studio", "a secret of the Space"


@dataclass
class Provider:
    """``silent``, ``slow`` and ``nonsense`` name the step with no answer, or a strange one."""

    url: str = ""
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "65f0a1", "preferred_username": "ada"}
    )
    refuses: bool = False
    silent: str = ""
    slow: str = ""
    nonsense: str = ""
    lasts_s: int = 3_600
    grants: dict[str, str] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))

    def app(self) -> Starlette:
        steps = {
            "/.well-known/openid-configuration": self._discovery,
            "/jwks": self._jwks,
            "/authorize": self._authorize,
        }
        routes = [Route(path, self._in_mood(path, step)) for path, step in steps.items()]
        routes.append(Route("/token", self._in_mood("/token", self._token), methods=["POST"]))
        return Starlette(routes=routes)

    def _in_mood(self, path: str, step: Any) -> Any:
        async def answer(request: Request) -> Response:
            if self.silent == path:
                await asyncio.Event().wait()
            if self.slow == path:
                return StreamingResponse(self._drops(), media_type="application/json")
            if self.nonsense == path:
                return PlainTextResponse("<html>We are down for maintenance.</html>")
            return await step(request)

        return answer

    async def _drops(self) -> AsyncIterator[bytes]:
        """Often enough that nobody who waits for the next one gives up."""
        while True:
            yield b" "
            await asyncio.sleep(0.1)

    async def _discovery(self, request: Request) -> Response:
        return JSONResponse({
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "id_token_signing_alg_values_supported": ["RS256"],
        })  # fmt: skip

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        back: dict[str, str] = {"state": asked["state"]}
        if self.refuses:
            back["error"] = "access_denied"
            back["error_description"] = "The resource owner denied the request <script>."
        else:
            back["code"] = secrets.token_hex(8)
            self.grants[back["code"]] = asked["nonce"]
        joined = "&" if "?" in asked["redirect_uri"] else "?"
        return RedirectResponse(f"{asked['redirect_uri']}{joined}{urlencode(back)}", 302)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        shown = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        nonce = self.grants.pop(str(form["code"]), None)
        if request.headers["authorization"] != f"Basic {shown}" or nonce is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = self.person | {
            "iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 3_600, "nonce": nonce,
        }  # fmt: skip
        told = {
            "access_token": secrets.token_hex(8), "token_type": "bearer",
            "expires_in": self.lasts_s,
            "id_token": jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key),
        }  # fmt: skip
        return JSONResponse(told)


@contextmanager
def running(provider: Provider) -> Iterator[Provider]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        provider.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(provider.app(), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield provider
        finally:
            # Nobody waits for the step that gets no answer.
            server.should_exit = server.force_exit = True
            thread.join()
