"""The settings panel: what a visitor prefers in this browser, and the state of the studio."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.errors import StudioError
from studio.types import MAX_TEMPERATURE
from studio.ui.parts.engine_controls import (
    CLOSENESS_LABEL,
    DEFAULT_TOP_K,
    MAX_SHOWN_TOP_K,
    TOP_K_INFO,
    delivery_of,
)
from studio.ui.parts.engine_view import engine_choices, engine_list, engine_warning
from studio.ui.parts.present import error_notice, notice
from studio.ui.parts.shared import Shared, default_preferences, merged_preferences
from studio.ui.settings import fetching

if TYPE_CHECKING:
    from studio.studio import Studio

THEMES: Final = [("Light", "light"), ("Dark", "dark"), ("As the system", "system")]


def build(studio: Studio, shared: Shared) -> None:
    settings = studio.settings
    fits = delivery_of(studio, settings.engine)
    with gr.Row(elem_classes="vs-settings"):
        with gr.Column(elem_classes="vs-card vs-fields", min_width=300):
            gr.HTML('<h2 class="vs-kicker">Engine</h2>')
            engine = gr.Radio(
                engine_choices(studio),
                value=settings.engine,
                label="Who speaks",
                info="In Chat, in Compare and when a voice in the library is tried.",
                elem_classes="vs-segmented",
            )
            warning = gr.HTML(
                engine_warning(studio, settings.engine),
                elem_id="vs-engine-warning",
                elem_classes="vs-notice-slot",
            )
            engines = gr.HTML(engine_list(studio))
            offer = fetching.lay_out(studio, settings.engine, says_why=False)
        with gr.Column(min_width=300):
            with gr.Column(elem_classes="vs-card vs-fields"):
                gr.HTML('<h2 class="vs-kicker">In this browser</h2>')
                theme = gr.Radio(THEMES, value="system", label="Theme", elem_classes="vs-segmented")
                temperature = gr.Slider(
                    0,
                    MAX_TEMPERATURE,
                    value=settings.temperature,
                    step=0.05,
                    label=_usual(fits.variation),
                    info=fits.variation_info,
                )
                closeness = gr.Slider(
                    0,
                    1,
                    value=settings.closeness,
                    step=0.05,
                    label=_usual(CLOSENESS_LABEL),
                    info=fits.closeness,
                    interactive=fits.takes_closeness,
                )
                top_k = gr.Slider(
                    1,
                    MAX_SHOWN_TOP_K,
                    value=DEFAULT_TOP_K,
                    step=1,
                    label=_usual("Top-k"),
                    info=TOP_K_INFO,
                    visible=fits.takes_top_k,
                )
            with gr.Column(elem_classes="vs-card vs-fields"):
                gr.HTML('<h2 class="vs-kicker">This studio</h2>')
                if not settings.is_shared:
                    folder = escape(str(settings.profiles_dir.resolve()))
                    gr.HTML(
                        f'<p>Voices are kept in</p><p><code class="vs-path">{folder}</code></p>'
                    )
                check = gr.Button("Check the library")
                found = gr.HTML("", elem_classes="vs-notice-slot")

    preferred: list[Any] = [engine, temperature, closeness, top_k]
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

    def show(stored: object) -> tuple[Any, ...]:
        chosen = merged_preferences(stored, studio)
        if chosen == default_preferences(studio):
            # The controls were made so, and the visitor may be moving one of them already.
            return (gr.skip(),) * len(preferred)
        return chosen["engine"], chosen["temperature"], chosen["closeness"], chosen["top_k"]

    def store(
        stored: object, engine: str, temperature: float, closeness: float, top_k: float
    ) -> dict[str, Any]:
        return merged_preferences(stored, studio) | {
            "engine": engine,
            "temperature": temperature,
            "closeness": closeness,
            "top_k": round(top_k),
        }

    def show_engines(stored: object) -> tuple[Any, ...]:
        chosen = merged_preferences(stored, studio)["engine"]
        fits = delivery_of(studio, chosen)
        return (
            gr.Radio(choices=engine_choices(studio)),
            gr.Slider(label=_usual(fits.variation), info=fits.variation_info),
            gr.Slider(info=fits.closeness, interactive=fits.takes_closeness),
            gr.Slider(visible=fits.takes_top_k),
            engine_warning(studio, chosen),
            engine_list(studio),
            *fetching.offered(studio, chosen),
        )

    shared.page.load(show, shared.preferences, preferred, **private)
    fetching.wire(studio, offer, shared.engines)
    gr.on(
        [shared.page.load, shared.preferences.change, shared.engines.change],
        show_engines,
        shared.preferences,
        [engine, temperature, closeness, top_k, warning, engines, *offer.outputs],
        trigger_mode="always_last",
        **private,
    )
    gr.on(
        [engine.input, temperature.release, closeness.release, top_k.release],
        store,
        [shared.preferences, *preferred],
        shared.preferences,
        trigger_mode="always_last",
        **private,
    )
    # By way of the server: what the script alone answers comes before the radio is drawn.
    shared.page.load(
        lambda kept: kept, theme, theme, js="() => window.voiceStudio.theme.choice()", **private
    )
    theme.input(None, theme, js="(theme) => { window.voiceStudio.theme.choose(theme); }")
    check.click(lambda: library_findings(studio), outputs=found, **private)


def _usual(label: str) -> str:
    return f"Usual {label[0].lower()}{label[1:]}"


def library_findings(studio: Studio) -> str:
    """What a check of all voices on disk finds."""
    try:
        problems = studio.check()
    except StudioError as error:
        return error_notice(error)
    if not problems:
        return notice("Every voice is whole.", "good")
    sentences = [": ".join(part for part in (p.profile, p.problem) if part) for p in problems]
    return "".join(notice(sentence, "warn") for sentence in sentences)
