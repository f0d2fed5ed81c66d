"""One voice opened: its clips with their reports, their words, and the cut of each undone.

The stylesheet hides the panel while its view is empty.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.errors import ProfileNotFoundError, StudioError
from studio.profile import ProfileMetadata
from studio.ui.parts import drawing, tuning_line
from studio.ui.parts.asked import SCRIPT, Asked
from studio.ui.parts.present import error_notice, notice
from studio.ui.parts.sounds import MEDIA_TEMPLATE, media
from studio.ui.voices import card_html
from studio.ui.voices.actions import play_recording

if TYPE_CHECKING:
    from studio.studio import Studio
    from studio.ui.parts.shared import Shared
    from studio.ui.voices.library import Library
    from studio.ui.voices.make import MakePanel

SHOW = "() => window.voiceStudio.sight.show('{0}')"


def build(studio: Studio, shared: Shared) -> Callable[[Library, MakePanel], None]:
    """The panel; call what is returned with the panels that it works with."""
    with gr.Column(elem_id="vs-details", elem_classes="vs-panel"):
        voice = gr.State("")
        with gr.Row(elem_classes="vs-tools"):
            more = gr.Button("Add clips to this voice", size="sm", elem_id="vs-add-clips")
            close = gr.Button("Close", size="sm", elem_id="vs-close-details")
        said = gr.HTML("", elem_id="vs-details-said")
        tuning = tuning_line.lay_out()
        view = gr.HTML(
            media(""), html_template=MEDIA_TEMPLATE, js_on_load=SCRIPT, apply_default_css=False
        )

    def connect(library: Library, make: MakePanel) -> None:
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

        def show(event: gr.EventData) -> tuple[Any, ...]:
            try:
                profile = studio.profile(Asked.of(event).profile)
            except StudioError as error:
                return gr.skip(), gr.skip(), "", media(error_notice(error))
            return profile.id, draw(studio, profile), "", gr.skip()

        opened = library.grid.select(show, None, [voice, view, said, library.said], **private)
        opened.then(None, js=SHOW.format("#vs-details"))
        shared.library.change(lambda opened: refreshed(studio, opened), voice, view, **private)
        close.click(lambda: ("", media("")), None, [voice, view], queue=False, **private)
        shared.library.change(
            lambda target: refreshed_target(studio, target),
            make.target,
            [make.target, make.target_line, library.said],
            **private,
        )
        more.click(
            lambda opened: target_of(studio, opened),
            voice,
            [make.target, make.target_line],
            **private,
        ).then(None, js=SHOW.format("#vs-make"))
        _listen_to_segments(studio, shared, view, said, library)
        # Whatever lets an engine read the voice may begin the work on it.
        read = [opened.then, library.played.then, make.saved.then]
        tuning_line.wire(
            studio, tuning, voice, shared, looks=[shared.library.change], afterwards=read
        )

    return connect


def _listen_to_segments(
    studio: Studio, shared: Shared, view: gr.HTML, said: gr.HTML, library: Library
) -> None:
    def change(work: Callable[[Asked, ProfileMetadata], str]) -> Callable[..., tuple[Any, Any]]:
        def handle(number: int, event: gr.EventData) -> tuple[Any, Any]:
            asked = Asked.of(event)
            try:
                return notice(work(asked, asked.voice(studio)), "good"), number + 1
            except StudioError as error:
                return error_notice(error), number + 1

        return handle

    def cut(asked: Asked, profile: ProfileMetadata) -> str:
        if asked.what == "pauses":
            studio.set_pauses(profile.id, asked.segment, shorten=False)
            return "The pauses are as long as they were spoken."
        trim = asked.what == "cut"
        studio.set_trim(profile.id, asked.segment, trim)
        return "The silence is cut." if trim else "The cut is undone: both ends are there again."

    def save(asked: Asked, profile: ProfileMetadata) -> str:
        if asked.what == card_html.PROMPTING_FORM:
            studio.set_prompting(profile.id, asked.value)
            return "The choice is saved. The next sentence follows it."
        studio.set_transcript(profile.id, asked.segment, asked.value)
        return "The words are saved."

    def remove(asked: Asked, profile: ProfileMetadata) -> str:
        studio.remove_clip(profile.id, asked.segment)
        return f"The clip is no longer part of {profile.name}."

    def play(event: gr.EventData) -> tuple[Any, Any]:
        asked = Asked.of(event)
        try:
            profile = studio.profile(asked.profile)
            return "", play_recording(studio, profile, asked.segment)
        except StudioError as error:
            return error_notice(error), gr.skip()

    private: dict[str, Any] = {"api_visibility": "private", "show_progress_on": [said]}
    for listener, work in ((view.edit, cut), (view.submit, save), (view.delete, remove)):
        listener(change(work), shared.library, [said, shared.library], **private)
    view.play(play, None, [said, library.player], **private)


def draw(studio: Studio, profile: ProfileMetadata) -> dict[str, Any]:
    """The details of ``profile`` with a waveform of each clip."""
    waves = {}
    for segment in profile.segments:
        try:
            audio = studio.reference_audio(profile.id, segment.id)
        except StudioError as error:
            waves[segment.id] = error_notice(error)
            continue
        label = f"Clip after cleaning, {audio.duration_s:.1f} s"
        waves[segment.id] = drawing.waveform(audio, label=label)
    return media(card_html.details(profile, waves))


def refreshed(studio: Studio, opened: str) -> Any:
    """The view after something in the library changed; empty, and so hidden, if its voice went."""
    if not opened:
        return gr.skip()
    try:
        return draw(studio, studio.profile(opened))
    except ProfileNotFoundError:
        return media("")
    except StudioError as error:
        return media(error_notice(error))


def target_of(studio: Studio, opened: str) -> tuple[str, str]:
    """Point the making panel at the voice that is open."""
    try:
        profile = studio.profile(opened)
    except StudioError as error:
        return "", error_notice(error)
    line = notice(
        f"Adding clips to {profile.name}. Upload or record them here; 'Start over' goes back to "
        f"making a new voice."
    )
    return profile.id, line


def refreshed_target(studio: Studio, target: str) -> tuple[Any, Any, Any]:
    """(target, its line, what is said) after something in the library changed: the making panel
    makes a new voice if the one it was to add clips to is gone."""
    unchanged = gr.skip(), gr.skip(), gr.skip()
    if not target:
        return unchanged
    try:
        studio.profile(target)
    except ProfileNotFoundError as error:
        said = f"{error} What is in the form would be saved as a new voice."
        return "", "", media(notice(said, "warn"))
    except StudioError:
        pass  # whoever saves is told
    return unchanged
