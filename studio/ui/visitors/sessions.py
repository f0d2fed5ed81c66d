"""The end of what Gradio keeps of somebody's sessions: forms, lists, and answers on their way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr


def end(page: gr.Blocks, endings: Iterable[Callable[[str], None]], beginning: str) -> None:
    """Forget every session of the running ``page`` whose name begins so, and let ``endings``
    forget what they keep of it."""
    for forget in endings:
        forget(beginning)
    states = page.app.state_holder
    with states.lock:
        for session in [one for one in states.session_data if one.startswith(beginning)]:
            del states.session_data[session]
            states.time_last_used.pop(session, None)
    waiting = page._queue.pending_messages_per_session
    for session in [one for one in waiting if one.startswith(beginning)]:
        del waiting[session]
