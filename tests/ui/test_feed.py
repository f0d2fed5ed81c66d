from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from studio.ui.parts.feed import Feed

WHO: ContextVar[str] = ContextVar("WHO", default="nobody")


def test_the_work_knows_who_asked() -> None:
    """On a Space with ZeroGPU the card is lent on the account of the visitor, not of the Space."""

    def work(put: Callable[[str], None]) -> None:
        put(WHO.get())

    token = WHO.set("visitor")
    try:
        assert Feed(work).get() == "visitor"
    finally:
        WHO.reset(token)
