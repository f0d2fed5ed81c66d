"""What the panel that makes a voice consists of: places for clips, and a form for the voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from studio.core.speech.languages import LANGUAGES
from studio.types import Emotion
from studio.ui.parts.sounds import MEDIA_TEMPLATE, media
from studio.ui.voices import missing
from studio.ui.voices.new_voice import CONSENT


@dataclass(frozen=True)
class ClipFields:
    """The components of one clip."""

    view: gr.HTML
    transcript: gr.Textbox
    emotion: gr.Dropdown
    trim: gr.Checkbox
    shorten: gr.Checkbox
    remove: gr.Button

    @property
    def outputs(self) -> list[Any]:
        return [self.view, self.transcript, self.emotion, self.trim, self.shorten]


FRESH_FORM: Final = ("", gr.skip(), "", False, "")
"""The values of the form for the next voice; the language stays."""

EMPTY_PLACE: Final = (media(""), "", Emotion.NEUTRAL.value, True, False)


@dataclass(frozen=True)
class Form:
    """The components that belong to the voice as a whole."""

    name: gr.Textbox
    language: gr.Dropdown
    tags: gr.Textbox
    consent: gr.Checkbox
    who: gr.Textbox
    save: gr.Button
    clear: gr.Button

    @property
    def values(self) -> list[Any]:
        return [self.name, self.language, self.tags, self.consent, self.who]


def build_place(number: int, emotion_info: str) -> ClipFields:
    with gr.Column(elem_classes="vs-clip", elem_id=f"vs-clip-{number}"):
        view = gr.HTML(media(""), html_template=MEDIA_TEMPLATE, apply_default_css=False)
        with gr.Row(elem_classes="vs-clip-words"):
            transcript = gr.Textbox(
                label="Transcript",
                info="The exact words of this clip. Engines that read them along with the sound "
                "need them, and exact words make the match closer; other engines do without.",
                lines=2,
                max_lines=6,
                max_length=5_000,
                scale=3,
            )
            emotion = gr.Dropdown(
                [(e.value.capitalize(), e.value) for e in Emotion],
                value=Emotion.NEUTRAL.value,
                label="Emotion",
                info=emotion_info,
                scale=1,
                min_width=180,
            )
        with gr.Row(elem_classes="vs-clip-options"):
            trim = gr.Checkbox(True, label="Cut the silence at both ends")
            shorten = gr.Checkbox(False, label="Shorten long pauses")
            remove = gr.Button("Remove this clip", size="sm", variant="secondary")
    return ClipFields(view, transcript, emotion, trim, shorten, remove)


def build_form() -> Form:
    with gr.Column(elem_classes="vs-form", elem_id="vs-make-form"):
        with gr.Row(elem_classes="vs-new-only"):
            name = gr.Textbox(
                label="Name of the voice",
                max_lines=1,
                max_length=200,
                elem_id=missing.NAME,
            )
            language = gr.Dropdown(list(LANGUAGES), value="en", label="Language spoken")
            tags = gr.Textbox(
                label="Tags",
                placeholder="calm, narrator",
                max_lines=1,
                max_length=900,
                elem_id=missing.TAGS,
            )
        with gr.Row():
            consent = gr.Checkbox(
                False, label=CONSENT, elem_id=missing.CONSENT, scale=2, min_width=260
            )
            who = gr.Textbox(
                label="Who agrees",
                info="Name of the speaker, or who has their permission. Kept with the voice.",
                max_lines=1,
                max_length=200,
                scale=1,
                elem_id=missing.WHO,
            )
        with gr.Row():
            save = gr.Button("Save voice", variant="primary", elem_id="vs-save")
            clear = gr.Button("Start over", elem_id="vs-start-over")
    return Form(name, language, tags, consent, who, save, clear)
