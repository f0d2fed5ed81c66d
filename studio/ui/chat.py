"""The Chat tab: pick a voice, type, and hear the reply while it is being made."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.engines.base import Capability
from studio.errors import StudioError
from studio.types import MAX_SEED, MAX_TEMPERATURE, Emotion
from studio.ui import chat_endpoints
from studio.ui.feed import Feed
from studio.ui.player import Courier, Making, Outbox, Status, Words, build_player
from studio.ui.present import badge, empty_state, error_notice
from studio.ui.shared import Shared, merged_preferences
from studio.ui.talk import Take, Talk, Talks

if TYPE_CHECKING:
    from studio.studio import Studio

PLAYER: Final = "chat"
AUTO: Final = "auto"
UNCHANGED: Final = (gr.skip(), gr.skip(), gr.skip())
WRITERS: Final = [("Read what I type", "echo"), ("Simple answers (rules)", "rules")]

# The clock starts, and what still sounds stops, before anything is sent.
ON_SEND: Final = "(...values) => { window.voiceStudio.begin('chat'); return values; }"


@dataclass(frozen=True)
class Panel:
    """The components of the tab."""

    with_voices: gr.Column
    without_voices: gr.Column
    voice: gr.Dropdown
    engine: gr.HTML
    log: gr.Chatbot
    player: gr.HTML
    notice: gr.HTML
    box: gr.Textbox
    send: gr.Button
    emotion: gr.Radio
    temperature: gr.Slider
    closeness: gr.Slider
    seed: gr.Number
    writer: gr.Radio
    restart: gr.Button
    to_voices: gr.Button

    @property
    def asked(self) -> list[Any]:
        """What a reply depends on, in the order in which ``_Chat.say`` takes it."""
        return [
            self.box,
            self.voice,
            self.emotion,
            self.temperature,
            self.closeness,
            self.seed,
            self.writer,
        ]


def build(studio: Studio, shared: Shared) -> None:
    outbox = Outbox()
    panel = _lay_out(studio, outbox)
    chat = _Chat(studio, outbox, Talks())
    _wire(panel, chat, shared)
    chat_endpoints.build(studio)


class _Chat:
    """What the tab does; one for all visitors, each of whom has a talk of their own."""

    def __init__(self, studio: Studio, outbox: Outbox, talks: Talks) -> None:
        self._studio = studio
        self._outbox = outbox
        self._talks = talks

    def say(
        self,
        words: str,
        voice: str | None,
        emotion: str,
        temperature: float,
        closeness: float,
        seed: float | None,
        writer: str,
        preferences: object,
        request: gr.Request,
    ) -> Iterator[tuple[Any, Any, Any, Any]]:
        """Stream the reply; yields (player, log, box, notice)."""
        talk = self._talks.of(request.session_hash)
        courier = Courier(self._outbox, secrets.token_urlsafe(16))
        take = Take(courier.run, voice or "")
        options = {
            "engine": self._engine(preferences),
            "emotion": emotion,
            "temperature": temperature,
            "closeness": closeness,
            "seed": None if seed is None else int(seed),
        }
        talk.ask(take, words)
        feed = Feed(partial(self._make, talk, take, words, voice or "", writer, options))
        try:
            shown = (talk.messages(), "", "")
            for message in courier.gather(feed):
                yield message, *shown
                shown = UNCHANGED
            if take.stats is not None:
                take.file = take.keep()
                yield courier.last(take.stats, take.file), *shown
        except StudioError as error:
            talk.withdraw(take)
            yield courier.message(failed=True), talk.messages(), words, error_notice(error)
        finally:
            take.cancelled.set()

    def _make(
        self,
        talk: Talk,
        take: Take,
        words: str,
        voice: str,
        writer: str,
        options: dict[str, Any],
        put: Callable[[Making], None],
    ) -> None:
        studio = self._studio
        try:
            take.voice = studio.profile(voice).name
            conversation = talk.with_partner(
                voice, writer, lambda: studio.converse(voice, writer=writer)
            )
            with closing(conversation.reply(words, **options)) as reply:
                put(Words(reply.text))
                studio.prepare(
                    voice,
                    engine=options["engine"],
                    on_progress=lambda share, doing: put(Status(f"{doing} ({share:.0%})")),
                )
                for frame in take.record(reply):
                    put(frame)
        finally:
            take.closed.set()

    def warm(self, voice: str | None, preferences: object) -> None:
        """Have the engine read the voice that was picked, so that its first reply follows at once.

        Nobody waits for this; what goes wrong is said when a reply is asked for.
        """
        if voice:
            with suppress(StudioError):
                self._studio.prepare(voice, engine=self._engine(preferences))

    def settle(self, event: gr.EventData, request: gr.Request) -> Any:
        """The browser has played a reply, or was told to stop it: put it into the log."""
        data: Any = event._data if isinstance(event._data, dict) else {}
        heard = data.get("played") if data.get("reason") in ("stopped", "superseded") else None
        talk = self._talks.of(request.session_hash)
        settled = talk.settle(str(data.get("run", "")), heard if isinstance(heard, int) else None)
        return talk.messages() if settled else gr.skip()

    def restart(self, request: gr.Request) -> tuple[Any, str]:
        self._talks.of(request.session_hash).clear()
        return [], ""

    def forget(self, request: gr.Request) -> None:
        self._talks.forget(request.session_hash)

    def voices(self, chosen: str | None) -> tuple[Any, Any, Any]:
        """(dropdown, tab with voices, tab without), as the library is now."""
        choices = voice_choices(self._studio)
        ids = [value for _, value in choices]
        value = chosen if chosen in ids else next(iter(ids), None)
        return (
            gr.Dropdown(choices=choices, value=value),
            gr.Column(visible=bool(ids)),
            gr.Column(visible=not ids),
        )

    def preferences(self, stored: object) -> tuple[Any, Any, Any, str]:
        """(expressiveness, closeness, writer, engine line) as the visitor prefers them."""
        chosen = merged_preferences(stored, self._studio.settings)
        follows = self._can(chosen["engine"], Capability.CLOSENESS)
        return (
            gr.Slider(value=chosen["temperature"]),
            gr.Slider(value=chosen["closeness"], visible=follows),
            gr.Radio(value=chosen["writer"]),
            engine_line(self._studio, chosen["engine"]),
        )

    def _engine(self, preferences: object) -> str | None:
        """The visitor's engine; left open, the voice's own choice counts."""
        chosen = merged_preferences(preferences, self._studio.settings)["engine"]
        return None if chosen == AUTO else str(chosen)

    def _can(self, engine: str, capability: Capability) -> bool:
        try:
            return capability in self._studio.engine_info(engine).capabilities
        except StudioError:
            return False


def voice_choices(studio: Studio) -> list[tuple[str, str]]:
    """(name, id) of every voice that can speak; a damaged one is shown in its own tab."""
    return [(entry.metadata.name, entry.id) for entry in studio.profiles() if entry.metadata]


def engine_line(studio: Studio, engine: str) -> str:
    """Which engine speaks, in its own honest words, or why it cannot."""
    try:
        info = studio.engine_info(engine)
    except StudioError as error:
        return error_notice(error)
    return f'<p class="vs-engine">{badge(info.name, "accent", dot=True)} {info.label}</p>'


def _lay_out(studio: Studio, outbox: Outbox) -> Panel:
    choices = voice_choices(studio)
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
            log = gr.Chatbot(
                label="Conversation",
                show_label=False,
                height="38vh",
                min_height=200,
                render_markdown=False,
                feedback_options=None,
                buttons=[],
                placeholder="Type something below. The voice says it while it is still being made.",
                elem_id="vs-chat-log",
            )
            player = build_player(PLAYER, outbox)
            notice = gr.HTML("", elem_classes="vs-notice-slot")
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
        with gr.Column(scale=4, min_width=290, elem_classes="vs-chat-side vs-card vs-fields"):
            emotion = gr.Radio(
                [(emotion.value.capitalize(), emotion.value) for emotion in Emotion]
                + [("Auto", AUTO)],
                value=Emotion.NEUTRAL.value,
                label="Emotion",
                info="Auto follows the words of each reply.",
                elem_classes="vs-segmented",
            )
            temperature = gr.Slider(
                0,
                MAX_TEMPERATURE,
                value=studio.settings.temperature,
                step=0.05,
                label="Expressiveness",
                info="How much pitch and timing vary. 0 says it the same way each time.",
            )
            with gr.Accordion("Advanced", open=False):
                closeness = gr.Slider(
                    0,
                    1,
                    value=studio.settings.closeness,
                    step=0.05,
                    label="Clearer to closer",
                    info="0 keeps the words clearest, 1 comes closest to the voice.",
                )
                seed = gr.Number(
                    value=None,
                    precision=0,
                    minimum=0,
                    maximum=MAX_SEED,
                    label="Seed",
                    info="Empty draws a new one for each reply; it is shown with the figures.",
                )
                writer = gr.Radio(
                    WRITERS, value="echo", label="Reply writer", elem_classes="vs-segmented"
                )
            restart = gr.Button("Start over", variant="secondary", size="sm")
    return Panel(
        with_voices=with_voices,
        without_voices=without_voices,
        voice=voice,
        engine=engine,
        log=log,
        player=player,
        notice=notice,
        box=box,
        send=send,
        emotion=emotion,
        temperature=temperature,
        closeness=closeness,
        seed=seed,
        writer=writer,
        restart=restart,
        to_voices=to_voices,
    )


def _wire(panel: Panel, chat: _Chat, shared: Shared) -> None:
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    saying = gr.on(
        [panel.send.click, panel.box.submit],
        chat.say,
        inputs=[*panel.asked, shared.preferences],
        outputs=[panel.player, panel.log, panel.box, panel.notice],
        js=ON_SEND,
        trigger_mode="multiple",
        concurrency_limit=None,
        **private,
    )
    panel.player.ended(chat.settle, outputs=panel.log, queue=False, **private)
    panel.player.halted(chat.settle, outputs=panel.log, queue=False, cancels=[saying], **private)
    panel.restart.click(
        chat.restart,
        outputs=[panel.log, panel.notice],
        js="() => window.voiceStudio.reset('chat')",
        cancels=[saying],
        **private,
    )
    panel.to_voices.click(lambda: gr.Tabs(selected="voices"), outputs=shared.tabs, **private)
    shown = [panel.voice, panel.with_voices, panel.without_voices]
    shared.library.change(chat.voices, inputs=panel.voice, outputs=shown, **private)
    preferred = [panel.temperature, panel.closeness, panel.writer, panel.engine]
    gr.on(
        [shared.page.load, shared.preferences.change],
        chat.preferences,
        inputs=shared.preferences,
        outputs=preferred,
        **private,
    )
    shared.page.load(chat.voices, inputs=panel.voice, outputs=shown, **private)
    panel.voice.change(chat.warm, inputs=[panel.voice, shared.preferences], **private)
    shared.page.unload(chat.forget)
