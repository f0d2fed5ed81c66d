"""The offer to fetch the weights of a better engine, with a progress bar."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.errors import StudioError
from studio.ui.parts.engine_view import can_fetch, passed_over
from studio.ui.parts.feed import Feed
from studio.ui.parts.present import error_notice, notice

if TYPE_CHECKING:
    from studio.studio import Studio

log = logging.getLogger(__name__)

BUSY: Final = "The weights are being fetched already, in another window."
DONE: Final = "The weights are here."
FAILED: Final = (
    "Something went wrong in the studio itself while fetching; the log says what. What has "
    "arrived is kept: try again."
)

# One download at a time, whoever asked for it; it goes on when the window that asked is closed.
_fetching = threading.Lock()

Step = tuple[float, str]
"""Share done in [0, 1], and what is being done."""


@dataclass(frozen=True)
class Offer:
    """The components: the style sheet shows them only while there is a reason, which is that a
    better engine is passed over."""

    why: gr.HTML
    button: gr.Button
    bar: gr.HTML

    @property
    def outputs(self) -> list[Any]:
        """In the order of ``offered``."""
        return [self.why, self.button]


def lay_out(studio: Studio, engine: str, *, says_why: bool = True) -> Offer:
    """The offer as it stands when nobody has chosen anything but ``engine``.

    ``says_why`` False leaves the reason to what stands around it.
    """
    why, fetches = _offered(studio, engine)
    with gr.Column(elem_classes="vs-offer" if says_why else "vs-offer is-brief"):
        reason = gr.HTML(why, padding=False)
        button = gr.Button(
            "Fetch the weights", size="sm", visible=fetches, elem_classes="vs-offer-fetch"
        )
        bar = gr.HTML("", padding=False, elem_classes="vs-notice-slot vs-offer-bar")
    return Offer(reason, button, bar)


def offered(studio: Studio, engine: str) -> tuple[Any, Any]:
    """(reason, button) for who has chosen ``engine``."""
    why, fetches = _offered(studio, engine)
    return why, gr.Button(visible=fetches)


def wire(studio: Studio, offer: Offer, engines: gr.State) -> None:
    """Let the button of ``offer`` fetch; ``engines`` goes up by one when they are here."""

    def fetch(known: int) -> Iterator[tuple[Any, Any, Any]]:
        if not _fetching.acquire(blocking=False):
            yield notice(BUSY), gr.skip(), gr.skip()
            return
        feed: Feed[Step] = Feed(lambda put: _work(studio, put))
        yield progress_bar(0.0, "Asking for the weights"), gr.Button(interactive=False), gr.skip()
        try:
            while True:
                try:
                    share, doing = feed.get()
                except StopIteration:
                    break
                yield progress_bar(share, doing), gr.skip(), gr.skip()
        except StudioError as error:
            yield error_notice(error), gr.Button(interactive=True), gr.skip()
        except Exception as error:  # the edge of the studio: the page must not wait for ever
            log.error("fetching the weights failed", exc_info=error)
            yield notice(FAILED, "error"), gr.Button(interactive=True), gr.skip()
        else:
            yield notice(DONE, "good"), gr.Button(interactive=True), known + 1

    offer.button.click(
        fetch,
        inputs=engines,
        outputs=[offer.bar, offer.button, engines],
        api_visibility="private",
        show_progress="hidden",
        concurrency_limit=None,
    )


def progress_bar(share: float, doing: str) -> str:
    """How far something is, for eyes and for screen readers."""
    percent = round(100 * min(1.0, max(0.0, share)))
    label = escape(doing, quote=True)
    return (
        '<div class="vs-notice vs-progress" data-spoken>'
        f'<div role="progressbar" aria-label="{label}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}">'
        f'<span style="width:{percent}%"></span></div><p>{label} · {percent} %</p></div>'
    )


def _work(studio: Studio, put: Callable[[Step], None]) -> None:
    try:
        studio.fetch_model(lambda share, doing: put((share, doing)))
    finally:
        _fetching.release()


def _offered(studio: Studio, engine: str) -> tuple[str, bool]:
    if studio.settings.is_shared:  # what this machine can run is for whoever runs the page
        return "", False
    reasons = passed_over(studio, engine)
    sentences = "".join(f'<p class="vs-reason">{escape(reason)}</p>' for reason in reasons)
    return sentences, can_fetch(studio)
