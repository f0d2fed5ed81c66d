"""The Compare tab: one text, two to four voices side by side, also blind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.core.speech.comparison import MAX_VOICES
from studio.core.speech.request import AUTO_EMOTION, SpeechRequest, draw_seed
from studio.errors import Stopped, StudioError
from studio.types import MAX_TEMPERATURE, Emotion
from studio.ui.compare import column_html, endpoints
from studio.ui.compare.column_html import REVEAL
from studio.ui.compare.rounds import (
    MIN_COLUMNS,
    QUESTIONS,
    Round,
    end,
    play_round,
    reveal,
    vote,
)
from studio.ui.parts import text_language
from studio.ui.parts.asked import SCRIPT, Asked
from studio.ui.parts.engine_controls import delivery_of
from studio.ui.parts.feed import Feed
from studio.ui.parts.present import error_notice, notice
from studio.ui.parts.shared import chosen_engine, merged_preferences
from studio.ui.parts.sounds import MEDIA_TEMPLATE, media
from studio.ui.parts.stopping import RunningWork

if TYPE_CHECKING:
    from studio.studio import Studio
    from studio.ui.parts.shared import Shared

DEFAULT_TEXT: Final = "The rain had stopped, and for a moment the whole street was quiet."
SHOWN_AT_FIRST: Final = 3

INTRO: Final = (
    '<div class="vs-section-head"><h2>Compare voices</h2><p>The same words from two to four '
    "voices, with the same seed and at the same loudness. Blind mode hides who is who until you "
    "have chosen.</p></div>"
)

PLAY_SCRIPT: Final = SCRIPT + "window.voiceStudio.takes.mount(element);\n"


@dataclass(frozen=True)
class Controls:
    """The components that say what is compared."""

    text: gr.Textbox
    voices: gr.Dropdown
    language: gr.Dropdown
    seed: gr.Number
    reroll: gr.Button
    emotion: gr.Dropdown
    temperature: gr.Slider
    blind: gr.Checkbox
    question: gr.Radio
    start: gr.Button
    stop: gr.Button


def build(studio: Studio, shared: Shared) -> None:
    """The tab, and the endpoint that does the same without a page."""
    with gr.Column(elem_id="vs-compare", elem_classes="vs-panel"):
        gr.HTML(INTRO)
        controls = _build_controls(studio)
        said = gr.HTML("", elem_id="vs-compare-said")
        view = gr.HTML(
            media(""), html_template=MEDIA_TEMPLATE, js_on_load=PLAY_SCRIPT,
            apply_default_css=False, elem_id="vs-compare-takes",
        )  # fmt: skip
        tally = gr.HTML("", elem_id="vs-tally", apply_default_css=False)
    now = gr.State(Round())
    counts = gr.State({})
    _listen_to_running(studio, shared, controls, said, view, now)
    _listen_to_voting(view, said, tally, now, counts)
    endpoints.build(studio)


def _build_controls(studio: Studio) -> Controls:
    fits = delivery_of(studio, studio.settings.engine)
    text = gr.Textbox(DEFAULT_TEXT, label="Text", lines=2, max_lines=8, elem_id="vs-compare-text")
    voices = gr.Dropdown(
        [],
        label="Voices",
        info="Two to four.",
        multiselect=True,
        max_choices=MAX_VOICES,
        elem_id="vs-compare-voices",
    )
    with gr.Row(elem_classes="vs-tools"):
        language = text_language.lay_out(studio, min_width=240, elem_id="vs-compare-language")
        emotion = gr.Dropdown(
            [(e.capitalize(), e) for e in [*(e.value for e in Emotion), AUTO_EMOTION]],
            value=Emotion.NEUTRAL.value,
            label="Emotion",
            info=fits.emotion,
            interactive=fits.takes_emotion,
            min_width=240,
        )
    with gr.Row(elem_classes="vs-tools"):
        temperature = gr.Slider(
            0, MAX_TEMPERATURE, studio.settings.temperature, step=0.05, label=fits.variation,
            info=fits.variation_info, scale=2, min_width=240,
        )  # fmt: skip
        seed = gr.Number(
            0, label="Seed", info="The same for every voice.", precision=0, min_width=140
        )
        reroll = gr.Button("New seed", scale=0, min_width=110, elem_id="vs-reroll")
    with gr.Row(elem_classes="vs-tools"):
        blind = gr.Checkbox(
            False, label="Blind: hide which voice is which", min_width=240, elem_id="vs-blind"
        )
        # The stylesheet shows it in blind mode.
        question = gr.Radio(
            list(QUESTIONS), value=QUESTIONS[0], label="What to judge", scale=2,
            elem_id="vs-question",
        )  # fmt: skip
    with gr.Row():
        start = gr.Button("Compare", variant="primary", elem_id="vs-compare-start")
        stop = gr.Button("Stop", elem_id="vs-compare-stop")
    return Controls(
        text, voices, language, seed, reroll, emotion, temperature, blind, question, start, stop
    )


def _listen_to_running(
    studio: Studio,
    shared: Shared,
    controls: Controls,
    said: gr.HTML,
    view: gr.HTML,
    now: gr.State,
) -> None:
    rounds = RunningWork()

    def run(
        text: str, voices: list[str], language: str | None, seed: float | None, emotion: str,
        temperature: float, blind: bool, question: str, preferences: object, before: Round,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        wanted = merged_preferences(preferences, studio)
        shown = Round()
        stopped = rounds.begin(request.session_hash)

        asked = SpeechRequest(
            engine=chosen_engine(preferences, studio),
            emotion=emotion,
            temperature=temperature,
            seed=None if seed is None else int(seed),
            closeness=wanted["closeness"],
            language=text_language.asked(language),
        )

        def play(put: Callable[[str | Round], None]) -> None:
            def go_on(share: float, doing: str) -> None:
                if stopped.is_set():
                    raise Stopped
                if not share:  # before a voice speaks, whose name may be hidden
                    put(doing)

            for step in play_round(
                studio, text or "", voices or [], asked,
                is_blind=blind, question=question, on_progress=go_on,
            ):  # fmt: skip
                put(step)

        try:
            for step in Feed(play):
                if isinstance(step, str):
                    yield notice(step), gr.skip(), gr.skip(), gr.skip()
                else:
                    shown = step
                    yield _how_far(shown), shown.shown(), shown, gr.skip()
        except Stopped:
            # Also said here, since the last word of an event that is cancelled may still arrive.
            yield *_stopped(shown), gr.skip()
            return
        except StudioError as error:
            # Nothing was made: the takes that were there stay.
            kept = end(shown) if shown.has_takes else before
            yield error_notice(error), kept.shown(), kept, gr.skip()
            return
        finally:
            stopped.set()  # the page may be gone
        yield _what_next(shown), gr.skip(), shown, shown.columns[0].seed

    def leave(request: gr.Request) -> None:
        rounds.stop(request.session_hash)

    def stop(shown: Round, request: gr.Request) -> tuple[Any, ...]:
        leave(request)
        return _stopped(shown)

    def offer(chosen: list[str] | None, was_chosen: bool) -> dict[str, Any]:
        choices, kept = _voices(studio, chosen)
        if was_chosen:  # a list that somebody is emptying is not filled under their hands
            known = {voice for _, voice in choices}
            kept = [voice for voice in chosen or [] if voice in known]
        # Not mentioned it stays as it is: a voice that was made just now may have joined since.
        if kept == chosen:
            return gr.update(choices=choices)
        return gr.update(choices=choices, value=kept)

    def join(chosen: list[str] | None, newest: tuple[int, str]) -> dict[str, Any]:
        choices, kept = _voices(studio, chosen)
        # Of four, the one that was chosen first makes room.
        joined = list(dict.fromkeys([*kept, newest[1]]))[-MAX_VOICES:]
        return gr.update(choices=choices, value=joined)

    def fit(
        preferences: object, voices: list[str] | None, language: str | None
    ) -> tuple[Any, Any, Any]:
        engine = chosen_engine(preferences, studio)
        fits = delivery_of(studio, engine)
        return (
            text_language.fitted(studio, engine, voices or [], language),
            gr.Dropdown(**fits.for_emotion()),
            gr.Slider(label=fits.variation, info=fits.variation_info),
        )

    def ready(chosen: list[str] | None, preferences: object) -> None:
        """Read what was chosen, so that its take follows at once; nobody waits for this."""
        for voice in chosen or []:
            with suppress(StudioError):  # who compares is told
                studio.prepare(voice, engine=chosen_engine(preferences, studio))

    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    was_chosen = gr.State(False)
    controls.voices.input(lambda: True, None, was_chosen, queue=False, **private)
    running = gr.on(
        [controls.start.click, controls.text.submit],
        run,
        [
            controls.text, controls.voices, controls.language, controls.seed, controls.emotion,
            controls.temperature, controls.blind, controls.question, shared.preferences,
            now,
        ],
        [said, view, now, controls.seed],
        **private,
    )  # fmt: skip
    gr.on(
        [
            shared.page.load, shared.preferences.change, shared.engines.change,
            controls.voices.change, controls.language.change,
        ],
        fit,
        [shared.preferences, controls.voices, controls.language],
        [controls.language, controls.emotion, controls.temperature],
        trigger_mode="always_last",
        **private,
    )  # fmt: skip
    controls.voices.input(ready, [controls.voices, shared.preferences], None, **private)
    controls.stop.click(stop, now, [said, view, now], cancels=[running], queue=False, **private)
    shared.page.unload(leave)
    for fresh in (controls.reroll.click, shared.page.load):
        fresh(draw_seed, None, controls.seed, queue=False, **private)
    for change in (shared.page.load, shared.library.change):
        change(offer, [controls.voices, was_chosen], controls.voices, **private)
    shared.newest.change(join, [controls.voices, shared.newest], controls.voices, **private)


def _voices(studio: Studio, chosen: list[str] | None) -> tuple[list[tuple[str, str]], list[str]]:
    """(name, id) of every voice, and the ids to compare: those ``chosen``, if they are enough."""
    voices = [entry.metadata for entry in studio.profiles() if entry.metadata]
    known = [voice.id for voice in voices]
    kept = [voice for voice in chosen or [] if voice in known]
    if len(kept) < MIN_COLUMNS:
        # At the first start the starter voices come one by one; one alone cannot be compared.
        starters = [voice.id for voice in voices if voice.starter] or known
        kept = list(dict.fromkeys([*kept, *starters]))[:SHOWN_AT_FIRST]
    return [(voice.name, voice.id) for voice in voices], kept


def _listen_to_voting(
    view: gr.HTML, said: gr.HTML, tally: gr.HTML, now: gr.State, counts: gr.State
) -> None:
    def choose(shown: Round, counted: dict[Any, Any], event: gr.EventData) -> tuple[Any, ...]:
        choice = Asked.of(event).what
        if choice == REVEAL:
            line = notice("Revealed without a vote; it does not count.")
            revealed = reveal(shown)
            return line, revealed.shown(), revealed, counted, gr.skip()
        voted, counted_now = vote(shown, choice, counted)
        if voted is shown:
            return gr.skip(), gr.skip(), shown, counted, gr.skip()
        chosen = next(column.voice for column in voted.columns if column.letter == choice)
        line = notice(f"You chose {choice}: {chosen}.", "good")
        return line, voted.shown(), voted, counted_now, column_html.tally(counted_now)

    view.select(
        choose,
        [now, counts],
        [said, view, now, counts, tally],
        api_visibility="private",
        show_progress="hidden",
    )


def _stopped(shown: Round) -> tuple[Any, ...]:
    """(said, view, round) after Stop."""
    over = end(shown)
    return notice("Stopped. The takes that were finished stay."), over.shown(), over


def _how_far(shown: Round) -> str:
    done = sum(column.is_done for column in shown.columns)
    return notice(f"{done} of {len(shown.columns)} takes are ready …")


def _what_next(shown: Round) -> str:
    if shown.can_vote:
        return notice(f"Listen to all of them, then choose. {shown.question}", "good")
    return notice("All takes are ready.", "good")
