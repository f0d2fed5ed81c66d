"""What will be said of the text that is being typed, where the visitor wants to see it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.errors import StudioError
from studio.studio import Studio

TITLE = "What will be said"
NOTHING_TYPED = "Type something, and its words stand here as they will be said."
NOTHING_SAID = "There is nothing in this text that can be spoken."


@dataclass(frozen=True)
class Saying:
    """A part of the page that can be opened; ``is_open`` saves work while it is not."""

    part: gr.Accordion
    words: gr.HTML
    is_open: gr.State


def lay_out() -> Saying:
    with gr.Accordion(TITLE, open=False, elem_id="vs-saying") as part:
        words = gr.HTML(_lines([NOTHING_TYPED]))
    return Saying(part, words, gr.State(False))


def wire(studio: Studio, saying: Saying, box: gr.Textbox, voice: gr.Dropdown) -> None:
    """Show what ``voice`` would say of what stands in ``box``, while it is typed."""
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

    def opened(text: str, chosen: str | None) -> tuple[str, bool]:
        return said(studio, text, chosen), True

    def typed(is_open: bool, text: str, chosen: str | None) -> Any:
        return said(studio, text, chosen) if is_open else gr.skip()

    saying.part.expand(opened, [box, voice], [saying.words, saying.is_open], queue=False, **private)
    saying.part.collapse(lambda: False, None, saying.is_open, queue=False, **private)
    gr.on(
        [box.change, voice.change],
        typed,
        [saying.is_open, box, voice],
        saying.words,
        queue=False,
        trigger_mode="always_last",
        **private,
    )


def said(studio: Studio, text: str, voice_id: str | None) -> str:
    """HTML: the sentences that the voice would say of ``text``, or why there are none."""
    if not text.strip():
        return _lines([NOTHING_TYPED])
    try:
        prepared = studio.read(text, voice_id=voice_id)
    except StudioError as error:
        return _lines([str(error)])
    return _lines([sentence.spoken for sentence in prepared.sentences] or [NOTHING_SAID])


def _lines(lines: list[str]) -> str:
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines)
