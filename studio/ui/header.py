"""The top of the page: what this is, and which engine speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import gradio as gr

from studio.ui.parts.engine_view import engine_badge
from studio.ui.parts.shared import Shared, merged_preferences

if TYPE_CHECKING:
    from studio.studio import Studio

# Five bars of a waveform on a disc.
MARK: Final = (
    '<svg class="vs-mark" viewBox="0 0 44 44" aria-hidden="true">'
    '<rect width="44" height="44" rx="13" fill="var(--vs-accent)"/>'
    '<g stroke="var(--vs-accent-ink)" stroke-width="3.2" stroke-linecap="round">'
    '<path d="M10 19v6M16 14v16M22 9v26M28 16v12M34 20v4"/></g></svg>'
)


def build_header(studio: Studio) -> gr.HTML:
    return gr.HTML(_header(studio, studio.settings.engine), elem_id="vs-header", padding=False)


def wire_header(studio: Studio, header: gr.HTML, shared: Shared) -> None:
    """Let the header name the engine that the visitor has chosen."""

    def show(stored: object) -> str:
        return _header(studio, merged_preferences(stored, studio)["engine"])

    gr.on(
        [shared.page.load, shared.preferences.change, shared.engines.change],
        show,
        inputs=shared.preferences,
        outputs=header,
        trigger_mode="always_last",
        api_visibility="private",
        show_progress="hidden",
    )


def _header(studio: Studio, engine: str) -> str:
    return (
        f'<header class="vs-header"><div class="vs-brand">{MARK}<div><h1>Voice Studio</h1>'
        "<p>Make voice profiles, compare them side by side, let them talk.</p></div></div>"
        f"<div>{engine_badge(studio, engine)}</div></header>"
    )
