"""The library: find a voice, hear it, rename, tag, duplicate, delete, export, import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.errors import Stopped, StudioError
from studio.ui.parts.asked import SCRIPT, Asked
from studio.ui.parts.present import error_notice, notice
from studio.ui.parts.shared import merged_preferences
from studio.ui.parts.sounds import MEDIA_TEMPLATE, media, used_once
from studio.ui.parts.stopping import RunningWork
from studio.ui.voices import actions, card_html

if TYPE_CHECKING:
    from studio.studio import Studio
    from studio.ui.parts.shared import Shared

PLAYER_TEMPLATE: Final = (
    '<div class="vs-player" hidden><span class="vs-player-title" id="vs-playing"></span>'
    '<audio controls aria-labelledby="vs-playing"></audio></div>'
)
# The event is named here because the component takes its events from this text.
PLAYER_SCRIPT: Final = (
    "window.voiceStudio.cards.mountPlayer(element, trigger, props, watch); // 'halted'"
)

CARDS_SCRIPT: Final = "window.voiceStudio.cards.mountGrid(element, watch);\n"

DOWNLOAD_SCRIPT: Final = """
watch('value', () => element.querySelector('a[data-download]')?.click());
"""


@dataclass(frozen=True)
class Library:
    """What the rest of the tab needs of the library."""

    grid: gr.HTML
    said: gr.HTML
    player: gr.HTML
    played: Any
    """The event that plays a voice; ``then`` follows it."""


def build(studio: Studio, shared: Shared) -> Library:
    """The panel, with all it does except showing a voice's details."""
    with gr.Column(elem_id="vs-library", elem_classes="vs-panel"):
        gr.HTML('<div class="vs-section-head"><h2>Library</h2></div>')
        with gr.Row(elem_classes="vs-tools"):
            query = gr.Textbox(
                label="Search", placeholder="Name, tag or language", elem_id="vs-search", scale=3
            )
            orders = list(actions.SORTS)
            sort = gr.Dropdown(orders, value=orders[0], label="Sort by", scale=2)
            bring = gr.UploadButton(
                "Import a .voiceprofile", type="filepath", elem_id="vs-import", scale=0
            )
            save_all = gr.Button("Back up all", elem_id="vs-backup", scale=0)
            bin_button = gr.Button("Deleted voices", elem_id="vs-bin", scale=0)
        said = gr.HTML(
            media(""), html_template=MEDIA_TEMPLATE, js_on_load=SCRIPT + DOWNLOAD_SCRIPT,
            apply_default_css=False, elem_id="vs-library-said",
        )  # fmt: skip
        grid = gr.HTML(
            media(""), html_template=MEDIA_TEMPLATE, js_on_load=CARDS_SCRIPT + SCRIPT,
            apply_default_css=False, elem_id="vs-grid",
        )  # fmt: skip
        page = gr.State(1)
        player = gr.HTML(
            {}, html_template=PLAYER_TEMPLATE, js_on_load=PLAYER_SCRIPT, apply_default_css=False,
            elem_id="vs-library-player",
        )  # fmt: skip
    _listen_to_finding(studio, shared, query, sort, page, grid)
    played = _listen_to_cards(studio, shared, grid, said, player)
    _listen_to_keeping(studio, shared, bring, save_all, bin_button, said)
    return Library(grid, said, player, played)


def _listen_to_finding(
    studio: Studio,
    shared: Shared,
    query: gr.Textbox,
    sort: gr.Dropdown,
    page: gr.State,
    grid: gr.HTML,
) -> None:
    draw = actions.card_drawings(studio)

    def show(text: str, order: str, number: int) -> tuple[Any, int]:
        listing = actions.list_voices(studio, draw, text, order, number)
        return media(listing.html), listing.page

    def turn(text: str, order: str, event: gr.EventData) -> tuple[Any, int]:
        asked = Asked.of(event).what
        return show(text, order, int(asked) if asked.isdecimal() else 1)

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    for change in (query.change, sort.change):
        change(
            lambda text, order: show(text, order, 1),
            [query, sort],
            [grid, page],
            trigger_mode="always_last",
            **quiet,
        )
    for change in (shared.library.change, shared.page.load):
        change(show, [query, sort, page], [grid, page], **quiet)
    grid.apply(turn, [query, sort], [grid, page], **quiet)


def _listen_to_cards(
    studio: Studio,
    shared: Shared,
    grid: gr.HTML,
    said: gr.HTML,
    player: gr.HTML,
) -> Any:
    """The event that plays a voice."""
    playing = RunningWork()

    def play(
        preferences: object, event: gr.EventData, request: gr.Request
    ) -> Iterator[tuple[Any, Any]]:
        asked = Asked.of(event)
        press = {"run": asked.value}
        stopped = playing.begin(request.session_hash, asked.value)
        try:
            profile = studio.profile(asked.profile)
            if asked.what == "recording":
                yield gr.skip(), press | actions.play_recording(studio, profile)
                return
            wanted = merged_preferences(preferences, studio)
            for step in actions.play_sentence(studio, profile, wanted, stopped):
                yield gr.skip(), press | step
        except Stopped:
            return
        except StudioError as error:
            yield media(error_notice(error)), press

    def halt(event: gr.EventData, request: gr.Request) -> None:
        playing.stop(request.session_hash, Asked.of(event).value)

    def leave(request: gr.Request) -> None:
        playing.stop(request.session_hash)

    def edit(library: int, event: gr.EventData) -> tuple[Any, int]:
        asked = Asked.of(event)
        return _changed(library, lambda: actions.edit_voice(studio, asked))

    def copy(library: int, event: gr.EventData) -> tuple[Any, int]:
        asked = Asked.of(event)
        return _changed(library, lambda: actions.duplicate_voice(studio, asked))

    def export(event: gr.EventData) -> Any:
        try:
            return actions.export_voice(studio, Asked.of(event).profile)
        except StudioError as error:
            return media(error_notice(error))

    def delete(library: int, event: gr.EventData) -> tuple[Any, int]:
        try:
            name, ticket = actions.delete_voice(studio, Asked.of(event))
        except StudioError as error:
            return media(error_notice(error)), library + 1
        return media(card_html.deleted(name, ticket)), library + 1

    private: dict[str, Any] = {"api_visibility": "private"}
    changing = [said, shared.library]
    played = grid.play(
        play,
        shared.preferences,
        [said, player],
        show_progress="hidden",
        trigger_mode="multiple",
        concurrency_limit=None,
        **private,
    )
    player.halted(halt, queue=False, show_progress="hidden", **private)
    shared.page.unload(leave)
    grid.submit(edit, shared.library, changing, show_progress="hidden", **private)
    grid.copy(copy, shared.library, changing, show_progress="hidden", **private)
    grid.download(export, None, said, show_progress="hidden", **private)
    grid.delete(delete, shared.library, changing, show_progress="hidden", **private)
    return played


def _listen_to_keeping(
    studio: Studio,
    shared: Shared,
    bring: gr.UploadButton,
    save_all: gr.Button,
    bin_button: gr.Button,
    said: gr.HTML,
) -> None:
    def restore(library: int, event: gr.EventData) -> tuple[Any, int]:
        ticket = Asked.of(event).what
        return _changed(library, lambda: f"{studio.undo_delete(ticket).name} is back.")

    def take_in(path: str, library: int) -> tuple[Any, int]:
        with used_once(path):
            return _changed(library, lambda: actions.import_voices(studio, Path(path)))

    def back_up() -> Any:
        try:
            return actions.back_up(studio)
        except StudioError as error:
            return media(error_notice(error))

    def empty(library: int, event: gr.EventData) -> tuple[Any, int]:
        answer = Asked.of(event).what
        if answer == "all":
            return _changed(library, lambda: actions.empty_bin(studio))
        if answer == "ask":
            return media(card_html.empty_the_bin(len(studio.deleted()))), library
        return media(actions.deleted_voices(studio)), library

    private: dict[str, Any] = {"api_visibility": "private", "show_progress_on": [said]}
    save_all.click(back_up, None, said, **private)
    said.delete(empty, shared.library, [said, shared.library], **private)
    bin_button.click(lambda: media(actions.deleted_voices(studio)), None, said, **private)
    said.undo(restore, shared.library, [said, shared.library], **private)
    bring.upload(take_in, [bring, shared.library], [said, shared.library], **private)


def _changed(library: int, work: Callable[[], str]) -> tuple[dict[str, Any], int]:
    """Do ``work`` and tell what it says; the lists are drawn anew also when it failed, because
    somebody else may have changed them."""
    try:
        return media(notice(work(), "good")), library + 1
    except StudioError as error:
        return media(error_notice(error)), library + 1
