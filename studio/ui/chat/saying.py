"""What will be said of the text that is being typed, where the visitor wants to see it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.errors import StudioError
from studio.studio import Studio
from studio.ui.parts import text_language
from studio.ui.parts.shared import speaking_engine

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


def wire(
    studio: Studio,
    saying: Saying,
    box: gr.Textbox,
    voice: gr.Dropdown,
    language: gr.Dropdown,
    preferences: gr.BrowserState,
) -> None:
    """Show what ``voice`` would say of what stands in ``box``, while it is typed."""
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    asked = [box, voice, language, preferences]

    def lines(text: str, chosen: str | None, read_as: str | None, stored: object) -> str:
        engine = speaking_engine(stored, studio, chosen)
        return said(studio, text, chosen, read_as, engine)

    def opened(*asked: Any) -> tuple[str, bool]:
        return lines(*asked), True

    def typed(is_open: bool, *asked: Any) -> Any:
        return lines(*asked) if is_open else gr.skip()

    saying.part.expand(opened, asked, [saying.words, saying.is_open], queue=False, **private)
    saying.part.collapse(lambda: False, None, saying.is_open, queue=False, **private)
    gr.on(
        [box.change, voice.change, language.change, preferences.change],
        typed,
        [saying.is_open, *asked],
        saying.words,
        queue=False,
        trigger_mode="always_last",
        **private,
    )


def said(
    studio: Studio, text: str, voice_id: str | None, read_as: str | None, engine: str | None
) -> str:
    """HTML: the sentences that ``engine`` would say of ``text``, or why there are none.

    ``read_as`` is what was chosen as the language of the text.
    """
    if not text.strip():
        return _lines([NOTHING_TYPED])
    language = text_language.asked(read_as)
    try:
        prepared = studio.read(text, voice_id=voice_id, language=language)
    except StudioError as error:
        return _lines([str(error)])
    told = text_language.sentences(studio, engine, [voice_id] if voice_id else [], read_as)
    return _lines(told, "vs-fine") + _lines(
        [sentence.spoken for sentence in prepared.sentences] or [NOTHING_SAID]
    )


def _lines(lines: list[str], look: str = "") -> str:
    shown = f' class="{look}"' if look else ""
    return "".join(f"<p{shown}>{html.escape(line)}</p>" for line in lines)
