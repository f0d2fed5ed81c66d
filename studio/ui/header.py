"""The top of the page: what this is, and which engine speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import gradio as gr

from studio.ui.present import badge

if TYPE_CHECKING:
    from studio.studio import Studio

# Five bars of a waveform on a disc.
MARK: Final = (
    '<svg class="vs-mark" viewBox="0 0 44 44" aria-hidden="true">'
    '<rect width="44" height="44" rx="13" fill="var(--vs-accent)"/>'
    '<g stroke="var(--vs-accent-ink)" stroke-width="3.2" stroke-linecap="round">'
    '<path d="M10 19v6M16 14v16M22 9v26M28 16v12M34 20v4"/></g></svg>'
)


def build_header(studio: Studio) -> None:
    gr.HTML(_header(studio), elem_id="vs-header", padding=False)


def _header(studio: Studio) -> str:
    return (
        f'<header class="vs-header"><div class="vs-brand">{MARK}<div><h1>Voice Studio</h1>'
        "<p>Make voice profiles, compare them side by side, let them talk.</p></div></div>"
        f"<div>{engine_badge(studio)}</div></header>"
    )


def engine_badge(studio: Studio) -> str:
    """Which engine speaks unless told otherwise."""
    for status in studio.engines():
        if status.available:
            return badge(f"{status.label.split(' (')[0]} ready", "good", dot=True)
    return badge("No engine can speak here", "bad", dot=True)
