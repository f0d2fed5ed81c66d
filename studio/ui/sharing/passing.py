"""What goes through the gate: a body on its way in, an answer on its way out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.ui.sharing.answers import too_large


async def body_of(receive: Receive, most: int) -> bytes:
    """The whole body of a request; refused once it is more than ``most`` bytes."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise too_large(most)
        more = message.get("more_body", False)
    return b"".join(parts)


def again(body: bytes, receive: Receive) -> Receive:
    """What an app receives of a request whose body was read, and is ``body`` now."""
    is_given = False

    async def give() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


@dataclass
class Answer:
    """A whole answer, held back until it is known what may go out."""

    start: Message
    body: bytes

    @property
    def status(self) -> int:
        return int(self.start["status"])

    async def pass_on(self, send: Send) -> None:
        MutableHeaders(scope=self.start)["content-length"] = str(len(self.body))
        await send(self.start)
        await send({"type": "http.response.body", "body": self.body})


async def answer_of(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """What ``app`` answers, once it has done all that it does for the request."""
    start: Message = {"type": "http.response.start", "status": 500, "headers": []}
    parts: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, keep)
    return Answer(start, b"".join(parts))


def with_headers(
    send: Send, headers: Mapping[str, str], *, only: Collection[str] | None = None
) -> Send:
    """``send`` with ``headers`` set, and of others only those in ``only``, if that is given."""

    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            message.setdefault("headers", [])
            found = MutableHeaders(scope=message)
            for name in set(found) if only is not None else ():
                if name not in (only or ()):
                    del found[name]
            for name, value in headers.items():
                if name == "Set-Cookie":
                    found.append(name, value)
                else:
                    found[name] = value
        await send(message)

    return send_with
