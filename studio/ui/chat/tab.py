"""The Chat tab: pick a voice, type, and hear the reply while it is being made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.core.speech.request import SpeechRequest, own_engine
from studio.errors import OptionsError, Stopped, StudioError
from studio.ui.chat import controls, endpoints, partners, saying
from studio.ui.chat.layout import Panel, lay_out
from studio.ui.chat.talk import LiveReply, Talk, Talks
from studio.ui.parts import text_language, tuning_line
from studio.ui.parts.engine_view import engine_name
from studio.ui.parts.feed import Feed
from studio.ui.parts.present import context_parts, error_notice, notice, undo_button
from studio.ui.parts.shared import Shared, chosen_engine, merged_preferences, speaking_engine
from studio.ui.player.courier import Courier, Filling, Making, Message, Outbox, Speed, Status, Words
from studio.ui.player.rtf import SURE_S, RtfByEngine, lead_s, slow_note
from studio.ui.settings import fetching

if TYPE_CHECKING:
    from studio.studio import Studio

CUT_SHORT: Final = ("stopped", "superseded")
"""Reasons for which a reply was not heard to its end."""

STARTED_OVER: Final = "The talk starts over."

log = logging.getLogger(__name__)

# The clock starts, and what still sounds stops, before anything is sent.
ON_SEND: Final = """(_, ...asked) => {
  const run = window.voiceStudio.begin('chat');
  window.voiceStudio.chatLog.follow();
  return [run, ...asked];
}"""


def build(studio: Studio, shared: Shared) -> None:
    outbox = Outbox()
    panel = lay_out(studio, outbox)
    chat = _Chat(studio, outbox, Talks())
    shared.endings.append(chat.forget_all)
    named = controls.wire(studio, panel, shared)
    _wire(studio, panel, chat, shared, named)
    partners.wire(studio, panel, shared)
    fetching.wire(studio, panel.offer, shared.engines)
    saying.wire(studio, panel.said, panel.box, panel.voice, panel.language, shared.preferences)
    endpoints.build(studio)


class _Chat:
    """What the tab does; one for all visitors, each of whom has a talk of their own."""

    def __init__(self, studio: Studio, outbox: Outbox, talks: Talks) -> None:
        self._studio = studio
        self._outbox = outbox
        self._talks = talks
        self._paces = RtfByEngine()
        self._warmed: set[tuple[str, str]] = set()

    def say(
        self,
        run: str,
        words: str,
        voice: str | None,
        language: str | None,
        emotion: str,
        temperature: float,
        closeness: float,
        top_k: float,
        seed: str | None,
        writer: str,
        preferences: object,
        request: gr.Request,
    ) -> Iterator[Message]:
        """Stream the reply ``run`` to the player, and to nothing else: drawing the log before the
        first sound would delay it (see ``show``)."""
        talk = self._talks.of(request.session_hash)
        take = LiveReply(run, voice or "")
        if not talk.ask(take, words):
            return
        courier = Courier(self._outbox, run, request.session_hash or "")
        asked = SpeechRequest(
            engine=chosen_engine(preferences, self._studio),
            language=text_language.asked(language),
            emotion=emotion,
            temperature=temperature,
            closeness=closeness,
            top_k=round(top_k),
        )
        feed: Feed[Making] = Feed(
            partial(self._make, talk, take, words, voice or "", writer, seed, asked)
        )
        try:
            yield from courier.gather(feed)
            if take.stats is not None:
                self._paces.note(take.stats)
                take.file = take.keep()
                yield courier.last(take.stats, take.file)
        except Exception as error:
            # The edge of the studio: whatever it was, the page must not wait for ever, and what
            # was typed must not be lost.
            talk.withdraw(take, _sentence(error))
            yield courier.message(failed=True)
        finally:
            take.cancelled.set()

    def _make(
        self,
        talk: Talk,
        take: LiveReply,
        words: str,
        voice: str,
        writer: str,
        seed: str | None,
        asked: SpeechRequest,
        put: Callable[[Making], None],
    ) -> None:
        studio = self._studio
        said = ""

        def report(share: float, doing: str) -> None:
            nonlocal said
            if take.cancelled.is_set():
                raise Stopped
            sentence = f"{doing} ({share:.0%})" if share else doing
            if sentence != said:
                put(Status(sentence))
            said = sentence

        try:
            take.voice = studio.profile(voice).name
            conversation = talk.with_partner(
                voice, writer, lambda: studio.converse(voice, writer=writer)
            )
            with closing(conversation.reply(words, replace(asked, seed=seed_of(seed)))) as reply:
                words_first = self._words(reply.text, voice, asked.engine)
                put(words_first)
                with studio.turn(report):
                    studio.prepare(voice, engine=asked.engine, on_progress=report)
                    for frame in take.record(reply):
                        tells = reply.made_s >= SURE_S and not words_first.note
                        put(Speed(reply.rtf, slow_note(reply.rtf, 0.0) if tells else None))
                        use = conversation.context_use
                        if use is not None:
                            put(Filling(use))
                        put(frame)
        except Stopped:
            pass  # the log says so when the browser does
        finally:
            take.closed.set()

    def _words(self, text: str, voice: str, engine: str | None) -> Words:
        """What the reply says, with what the player waits for on a machine that is too slow."""
        if self._paces.all_fast:
            return Words(text)
        studio = self._studio
        info = studio.engine_info(engine or own_engine(studio.profile(voice)))
        rtf = self._paces.of(info.name)
        lead = lead_s(rtf, text, info.reserve_s)
        return Words(text, lead, slow_note(rtf, lead))

    def warm(
        self, voice: str | None, preferences: object, named: str, engines: int
    ) -> int | dict[str, Any]:
        """Have the engine read the voice that was picked, so that its first reply follows at once.

        Its first frame is made and thrown away: some parts of an engine load with it. Once is
        enough for all visitors; again would only slow down the reply that may be under way. Nobody
        waits for this; what goes wrong is said when a reply is asked for.

        Returns ``engines`` plus one if another engine speaks than the page has ``named``: weights
        may be found damaged only now.
        """
        chosen = merged_preferences(preferences, self._studio)["engine"]
        before = named or engine_name(self._studio, chosen)
        if voice:
            self._warm(voice, speaking_engine(preferences, self._studio, voice))
        return gr.skip() if engine_name(self._studio, chosen) == before else engines + 1

    def _warm(self, voice: str, engine: str | None) -> None:
        with suppress(StudioError):
            warmed = (self._studio.profile(voice).id, self._studio.engine_info(engine).fingerprint)
            if self._studio.prepare(voice, engine=engine) and warmed in self._warmed:
                return
            with self._studio.speak(
                voice, "Hello.", SpeechRequest(engine=engine, seed=0)
            ) as utterance:
                next(utterance, None)
            self._warmed.add(warmed)

    def show(self, event: gr.EventData, request: gr.Request) -> tuple[Any, str, str]:
        """(log, box, notice) once a reply is under way: the words go from the box into the log.

        If it failed, they go back into the box, and the notice says why.
        """
        talk = self._talks.of(request.session_hash)
        refusal = talk.refusal_of(str(_details(event).get("run", "")))
        if refusal is not None:
            return talk.messages(), refusal.words, refusal.notice
        return talk.messages(), "", ""

    def settle(
        self, voice: str | None, event: gr.EventData, request: gr.Request
    ) -> tuple[Any, Any]:
        """(log, meter): the browser has played a reply, or was told to stop it."""
        details = _details(event)
        heard = details.get("played") if details.get("reason") in CUT_SHORT else None
        talk = self._talks.of(request.session_hash)
        run = str(details.get("run", ""))
        self._outbox.end(request.session_hash or "", run)
        settled = talk.settle(run, heard if isinstance(heard, int) else None)
        if not settled:
            return gr.skip(), gr.skip()
        return talk.messages(), context_parts(talk.context_use(voice))

    def meter(self, voice: str | None, request: gr.Request) -> Any:
        """How full the context is in the talk with ``voice``."""
        return context_parts(self._talks.of(request.session_hash).context_use(voice))

    def halt(
        self, voice: str | None, event: gr.EventData, request: gr.Request
    ) -> tuple[Any, Any, Any, Any]:
        """(log, box, notice, meter) after Stop: what was not shown before is shown now."""
        log, meter = self.settle(voice, event, request)
        shown = (gr.skip(), gr.skip()) if _details(event).get("announced") else ("", "")
        return log, *shown, meter

    def restart(self, run: str, request: gr.Request) -> tuple[Any, str, Any]:
        """(log, notice, meter) with nothing said; ``run`` is what the player last asked for."""
        self._outbox.end(request.session_hash or "")
        talk = self._talks.of(request.session_hash)
        talk.clear(run)
        return [], notice(STARTED_OVER, more=undo_button()), context_parts(None)

    def undo_restart(self, voice: str | None, request: gr.Request) -> tuple[Any, str, Any]:
        talk = self._talks.of(request.session_hash)
        talk.undo_clear()
        return talk.messages(), notice("The talk goes on."), context_parts(talk.context_use(voice))

    def forget(self, request: gr.Request) -> None:
        self._outbox.end(request.session_hash or "")
        self._talks.forget(request.session_hash)

    def forget_all(self, beginning: str) -> None:
        """Forget all sessions of somebody of whom nothing is to be left."""
        self._outbox.forget_all(beginning)
        self._talks.forget_all(beginning)


def _details(event: gr.EventData) -> dict[str, Any]:
    """What the player said with its event; from the browser, so it may be anything."""
    return event._data if isinstance(event._data, dict) else {}


def _sentence(error: Exception) -> str:
    if isinstance(error, StudioError):
        return error_notice(error)
    log.error("a reply failed", exc_info=error)
    return notice(
        "Something went wrong in the studio itself; the log says what. Your text is kept: send "
        "it again, or choose another voice or engine.",
        "error",
    )


def seed_of(typed: str | None) -> int | None:
    """The seed that was typed; nothing typed means a new one.

    Raises:
        OptionsError: it is not a whole number.
    """
    if typed is None or not typed.strip():
        return None
    try:
        return int(typed)
    except ValueError:
        raise OptionsError(
            f"The seed must be a whole number, not {typed!r}. Leave it empty for a new one."
        ) from None


def _wire(studio: Studio, panel: Panel, chat: _Chat, shared: Shared, named: gr.State) -> None:
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    # Nothing cancels it as Gradio would, which could hit the next reply: ``Talk.settle`` ends a
    # reply by its run, within a frame.
    gr.on(
        [panel.send.click, panel.box.submit],
        chat.say,
        inputs=[panel.run, *panel.asked, shared.preferences],
        outputs=panel.player,
        js=ON_SEND,
        trigger_mode="multiple",
        concurrency_limit=None,
        **private,
    )
    shown = [panel.log, panel.box, panel.notice]
    panel.player.begun(chat.show, outputs=shown, queue=False, **private)
    settled = [panel.log, panel.meter]
    panel.player.ended(chat.settle, inputs=panel.voice, outputs=settled, queue=False, **private)
    panel.player.halted(
        chat.halt,
        inputs=panel.voice,
        outputs=[*shown, panel.meter],
        queue=False,
        **private,
    )
    panel.restart.click(
        chat.restart,
        inputs=panel.run,
        outputs=[panel.log, panel.notice, panel.meter],
        js="() => [window.voiceStudio.reset('chat')]",
        **private,
    )
    panel.notice.undo(
        chat.undo_restart,
        inputs=panel.voice,
        outputs=[panel.log, panel.notice, panel.meter],
        **private,
    )
    picked = [panel.voice, shared.preferences]
    warmed = [
        met(
            chat.warm,
            inputs=[*picked, named, shared.engines],
            outputs=shared.engines,
            **private,
        ).then
        for met in (panel.voice.change, shared.tabs.chat)
    ]
    tuning_line.wire(
        studio,
        panel.tuning,
        panel.voice,
        shared,
        looks=[shared.page.load, panel.voice.change],
        afterwards=[*warmed, panel.player.ended],
        uses=[panel.player.begun],
    )
    panel.voice.change(chat.meter, inputs=panel.voice, outputs=panel.meter, **private)
    shared.page.unload(chat.forget)
