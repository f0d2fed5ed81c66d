"""The page follows what is done to the library elsewhere: in another tab or window, or from the
command line."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import StudioError

if TYPE_CHECKING:
    from studio.studio import Studio


def wire(studio: Studio, page: gr.Blocks, library: gr.State) -> None:
    """Let ``library`` go up when voices were made, changed or deleted by somebody else."""

    async def library_state(asked: object = None) -> str:
        return await asyncio.to_thread(_state, studio)

    follows = gr.HTML(
        "",
        html_template="<span hidden></span>",
        # The event is named here because the component takes its events from this text.
        js_on_load="window.voiceStudio.library.mount(trigger, props, server, watch); // 'changed'",
        server_functions=[library_state],
        apply_default_css=False,
        padding=False,
        elem_classes="vs-notice-slot",
    )
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    follows.changed(lambda number: number + 1, library, library, **quiet)
    for drawn in (page.load, library.change):
        drawn(lambda: _state(studio), None, follows, **quiet)


def _state(studio: Studio) -> str:
    """Another one after every change; "" if that cannot be known now."""
    try:
        listed = studio.profiles()
    except StudioError:
        return ""
    state = [
        (entry.id, entry.metadata.revision if entry.metadata else entry.error) for entry in listed
    ]
    return hashlib.sha256(repr(state).encode()).hexdigest()
