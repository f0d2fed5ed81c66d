"""What the Chat tab consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.core.speech.request import AUTO_EMOTION
from studio.types import MAX_TEMPERATURE, Emotion
from studio.ui.chat import saying
from studio.ui.chat.saying import Saying
from studio.ui.parts import text_language, tuning_line
from studio.ui.parts.asked import SCRIPT
from studio.ui.parts.engine_controls import (
    CLOSENESS_LABEL,
    DEFAULT_TOP_K,
    MAX_SHOWN_TOP_K,
    TOP_K_INFO,
    delivery_of,
)
from studio.ui.parts.engine_view import engine_line
from studio.ui.parts.present import empty_state
from studio.ui.parts.tuning_line import TuningLine
from studio.ui.player.courier import Outbox, build_player
from studio.ui.settings import fetching
from studio.ui.settings.fetching import Offer

if TYPE_CHECKING:
    from studio.studio import Studio

PLAYER: Final = "chat"
WRITERS: Final = [("Read what I type", "echo"), ("Simple answers (rules)", "rules")]

# The notice stands below the log and appears together with it.
FOLLOW_LOG: Final = "window.voiceStudio.chatLog.mount(element.closest('.vs-chat-main'));"

METER_TEMPLATE: Final = """
<div class="vs-meter" hidden title="What the engine remembers: the voice it was shown, what was
 said before, and this reply. One position is one word piece or 0.08 s of sound.">
  <div class="vs-meter-bar" aria-hidden="true"
    ><span class="is-voice"></span><span class="is-talk"></span><span class="is-reply"></span></div>
  <p><b>Memory</b> <span data-part="words"></span></p>
</div>
"""


@dataclass(frozen=True)
class Panel:
    """The components of the tab."""

    with_voices: gr.Column
    without_voices: gr.Column
    voice: gr.Dropdown
    engine: gr.HTML
    offer: Offer
    log: gr.Chatbot
    player: gr.HTML
    notice: gr.HTML
    box: gr.Textbox
    send: gr.Button
    meter: gr.HTML
    tuning: TuningLine
    language: gr.Dropdown
    emotion: gr.Radio
    temperature: gr.Slider
    closeness: gr.Slider
    top_k: gr.Slider
    seed: gr.Textbox
    writer: gr.Radio
    said: Saying
    restart: gr.Button
    to_voices: gr.Button
    run: gr.Textbox
    """Not to be seen: the script gives it the name of the reply that is asked for."""

    @property
    def asked(self) -> list[Any]:
        """What a reply depends on, in the order in which ``chat.say`` takes it."""
        return [
            self.box,
            self.voice,
            self.language,
            self.emotion,
            self.temperature,
            self.closeness,
            self.top_k,
            self.seed,
            self.writer,
        ]


def voice_choices(studio: Studio) -> list[tuple[str, str]]:
    """(name, id) of every voice that can speak; a damaged one is shown in its own tab."""
    return [(entry.metadata.name, entry.id) for entry in studio.profiles() if entry.metadata]


def lay_out(studio: Studio, outbox: Outbox) -> Panel:
    choices = voice_choices(studio)
    fits = delivery_of(studio, studio.settings.engine)
    with gr.Column(visible=not choices) as without_voices:
        gr.HTML(
            empty_state(
                "No voice yet",
                "Make one from a recording in the Voices tab; it can talk here a moment later.",
            )
        )
        to_voices = gr.Button("Make a voice", variant="primary")
    with gr.Column(visible=bool(choices)) as with_voices, gr.Row(elem_classes="vs-chat"):
        with gr.Column(scale=7, min_width=320, elem_classes="vs-chat-main"):
            gr.HTML("<h2>Chat</h2>", elem_classes="vs-sr")
            with gr.Row(elem_classes="vs-chat-top"):
                voice = gr.Dropdown(
                    choices,
                    value=choices[0][1] if choices else None,
                    label="Voice",
                    scale=2,
                    min_width=160,
                    elem_id="vs-chat-voice",
                )
                engine = gr.HTML(
                    engine_line(studio, studio.settings.engine), elem_classes="vs-engine-block"
                )
            offer = fetching.lay_out(studio, studio.settings.engine)
            tuning = tuning_line.lay_out()
            log = gr.Chatbot(
                label="Conversation",
                show_label=False,
                height="var(--vs-log-height)",
                min_height=200,
                render_markdown=False,
                feedback_options=None,
                buttons=[],
                # Gradio scrolls before the sound in a bubble has its height: FOLLOW_LOG does it.
                autoscroll=False,
                placeholder="Type something below. The voice says it while it is still being made.",
                elem_id="vs-chat-log",
            )
            player = build_player(PLAYER, outbox)
            notice = gr.HTML("", js_on_load=SCRIPT + FOLLOW_LOG, elem_classes="vs-notice-slot")
            with gr.Row(elem_classes="vs-chat-ask"):
                box = gr.Textbox(
                    label="What shall the voice say?",
                    show_label=False,
                    placeholder="What shall the voice say?",
                    lines=1,
                    max_lines=6,
                    max_length=None,
                    scale=6,
                    min_width=180,
                    elem_id="vs-chat-box",
                )
                send = gr.Button("Send", variant="primary", scale=0, min_width=96)
            meter = gr.HTML(
                {},
                html_template=METER_TEMPLATE,
                js_on_load="window.voiceStudio.contextMeter.mount(element, props, watch);",
                apply_default_css=False,
                elem_classes="vs-meter-slot",
            )
        with gr.Column(scale=4, min_width=290, elem_classes="vs-chat-side vs-card vs-fields"):
            language = text_language.lay_out(studio, elem_id="vs-chat-language")
            emotion = gr.Radio(
                [(emotion.value.capitalize(), emotion.value) for emotion in Emotion]
                + [("Auto", AUTO_EMOTION)],
                value=Emotion.NEUTRAL.value,
                label="Emotion",
                info=fits.emotion,
                interactive=fits.takes_emotion,
                elem_classes="vs-segmented",
            )
            temperature = gr.Slider(
                0,
                MAX_TEMPERATURE,
                value=studio.settings.temperature,
                step=0.05,
                label=fits.variation,
                info=fits.variation_info,
            )
            with gr.Accordion("Advanced", open=False):
                closeness = gr.Slider(
                    0,
                    1,
                    value=studio.settings.closeness,
                    step=0.05,
                    label=CLOSENESS_LABEL,
                    info=fits.closeness,
                    interactive=fits.takes_closeness,
                )
                top_k = gr.Slider(
                    1,
                    MAX_SHOWN_TOP_K,
                    value=DEFAULT_TOP_K,
                    step=1,
                    label="Top-k",
                    info=TOP_K_INFO,
                    visible=fits.takes_top_k,
                )
                seed = gr.Textbox(
                    label="Seed",
                    info="The same number says the same words the same way.",
                    placeholder="A new one for each reply",
                    max_lines=1,
                )
                writer = gr.Radio(
                    WRITERS, value="echo", label="Reply writer", elem_classes="vs-segmented"
                )
            said = saying.lay_out()
            restart = gr.Button("Start over", variant="secondary", size="sm")
            run = gr.Textbox(visible=False)
    return Panel(
        run=run,
        with_voices=with_voices,
        without_voices=without_voices,
        voice=voice,
        engine=engine,
        offer=offer,
        log=log,
        player=player,
        notice=notice,
        box=box,
        send=send,
        meter=meter,
        tuning=tuning,
        language=language,
        emotion=emotion,
        temperature=temperature,
        closeness=closeness,
        top_k=top_k,
        seed=seed,
        writer=writer,
        said=said,
        restart=restart,
        to_voices=to_voices,
    )
