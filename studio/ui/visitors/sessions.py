"""What Gradio keeps of people's sessions, and its end: forms, lists, events that are over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from studio.sharing.owners import Owner
from studio.ui.sharing.asker import OWNER

if TYPE_CHECKING:
    import gradio as gr
    from gradio.queueing import Event

OVER: Final = ("success", "failed", "cancelled")
READ_S: Final = 60.0
"""An answer may still be on its way to whoever asked so long ago."""


def end(page: gr.Blocks, owner_id: str, beginning: str) -> None:
    """Forget the sessions of an owner in the running ``page``: those whose names begin so, and
    those that programs have let Gradio name."""
    queue, states = page._queue, page.app.state_holder
    own = [event for event in list(queue.event_ids_to_events.values()) if _is_of(event, owner_id)]
    sessions = {event.session_hash for event in own}
    sessions |= {name for name in list(states.session_data) if name.startswith(beginning)}
    waiting = queue.pending_messages_per_session
    sessions |= {name for name in list(waiting) if name.startswith(beginning)}
    for session in sessions:
        _end(page, session)
    for event in own:
        _drop(page, event)


def drop_what_is_over(page: gr.Blocks) -> None:
    """Let go of events that were answered: Gradio keeps them, with all that was sent, for ever."""
    queue = page._queue
    before = time.monotonic() - READ_S
    for event in list(queue.event_ids_to_events.values()):
        status = queue.event_analytics.get(event._id, {}).get("status")
        is_unread = event._id in queue.pending_event_ids_session.get(event.session_hash, ())
        if status not in OVER or is_unread or event.enqueue_time > before:
            continue
        if event.session_hash == event._id:  # a session of this event alone
            _end(page, event._id)
        _drop(page, event)


def _end(page: gr.Blocks, session: str) -> None:
    states, queue = page.app.state_holder, page._queue
    with states.lock:
        states.session_data.pop(session, None)
        states.time_last_used.pop(session, None)
    queue.pending_messages_per_session.pop(session, None)
    queue.pending_event_ids_session.pop(session, None)


def _drop(page: gr.Blocks, event: Event) -> None:
    page._queue.event_ids_to_events.pop(event._id, None)
    page._queue.event_analytics.pop(event._id, None)


def _is_of(event: Event, owner_id: str) -> bool:
    asked = getattr(event.request, "scope", None) or {}
    owner = asked.get("state", {}).get(OWNER)
    return isinstance(owner, Owner) and owner.id == owner_id
