"""What the gate says itself: one sentence each, and the same for all who are told the same."""

from __future__ import annotations

import html
from typing import Final

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

HEADER: Final = "X-Voice-Studio-Visit"
"""Where a program shows the token of its visit."""

_PRIVATE: Final = {"Cache-Control": "private, no-store"}


class RefusedError(Exception):
    """A request that goes no further, with what its sender is told."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = JSONResponse({"detail": self.detail}, self.status, _PRIVATE)
        await told(scope, receive, send)


def not_there() -> RefusedError:
    """For what does not exist and for what is another's: nobody can tell one from the other."""
    return RefusedError(404, "Not Found")


def nobody() -> RefusedError:
    return RefusedError(
        401,
        "Your visit is over, or has not begun. Reload the page; a program begins a visit with "
        f"POST /visit, and sends the token that it gets in the header {HEADER}.",
    )


def from_elsewhere() -> RefusedError:
    return RefusedError(403, "This was asked from another site, and only this page may ask.")


def unreadable() -> RefusedError:
    return RefusedError(400, "This is not the JSON that was expected here.")


def too_large(most: int) -> RefusedError:
    return RefusedError(
        413, f"This is more than {most // 1_000_000} MB. Upload files; do not send them as JSON."
    )


def too_much(most_bytes: float) -> RefusedError:
    return RefusedError(
        413,
        f"You have {most_bytes / 1e6:.0f} MB of files here, which is the most for one person. Save "
        "what you have uploaded, or wait: what is not used goes after a while.",
    )


def not_kept() -> RefusedError:
    return RefusedError(400, "The file could not be kept. Give it a name, and upload it again.")


def too_many() -> RefusedError:
    return RefusedError(503, "Too many people are here at the moment. Come back in a few minutes.")


def failed() -> RefusedError:
    return RefusedError(500, "Something went wrong here. Try again.")


def page(status: int, title: str, sentence: str) -> Response:
    """A small page that says ``sentence`` and leads back to the studio."""
    title, sentence = html.escape(title), html.escape(sentence)
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title>"
        '<body style="font:1.1rem/1.5 system-ui;max-width:34rem;margin:4rem auto;padding:0 1rem">'
        f'<h1>{title}</h1><p>{sentence}</p><p><a href="/">Back to Voice Studio</a></p>',
        status,
        _PRIVATE,
    )
