"""Making a voice: clips in, each examined at once, then words, consent, a name, and saved.

The places for clips are there from the start: nothing is ever drawn anew, so what was typed stays,
whatever happens to the clips around it. The stylesheet hides a place without a clip, and the form
while there is no clip at all: Gradio 6.17 can hang the browser when it shows many at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.errors import StudioError
from studio.types import Emotion
from studio.ui.parts.asked import SCRIPT
from studio.ui.parts.engine_controls import clip_emotion_info
from studio.ui.parts.feed import told
from studio.ui.parts.present import error_notice, notice
from studio.ui.parts.shared import chosen_engine
from studio.ui.parts.sounds import used_once
from studio.ui.voices import missing, new_voice, start_over
from studio.ui.voices.form import (
    EMPTY_PLACE,
    FRESH_FORM,
    ClipFields,
    Form,
    build_form,
    build_place,
)
from studio.ui.voices.places import Draft, ExaminedClips, KeptFile, Places

if TYPE_CHECKING:
    from studio.studio import Studio
    from studio.ui.parts.shared import Shared

PLACES: Final = 8
"""Clips on the page at once. More than a voice needs; a saved voice takes further ones."""

INTRO: Final = (
    '<div class="vs-section-head"><h2>Make a voice</h2><p>Drop in 10 to 30 seconds of one person '
    "speaking, in a quiet room, without music. Each recording is checked at once; the file itself "
    "is never changed.</p></div>"
)


KEEP_IN_SIGHT: Final = "watch('value', () => window.voiceStudio.sight.keepNotice(element));\n"


@dataclass(frozen=True)
class MakePanel:
    """What the rest of the tab needs of this panel.

    ``target`` holds the id of the voice that clips are added to; empty makes a new voice.
    """

    target: gr.State
    target_line: gr.HTML
    saved: Any
    """The event that saves a voice; ``then`` follows it."""


def build(studio: Studio, shared: Shared) -> MakePanel:
    """The panel, with all it does."""
    target = gr.State("")
    with gr.Column(elem_id="vs-make", elem_classes="vs-panel"):
        gr.HTML(INTRO)
        target_line = gr.HTML("", elem_id="vs-make-target")
        with gr.Row(elem_classes="vs-sources"):
            upload = gr.File(
                label="Upload recordings (any audio or video file)",
                file_count="multiple",
                type="filepath",
                height=150,
                elem_id=missing.UPLOAD,
            )
            record = gr.Audio(
                label="Or record here",
                sources=["microphone"],
                type="filepath",
                elem_id="vs-record",
            )
        status = gr.HTML("", elem_id="vs-make-status")
        emotion_info = clip_emotion_info(studio)
        places = [build_place(number, emotion_info) for number in range(PLACES)]
        form = build_form()
        # By the button that was pressed: with several clips the top of the panel is out of sight.
        said = gr.HTML(
            "",
            js_on_load=SCRIPT + KEEP_IN_SIGHT + missing.MARK,
            elem_id="vs-save-status",
        )
    clips = Clips(gr.State(Places(PLACES)), ExaminedClips(round(studio.settings.forms_mb * 1e6)))
    _listen_to_clips(studio, clips, upload, record, [status, said], places)
    start_over.wire(
        form.clear,
        [said, status],
        clips.held,
        [target, target_line, *form.values, *(part for place in places for part in place.outputs)],
        ["", "", *FRESH_FORM, *(part for _ in places for part in EMPTY_PLACE)],
        [upload.upload, record.stop_recording],
    )
    saved = _listen_to_saving(
        studio, shared, clips, [said, status], places, form, target, target_line
    )
    return MakePanel(target, target_line, saved)


@dataclass(frozen=True)
class Clips:
    """The clips behind the places: ``held`` those of one visitor, ``examined`` those of all."""

    held: gr.State
    examined: ExaminedClips


def _listen_to_clips(
    studio: Studio,
    clips: Clips,
    upload: gr.File,
    record: gr.Audio,
    notices: list[gr.HTML],
    places: Sequence[ClipFields],
) -> None:
    """``notices`` are that of the clips, and that of saving, which is over now."""
    outputs = [*notices, *(part for place in places for part in place.outputs)]

    def add(held: Places, files: Sequence[KeptFile]) -> Iterator[list[Any]]:
        """Examine each file in turn; each shows as soon as it is done."""
        left_over = 0
        for number, file in enumerate(files, 1):
            turn = held.take()
            if turn is None:
                left_over += 1
                continue
            now = _progress(f"Listening to {file.path.name}", number, len(files))
            yield [gr.skip(), now, "", *_skip(places)]
            for step in told(partial(new_voice.examine, studio, clips.examined, file)):
                if isinstance(step, str):
                    yield [gr.skip(), notice(step), "", *_skip(places)]
                else:
                    draft, view = step
            if not held.put(turn, draft):
                break  # the visitor started over
            changed = _skip(places)
            width = len(EMPTY_PLACE)
            changed[turn.place * width : (turn.place + 1) * width] = [
                view, "", Emotion.NEUTRAL.value, True, False,
            ]  # fmt: skip
            yield [gr.skip(), gr.skip(), gr.skip(), *changed]
        kept = [draft for draft in held.held() if draft is not None]
        yield [gr.skip(), _after_adding(kept, left_over), gr.skip(), *_skip(places)]

    # The component is emptied first: more can be put in while these are listened to.
    emptied = [None, gr.skip(), gr.skip(), *_skip(places)]

    def add_files(held: Places, paths: list[str] | None) -> Iterator[list[Any]]:
        with used_once(*(paths or [])):
            files = [KeptFile(Path(path)) for path in paths or [] if Path(path).exists()]
        yield emptied
        yield from add(held, files)

    def add_recording(held: Places, path: str) -> Iterator[list[Any]]:
        with used_once(path):
            file = new_voice.recorded(Path(path))
        yield emptied
        yield from add(held, [file])

    sources: list[tuple[Any, gr.File | gr.Audio, Any]] = [
        (upload.upload, upload, add_files),
        (record.stop_recording, record, add_recording),
    ]
    for arrived, component, listen in sources:
        arrived(
            listen,
            [clips.held, component],
            [component, *outputs],
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
        )
    for number, place in enumerate(places):
        _listen_to_place(studio, clips, number, place, notices[0])


def _listen_to_place(
    studio: Studio, clips: Clips, number: int, place: ClipFields, status: gr.HTML
) -> None:
    def again(held: Places, trim: bool, shorten: bool) -> Any:
        asked = held.again(number)
        if asked is None:
            return gr.skip()
        turn, before = asked
        draft, view = new_voice.examine(
            studio, clips.examined, before.file, trim=trim, shorten_pauses=shorten
        )
        return view if held.put(turn, draft) else gr.skip()

    def remove(held: Places) -> list[Any]:
        held.empty(number)
        said = notice("The clip is off the page. The file itself is where it was.")
        return [said, *EMPTY_PLACE]

    for box in (place.trim, place.shorten):
        box.input(
            again,
            [clips.held, place.trim, place.shorten],
            place.view,
            trigger_mode="always_last",
            api_visibility="private",
        )
    place.remove.click(
        remove, clips.held, [status, *place.outputs], queue=False, api_visibility="private"
    )


def _listen_to_saving(
    studio: Studio,
    shared: Shared,
    clips: Clips,
    notices: list[gr.HTML],
    places: Sequence[ClipFields],
    form: Form,
    target: gr.State,
    target_line: gr.HTML,
) -> Any:
    """The event that saves. ``notices`` are that of saving, and that of the clips, which are gone
    when it is done."""
    words = [part for place in places for part in (place.transcript, place.emotion)]
    outputs = [
        *notices, shared.library, shared.newest, target, target_line, *form.values,
        *(part for place in places for part in place.outputs),
    ]  # fmt: skip

    def save(
        held: Places, library: int, preferences: object, voice: str, name: str, language: str,
        tags: str, agreed: bool, who: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio passes it
        *words: str,
    ) -> Iterator[list[Any]]:  # fmt: skip
        unchanged = [gr.skip()] * (len(outputs) - 1)
        drafts = held.held()
        found = missing.lacks(
            studio,
            clips=partial(new_voice.chosen_clips, clips.examined, drafts, words),
            is_new=not voice,
            name=name,
            tags=tags,
            agreed=agreed,
            who=who,
        )
        if found:
            yield [missing.told(found), *unchanged]
            return
        try:
            chosen = new_voice.chosen_clips(clips.examined, drafts, words)
            statement = new_voice.consent_statement(agreed, who)
            saved = new_voice.save_voice(
                studio, voice, name, chosen, statement, language, tags, progress
            )
        except StudioError as error:
            refused = missing.lack_of(error)
            yield [missing.told(refused) if refused else error_notice(error), *unchanged]
            return
        # From here on the voice is safe, so the page says so before the engine reads it.
        said = notice(f"{saved.name} is saved. Getting it ready to speak …", "good")
        changed = library + 1
        # A clip that came while the others were saved stays.
        emptied = _emptied(held.empty_saved(drafts))
        yield [said, "", changed, (changed, saved.id), "", "", *FRESH_FORM, *emptied]
        engine = chosen_engine(preferences, studio)
        yield [new_voice.make_ready(studio, saved, engine, progress), *unchanged]

    return form.save.click(
        save,
        [
            clips.held, shared.library, shared.preferences, target, *form.values, *words,
        ],
        outputs,
        show_progress_on=[notices[0]],
        api_visibility="private",
    )  # fmt: skip


def _skip(places: Sequence[ClipFields]) -> list[Any]:
    return [gr.skip() for _ in places for _ in EMPTY_PLACE]


def _emptied(which: Sequence[bool]) -> list[Any]:
    """Values of all places, of which those that are True are emptied."""
    untouched = [gr.skip()] * len(EMPTY_PLACE)
    return [value for is_empty in which for value in (EMPTY_PLACE if is_empty else untouched)]


def _progress(what: str, number: int, total: int) -> str:
    count = f" ({number} of {total})" if total > 1 else ""
    return notice(f"{what}{count} …")


def _after_adding(kept: Sequence[Draft], left_over: int) -> str:
    if left_over > 0:
        return notice(
            f"{PLACES} clips fit on the page at once; {left_over} were left out. "
            f"Save the voice, then add the others to it.",
            "warn",
        )
    refused = sum(not draft.usable for draft in kept)
    if not refused:
        return ""
    if refused == len(kept):
        return notice("This cannot become a voice yet; the clip says what to do.", "warn")
    return notice("Clips marked 'Cannot be used' will be left out; the others are fine.", "warn")
