"""The whole page: header, three tabs and the settings panel, over one studio."""

from __future__ import annotations

import socket
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.sharing.owners import NOBODY, asking_as
from studio.ui import assets, following
from studio.ui.chat import tab as chat
from studio.ui.compare import tab as compare
from studio.ui.header import build_header, wire_header
from studio.ui.parts.shared import STORAGE_KEY, Shared, default_preferences
from studio.ui.settings import panel as settings_panel
from studio.ui.sharing.gate import gated
from studio.ui.starters import StarterVoices
from studio.ui.starters import show as starter_line
from studio.ui.tabs import TABS, build_bar, build_panel
from studio.ui.theme import StudioTheme
from studio.ui.visitors import line, sessions
from studio.ui.voices import tab as voices

if TYPE_CHECKING:
    from studio.studio import Studio
    from studio.ui.visitors.studios import Visitors

CACHE_SWEEP_S: Final = 300
"""Copies of voices and takes that were handed to browsers are looked over so often."""

THREADS: Final = 40
"""Threads of the page's own, as many as Gradio's usual. Where works wait for their turn each of
them holds one more, so that Stop never waits behind them."""


def build(
    studio: Studio, starters: StarterVoices | None = None, visitors: Visitors | None = None
) -> gr.Blocks:
    """The page over ``studio``; serve it with ``launch(**launch_arguments(studio))``.

    ``starters`` are shown while they are being made. With ``visitors`` each of them has voices of
    their own, and those of ``studio`` are for all.
    """
    if visitors is None:
        return _build(studio, starters, None)
    with asking_as(NOBODY):  # what the page begins with is the same for everybody
        return _build(visitors.askers_studio, starters, visitors)


def _build(studio: Studio, starters: StarterVoices | None, visitors: Visitors | None) -> gr.Blocks:
    page = gr.Blocks(
        title="Voice Studio",
        analytics_enabled=False,
        delete_cache=(CACHE_SWEEP_S, round(studio.settings.copies_minutes * 60)),
        fill_width=True,
    )
    can_sign_in = studio.settings.can_sign_in
    with page:
        header = build_header(studio)
        visit = None if visitors is None else line.build(can_sign_in=can_sign_in)
        preferences = gr.BrowserState(
            default_preferences(studio),
            storage_key=STORAGE_KEY,
            # Not a secret: it keeps the stored settings readable after a restart.
            secret=STORAGE_KEY,
        )
        library = gr.State(0)
        newest = gr.State((0, ""))
        engines = gr.State(0)
        if starters is not None:
            starter_line(starters, page, library)
        following.wire(studio, page, library)
        shared = Shared(page, build_bar(), preferences, library, newest, engines)
        wire_header(studio, header, shared)
        if visitors is not None and visit is not None:
            line.wire(visitors, visit, shared, can_sign_in=can_sign_in)
        for name, tab in zip(TABS, (voices, compare, chat, settings_panel), strict=True):
            with build_panel(name):
                tab.build(studio, shared)
        _spare_the_components(page)
    if visitors is not None:
        _look_after(page, visitors, shared)
    return page


def _look_after(page: gr.Blocks, visitors: Visitors, shared: Shared) -> None:
    """Let what the page keeps of visitors go with them."""

    def end(owner_id: str, beginning: str) -> None:
        for forget in shared.endings:
            forget(beginning)
        sessions.end(page, owner_id, beginning)

    visitors.at_the_end(end)
    visitors.at_each_sweep(partial(sessions.drop_what_is_over, page))
    # Whose turn it is the studio decides; Gradio would let one wait for all others.
    page.queue(default_concurrency_limit=None)


def _spare_the_components(page: gr.Blocks) -> None:
    """Let only one empty component hear of events that show no progress.

    Otherwise Gradio hands each step of each event to every component that was ever an output, and
    those draw themselves anew: a chat of eight replies for a third of a second, at every message
    of the ninth.
    """
    nothing = gr.HTML(visible=False)
    for event in page.fns.values():
        if event.show_progress == "hidden":
            event.show_progress_on = [nothing]


def launch_arguments(studio: Studio, visitors: Visitors | None = None) -> dict[str, Any]:
    """What ``Blocks.launch`` needs to serve the page as the settings say, through the gate where
    there are ``visitors``."""
    settings = studio.settings
    through: dict[str, Any] = {}
    if visitors is not None:
        through = gated(
            visitors.visits,
            visitors.handed,
            visitors.names,
            sign_in_with_hub=settings.can_sign_in,
        ) | {"max_threads": THREADS + settings.turns_waiting}
    return through | {
        "server_name": settings.host,
        "server_port": _free_port(settings.host) if settings.port == 0 else settings.port,
        "theme": StudioTheme(),
        "css_paths": assets.styles(),
        "head": assets.scripts(),
        "footer_links": ["api"],
        # Voices leave the store only as short-lived copies.
        "blocked_paths": [str(settings.profiles_dir.resolve())],
        "max_file_size": round(settings.max_clip_mb * 1e6),
        # The player lives in the browser; rendering on the server first would only delay it.
        "ssr_mode": False,
        "share": False,
        "enable_monitoring": False,
        "show_error": False,
    }


def _free_port(host: str | None) -> int:
    """A port that nothing listens on; Gradio does not take 0 for that."""
    with socket.socket() as probe:
        probe.bind((host or "127.0.0.1", 0))
        return int(probe.getsockname()[1])
