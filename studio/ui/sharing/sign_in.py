"""Signing in with Hugging Face, which Gradio does: who has, and what is shown when it fails."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Final

from gradio import oauth, utils
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from studio.sharing.owners import Owner, member
from studio.ui.sharing.answers import page
from studio.ui.sharing.passing import answer_of

LONGEST_S: Final = 20.0
"""How long the provider of logins may take over one step."""

_log = logging.getLogger(__name__)


def is_possible() -> bool:
    """Whether a login proves anything: Gradio signs it with the secret that a Space has.

    Elsewhere Gradio's login button makes everybody the same person, and signs that with a key which
    everybody knows.
    """
    return bool(oauth.OAUTH_CLIENT_SECRET and utils.get_space())


def member_of(session: Any) -> Owner | None:
    """Who signed in, by the session that Gradio keeps in a signed cookie; None if nobody did.

    What is in it was sent by a provider, so nothing about its form is taken for granted.
    """
    login = session.get("oauth_info") if isinstance(session, dict) else None
    person = login.get("userinfo") if isinstance(login, dict) else None
    if not isinstance(login, dict) or not isinstance(person, dict):
        return None
    subject, name = person.get("sub"), person.get("preferred_username")
    ends = login.get("expires_at", float("inf"))
    # Gradio's login button shows somebody as signed out from that moment on.
    is_over = not isinstance(ends, int | float) or ends < time.time()
    if is_over or not isinstance(subject, str) or not subject.strip():
        return None
    return member(subject, name if isinstance(name, str) else "")


async def take_step(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, most_s: float
) -> None:
    """One step of signing in or out. If it fails, a page says so and leads back."""
    session, answer, reason = scope["session"], None, "nobody has signed in"
    before = session.get("oauth_info")
    try:
        async with asyncio.timeout(most_s):
            answer = await answer_of(app, scope, receive)
    except Exception as error:
        # Only its kind: the message of an error may hold what the provider has sent.
        reason = type(error).__name__
    login = session.get("oauth_info")
    if login is not None and login is not before and member_of(session) is None:
        session.pop("oauth_info")
        answer = None
    if answer is None or answer.status >= 400:
        _log.warning("Signing in did not work: %s", reason)
        await _did_not_work()(scope, receive, send)
        return
    await answer.pass_on(send)


def _did_not_work() -> Response:
    return page(
        502,
        "Signing in did not work",
        "You refused, or Hugging Face did not answer as it should. You can try again, or go on "
        "without: then your voices are deleted when your visit ends.",
    )
