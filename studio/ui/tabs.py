"""The tabs of the page: a bar of our own, and a panel for each.

Gradio's tabs draw a panel only when it is first opened. What an event has for a panel before that
(the voices to choose from, what the visitor prefers) upsets Gradio's page: errors in the console,
and a bar that measures itself for ever. Here every panel is drawn with the page, and the
stylesheet shows the one whose tab is selected.
"""

from __future__ import annotations

from typing import Final

import gradio as gr

TABS: Final = ("Voices", "Compare", "Chat", "Settings")


def build_bar() -> gr.HTML:
    """The bar; its event ``chat`` says that the chat was opened."""
    tabs = "".join(
        f'<button type="button" role="tab" id="vs-tab-{name.lower()}" data-tab="{name.lower()}" '
        f'aria-controls="vs-panel-{name.lower()}" aria-selected="{str(name == TABS[0]).lower()}" '
        f'tabindex="{0 if name == TABS[0] else -1}">{name}</button>'
        for name in TABS
    )
    return gr.HTML(
        f'<div role="tablist" aria-label="Voice Studio">{tabs}</div>',
        # The event is named here because the component takes its events from this text.
        js_on_load="window.voiceStudio.tabs.mount(element, trigger); // 'chat'",
        apply_default_css=False,
        padding=False,
        elem_id="vs-tabs",
    )


def build_panel(name: str) -> gr.Column:
    """What the tab ``name`` shows."""
    return gr.Column(elem_id=f"vs-panel-{name.lower()}", elem_classes="vs-tab-panel")
