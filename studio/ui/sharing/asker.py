"""Who asks, for whatever an event does on the page."""

from __future__ import annotations

from typing import Final

from gradio import Request
from gradio.context import LocalContext

from studio.sharing.owners import Owner, asking

OWNER: Final = "owner"
"""Under this name the gate leaves the owner in the state of a request."""


def asker() -> Owner:
    """The owner whom the running event belongs to, or who is named with ``asking_as``.

    Where nobody asks, this fails: what is done for nobody is done for no one's voices.
    """
    owner = known_asker()
    if owner is None:
        raise RuntimeError("Nobody asks here: there is no request that came through the gate.")
    return owner


def known_asker() -> Owner | None:
    """The same; None where nobody asks, and where the page is not shared.

    Gradio runs queued events in tasks of its own, which know the request that asked for them and
    nothing else of it.
    """
    named = asking()
    if named is not None:
        return named
    request = LocalContext.request.get(None)
    # Several requests at once are a batch, of events that may be of different people.
    asked = request.request if isinstance(request, Request) else None
    owner = asked.scope.get("state", {}).get(OWNER) if asked is not None else None
    return owner if isinstance(owner, Owner) else None
