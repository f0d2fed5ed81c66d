"""The starter voices are made beside the page, which does not wait for them but shows them come."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import StudioError
from studio.ui.parts.present import error_notice, notice

if TYPE_CHECKING:
    from studio.studio import Studio


@dataclass(frozen=True)
class Step:
    """How far it is: ``voices`` were begun so far, and ``shown`` is what the page says of it."""

    voices: int = 0
    shown: str = ""
    done: bool = False


class StarterVoices:
    """Makes the starter voices in a thread of its own; any number of pages may watch."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._step = Step()
        self._changed = threading.Condition()

    def start(self) -> None:
        threading.Thread(target=self._make, name="starter voices", daemon=True).start()

    def steps(self) -> Iterator[Step]:
        """Every step from now on; the last one is done."""
        step: Step | None = None
        while step is None or not step.done:
            with self._changed:
                self._changed.wait_for(lambda seen=step: self._step is not seen)  # type: ignore[misc]
                step = self._step
            yield step

    def _make(self) -> None:
        failed = ""
        try:
            self._studio.add_starter_voices(on_progress=self._begin_one)
        except StudioError as error:
            failed = error_notice(error)
        finally:
            self._go_to(Step(self._step.voices, failed, done=True))
        self._studio.warm_up()

    def _begin_one(self, share: float, doing: str) -> None:
        self._go_to(Step(self._step.voices + 1, notice(f"{doing} ({share:.0%})")))

    def _go_to(self, step: Step) -> None:
        with self._changed:
            self._step = step
            self._changed.notify_all()


def show(starters: StarterVoices, page: gr.Blocks, library: gr.State) -> None:
    """A line that says which starter voice is being made; the tabs hear of each."""
    line = gr.HTML("", elem_classes="vs-notice-slot")

    def watch(version: int) -> Iterator[tuple[Any, str]]:
        for step in starters.steps():
            if step.voices == 0:
                yield gr.skip(), step.shown
            else:
                yield version + step.voices + step.done, step.shown

    page.load(
        watch,
        inputs=library,
        outputs=[library, line],
        api_visibility="private",
        show_progress="hidden",
        concurrency_limit=None,
    )
