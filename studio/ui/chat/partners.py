"""Whom one can talk with: the Chat tab's list of voices, as the library changes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.ui.chat.layout import Panel, voice_choices
from studio.ui.parts.shared import Shared

if TYPE_CHECKING:
    from studio.studio import Studio


def wire(studio: Studio, panel: Panel, shared: Shared) -> None:
    """Keep the list true, and choose the voice that the visitor has just made."""
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    for changed in (shared.library.change, shared.page.load):
        changed(
            partial(_listed, studio),
            inputs=panel.voice,
            outputs=[panel.voice, panel.with_voices, panel.without_voices],
            **private,
        )
    shared.newest.change(
        partial(_chosen, studio), inputs=shared.newest, outputs=panel.voice, **private
    )
    panel.to_voices.click(None, js="() => window.voiceStudio.tabs.show('voices')", **private)


def _listed(studio: Studio, chosen: str | None) -> tuple[Any, Any, Any]:
    """(dropdown, tab with voices, tab without), as the library is now.

    What is ``chosen`` stays so by not being mentioned: a voice that was made just now may have been
    chosen since this was asked.
    """
    choices = voice_choices(studio)
    ids = [value for _, value in choices]
    first = next(iter(ids), None)
    return (
        gr.update(choices=choices) if chosen in ids else gr.update(choices=choices, value=first),
        gr.Column(visible=bool(ids)),
        gr.Column(visible=not ids),
    )


def _chosen(studio: Studio, newest: tuple[int, str]) -> Any:
    return gr.update(choices=voice_choices(studio), value=newest[1])
