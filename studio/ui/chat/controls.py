"""The Chat tab's controls, as the visitor prefers them and as the engine that speaks takes them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.ui.chat.layout import Panel
from studio.ui.parts import text_language
from studio.ui.parts.engine_controls import delivery_of
from studio.ui.parts.engine_view import engine_line, engine_name
from studio.ui.parts.shared import Shared, default_preferences, merged_preferences, speaking_engine
from studio.ui.settings import fetching

if TYPE_CHECKING:
    from studio.studio import Studio

PREFERRED: Final = ("temperature", "closeness", "top_k", "writer")
"""Preferences that a talk begins with and may depart from."""


def wire(studio: Studio, panel: Panel, shared: Shared) -> gr.State:
    """Keep the controls true; what is returned holds the engine that the page has named."""
    private: dict[str, Any] = {
        "api_visibility": "private",
        "show_progress": "hidden",
        "trigger_mode": "always_last",
    }
    named = gr.State("")
    shown = gr.State(default_preferences(studio))
    changes = [shared.page.load, shared.preferences.change, shared.engines.change]
    gr.on(
        changes,
        partial(_preferred, studio),
        inputs=[shared.preferences, shown],
        outputs=[
            panel.temperature,
            panel.closeness,
            panel.top_k,
            panel.writer,
            shown,
            named,
            panel.engine,
            *panel.offer.outputs,
        ],
        **private,
    )
    gr.on(
        [panel.voice.change, panel.language.change, *changes],
        partial(_fit, studio),
        inputs=[panel.voice, panel.language, shared.preferences],
        outputs=[
            panel.language,
            panel.emotion,
            panel.temperature,
            panel.closeness,
            panel.top_k,
        ],
        **private,
    )
    return named


def _preferred(studio: Studio, stored: object, shown: dict[str, Any]) -> tuple[Any, ...]:
    """(temperature, closeness, top-k, writer, preferences now shown, engine, engine line, the
    offer of a better engine) as the visitor prefers them.

    What is preferred as in ``shown`` is left alone: the visitor may have chosen otherwise for
    this talk, even while the page was still asking what is preferred.
    """
    chosen = merged_preferences(stored, studio)
    return (
        *(
            gr.skip() if chosen[key] == shown[key] else gr.update(value=chosen[key])
            for key in PREFERRED
        ),
        chosen,
        engine_name(studio, chosen["engine"]),
        engine_line(studio, chosen["engine"]),
        *fetching.offered(studio, chosen["engine"]),
    )


def _fit(
    studio: Studio, voice: str | None, language: str | None, stored: object
) -> tuple[Any, Any, Any, Any, Any]:
    """(language, emotion, temperature, closeness, top-k) for the engine that will speak."""
    engine = speaking_engine(stored, studio, voice)
    fits = delivery_of(studio, engine)
    return (
        text_language.fitted(studio, engine, [voice] if voice else [], language),
        gr.Radio(**fits.for_emotion()),
        gr.Slider(label=fits.variation, info=fits.variation_info),
        gr.Slider(info=fits.closeness, interactive=fits.takes_closeness),
        gr.Slider(visible=fits.takes_top_k),
    )
