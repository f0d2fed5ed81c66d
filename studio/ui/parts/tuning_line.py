"""The line that says how a voice is brought nearer to its person, while that goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.errors import StudioError
from studio.ui.parts.present import error_notice
from studio.ui.parts.shared import speaking_engine

if TYPE_CHECKING:
    from studio.core.engines.tuning import TuningState
    from studio.studio import Studio
    from studio.ui.parts.shared import Shared

LEAVE: Final = "Leave it as it is"
TICK_S: Final = 1.0


@dataclass(frozen=True)
class Told:
    """What the line is about: the voice with this id, and whether the work on it goes on."""

    voice: str = ""
    goes_on: bool = False


@dataclass(frozen=True)
class TuningLine:
    """The components. The stylesheet shows ``leave`` only beside a line of progress, and nothing
    while nothing is told; ``timer`` runs only while a voice is worked on, so that a page at rest
    asks for nothing."""

    line: gr.HTML
    leave: gr.Button
    timer: gr.Timer
    told: gr.State

    @property
    def outputs(self) -> list[Any]:
        return [self.line, self.timer, self.told]


def lay_out() -> TuningLine:
    with gr.Row(elem_classes="vs-tuning"):
        line = gr.HTML("", apply_default_css=False, padding=False)
        leave = gr.Button(LEAVE, size="sm", scale=0, min_width=130)
    return TuningLine(line, leave, gr.Timer(TICK_S, active=False), gr.State(Told()))


def wire(
    studio: Studio,
    tuning: TuningLine,
    voice: gr.State | gr.Dropdown,
    shared: Shared,
    *,
    looks: Sequence[Callable[..., Any]],
    afterwards: Iterable[Callable[..., Any]] = (),
    uses: Iterable[Callable[..., Any]] = (),
) -> None:
    """Tell of ``voice`` after each event of ``looks``, and ``afterwards``, when other work is done:
    then it may be worked on. What was said of a voice that is ready goes once one of ``uses``
    makes it speak."""
    private: dict[str, Any] = {
        "queue": False,
        "api_visibility": "private",
        "show_progress": "hidden",
    }
    asked = [voice, shared.preferences, tuning.told]

    def look(chosen: str | None, stored: object, told: Told) -> tuple[Any, ...]:
        return look_at(studio, chosen or "", speaking_engine(stored, studio, chosen), told)

    def use(chosen: str | None, stored: object, told: Told) -> tuple[Any, ...]:
        engine = speaking_engine(stored, studio, chosen)
        return look_at(studio, chosen or "", engine, told, keeps=False)

    def leave(chosen: str | None) -> tuple[Any, ...]:
        try:
            studio.stop_tuning(chosen or "")
        except StudioError as error:
            return error_notice(error), gr.skip(), gr.skip()
        line = _line(f"{_name(studio, chosen or '')} stays as it is.")
        return line, gr.Timer(active=False), Told(chosen or "")

    # One after the other, so that the page is left with what was seen last.
    gr.on(
        [*looks, tuning.timer.tick],
        look,
        asked,
        tuning.outputs,
        trigger_mode="always_last",
        **private,
    )
    for event in afterwards:
        event(look, asked, tuning.outputs, **private)
    for event in uses:
        event(use, asked, tuning.outputs, **private)
    tuning.leave.click(leave, voice, tuning.outputs, **private)


def look_at(
    studio: Studio, voice: str, engine: str | None, told: Told, *, keeps: bool = True
) -> tuple[Any, ...]:
    """(line, timer, told) as things are; ``keeps`` leaves what was told when it ended."""
    state = studio.tuning(voice)
    if state is not None:
        line = _line(progress(_name(studio, voice), state), _percent(state))
        return line, gr.Timer(active=True), Told(voice, goes_on=True)
    if keeps and told.voice == voice and not told.goes_on:
        return gr.skip(), gr.skip(), told
    has_ended = told == Told(voice, goes_on=True) and _is_tuned(studio, voice, engine)
    line = _line(f"{_name(studio, voice)} is tuned: the next thing said uses it.")
    return line if has_ended else "", gr.Timer(active=False), Told(voice)


def progress(name: str, state: TuningState) -> str:
    """What is being done for the voice called ``name``, in plain text."""
    doing = f"Bringing the voice closer to {name}: {_percent(state)} %"
    if not state.waits:
        return doing
    # Before it begins, another voice may come first.
    return f"{doing}. It waits {'while something is spoken' if state.share else 'for its turn'}."


def _percent(state: TuningState) -> int:
    return round(100 * min(1.0, max(0.0, state.share)))


def _line(sentence: str, percent: int | None = None) -> str:
    if percent is None:
        return f'<p class="vs-tuning-line" data-spoken>{escape(sentence)}</p>'
    # A screen reader hears of it when it begins, and not at each step.
    says = escape(f"{sentence.partition(':')[0]} …")
    return (
        f'<div class="vs-tuning-line" data-spoken data-says="{says}">'
        f'<progress max="100" value="{percent}" aria-label="{says}"></progress>'
        f"<p>{escape(sentence)}</p></div>"
    )


def _name(studio: Studio, voice: str) -> str:
    try:
        return studio.profile(voice).name
    except StudioError:  # it was deleted meanwhile
        return "The voice"


def _is_tuned(studio: Studio, voice: str, engine: str | None) -> bool:
    try:
        return studio.is_tuned(voice, engine=engine)
    except StudioError:
        return False
