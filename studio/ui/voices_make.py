"""Making a voice: clips in, each examined at once, then words, consent, a name, and saved.

The places for clips are there from the start: nothing is ever drawn anew, so what was typed stays,
whatever happens to the clips around it. The stylesheet hides a place without a clip, and the form
while there is no clip at all: Gradio 6.17 can hang the browser when it shows many at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.errors import StudioError
from studio.types import Emotion
from studio.ui import voices_missing, voices_save, voices_start_over
from studio.ui.asked import SCRIPT
from studio.ui.delivery import clip_emotion_info
from studio.ui.present import error_notice, notice
from studio.ui.shared import chosen_engine
from studio.ui.sounds import MEDIA_TEMPLATE, media
from studio.ui.voices_save import CONSENT, LANGUAGES, Draft

if TYPE_CHECKING:
    from studio.studio import Studio
    from studio.ui.shared import Shared

PLACES: Final = 8
"""Clips on the page at once. More than a voice needs; a saved voice takes further ones."""

INTRO: Final = (
    '<div class="vs-section-head"><h2>Make a voice</h2><p>Drop in 10 to 30 seconds of one person '
    "speaking, in a quiet room, without music. Each recording is checked at once; the file itself "
    "is never changed.</p></div>"
)


# The page is shorter once a voice is saved and its clips are gone, and would show what is below.
KEEP_IN_SIGHT: Final = """
watch('value', () => requestAnimationFrame(() => requestAnimationFrame(
  () => element.querySelector('.vs-notice')?.scrollIntoView({ block: 'nearest' }))));
"""


@dataclass(frozen=True)
class Place:
    """The components of one clip."""

    draft: gr.State
    view: gr.HTML
    transcript: gr.Textbox
    emotion: gr.Dropdown
    trim: gr.Checkbox
    shorten: gr.Checkbox
    remove: gr.Button

    @property
    def outputs(self) -> list[Any]:
        return [
            self.draft, self.view, self.transcript, self.emotion, self.trim, self.shorten,
        ]  # fmt: skip


FRESH_FORM: Final = ("", gr.skip(), "", False, "")
"""The values of the form for the next voice; the language stays."""

EMPTY_PLACE: Final = (None, media(""), "", Emotion.NEUTRAL.value, True, False)


@dataclass(frozen=True)
class MakePanel:
    """What the rest of the tab needs of this panel.

    ``target`` holds the id of the voice that clips are added to; empty makes a new voice.
    """

    target: gr.State
    target_line: gr.HTML


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
                elem_id=voices_missing.UPLOAD,
            )
            record = gr.Audio(
                label="Or record here",
                sources=["microphone"],
                type="filepath",
                elem_id="vs-record",
            )
        status = gr.HTML("", elem_id="vs-make-status")
        emotion_info = clip_emotion_info(studio)
        places = [_build_place(number, emotion_info) for number in range(PLACES)]
        form = _build_form()
        # By the button that was pressed: with several clips the top of the panel is out of sight.
        said = gr.HTML(
            "",
            js_on_load=SCRIPT + KEEP_IN_SIGHT + voices_missing.MARK,
            elem_id="vs-save-status",
        )
    _listen_to_clips(studio, upload, record, [status, said], places)
    voices_start_over.wire(
        form.clear,
        [said, status],
        [target, target_line, *form.values, *(part for place in places for part in place.outputs)],
        ["", "", *FRESH_FORM, *(part for _ in places for part in EMPTY_PLACE)],
        [upload.upload, record.stop_recording],
    )
    _listen_to_saving(studio, shared, [said, status], places, form, target, target_line)
    return MakePanel(target, target_line)


@dataclass(frozen=True)
class Form:
    """The components that belong to the voice as a whole."""

    name: gr.Textbox
    language: gr.Dropdown
    tags: gr.Textbox
    consent: gr.Checkbox
    who: gr.Textbox
    save: gr.Button
    clear: gr.Button

    @property
    def values(self) -> list[Any]:
        return [self.name, self.language, self.tags, self.consent, self.who]


def _build_place(number: int, emotion_info: str) -> Place:
    with gr.Column(elem_classes="vs-clip", elem_id=f"vs-clip-{number}"):
        draft = gr.State(None)
        view = gr.HTML(media(""), html_template=MEDIA_TEMPLATE, apply_default_css=False)
        with gr.Row(elem_classes="vs-clip-words"):
            transcript = gr.Textbox(
                label="Transcript",
                info="The exact words of this clip. Engines that read them along with the sound "
                "need them, and exact words make the match closer; other engines do without.",
                lines=2,
                max_lines=6,
                max_length=5_000,
                scale=3,
            )
            emotion = gr.Dropdown(
                [(e.value.capitalize(), e.value) for e in Emotion],
                value=Emotion.NEUTRAL.value,
                label="Emotion",
                info=emotion_info,
                scale=1,
                min_width=180,
            )
        with gr.Row(elem_classes="vs-clip-options"):
            trim = gr.Checkbox(True, label="Cut the silence at both ends")
            shorten = gr.Checkbox(False, label="Shorten long pauses")
            remove = gr.Button("Remove this clip", size="sm", variant="secondary")
    return Place(draft, view, transcript, emotion, trim, shorten, remove)


def _build_form() -> Form:
    with gr.Column(elem_classes="vs-form", elem_id="vs-make-form"):
        with gr.Row(elem_classes="vs-new-only"):
            name = gr.Textbox(
                label="Name of the voice",
                max_lines=1,
                max_length=200,
                elem_id=voices_missing.NAME,
            )
            language = gr.Dropdown(list(LANGUAGES), value="en", label="Language spoken")
            tags = gr.Textbox(
                label="Tags",
                placeholder="calm, narrator",
                max_lines=1,
                max_length=900,
                elem_id=voices_missing.TAGS,
            )
        with gr.Row():
            consent = gr.Checkbox(
                False, label=CONSENT, elem_id=voices_missing.CONSENT, scale=2, min_width=260
            )
            who = gr.Textbox(
                label="Who agrees",
                info="Name of the speaker, or who has their permission. Kept with the voice.",
                max_lines=1,
                max_length=200,
                scale=1,
                elem_id=voices_missing.WHO,
            )
        with gr.Row():
            save = gr.Button("Save voice", variant="primary", elem_id="vs-save")
            clear = gr.Button("Start over", elem_id="vs-start-over")
    return Form(name, language, tags, consent, who, save, clear)


def _listen_to_clips(
    studio: Studio,
    upload: gr.File,
    record: gr.Audio,
    notices: list[gr.HTML],
    places: Sequence[Place],
) -> None:
    """``notices`` are that of the clips, and that of saving, which is over now."""
    drafts = [place.draft for place in places]
    outputs = [*notices, *(part for place in places for part in place.outputs)]

    def add(files: list[str] | str | None, *taken: Draft | None) -> Iterator[list[Any]]:
        """Examine each file in turn; each shows as soon as it is done."""
        paths = [files] if isinstance(files, str) else files or []
        free = [index for index, draft in enumerate(taken) if draft is None]
        kept = [draft for draft in taken if draft is not None]
        for number, (path, index) in enumerate(zip(paths, free, strict=False), 1):
            now = _progress(f"Listening to {Path(path).name}", number, len(paths))
            yield [now, "", *_skip(places)]
            draft, view = voices_save.examine(studio, Path(path))
            kept.append(draft)
            changed = _skip(places)
            width = len(EMPTY_PLACE)
            changed[index * width : (index + 1) * width] = [
                draft, view, "", Emotion.NEUTRAL.value, True, False,
            ]  # fmt: skip
            yield [gr.skip(), gr.skip(), *changed]
        yield [_after_adding(kept, len(paths) - len(free)), gr.skip(), *_skip(places)]

    def add_recording(path: str, *taken: Draft | None) -> Iterator[list[Any]]:
        yield from add(voices_save.named_recording(Path(path)), *taken)

    sources: list[tuple[Any, gr.File | gr.Audio, Any]] = [
        (upload.upload, upload, add),
        (record.stop_recording, record, add_recording),
    ]
    for arrived, component, listen in sources:
        arrived(
            listen,
            [component, *drafts],
            outputs,
            show_progress="hidden",
            api_visibility="private",
        ).then(lambda: None, None, component, api_visibility="private", queue=False)
    for place in places:
        _listen_to_place(studio, place, notices[0])


def _listen_to_place(studio: Studio, place: Place, status: gr.HTML) -> None:
    def again(draft: Draft | None, trim: bool, shorten: bool) -> tuple[Any, Any]:
        if draft is None:
            return gr.skip(), gr.skip()
        return voices_save.examine(studio, draft.path, trim=trim, shorten_pauses=shorten)

    for box in (place.trim, place.shorten):
        box.input(
            again,
            [place.draft, place.trim, place.shorten],
            [place.draft, place.view],
            trigger_mode="always_last",
            api_visibility="private",
        )
    place.remove.click(
        lambda: (notice("The clip is off the page. The file itself is where it was."),
                 *EMPTY_PLACE),
        None,
        [status, *place.outputs],
        queue=False,
        api_visibility="private",
    )  # fmt: skip


def _listen_to_saving(
    studio: Studio,
    shared: Shared,
    notices: list[gr.HTML],
    places: Sequence[Place],
    form: Form,
    target: gr.State,
    target_line: gr.HTML,
) -> None:
    """``notices`` are that of saving, and that of the clips, which are gone when it is done."""
    per_place = [[p.draft, p.transcript, p.emotion] for p in places]
    emptied = [part for _ in places for part in EMPTY_PLACE]
    outputs = [
        *notices, shared.library, shared.newest, target, target_line, *form.values,
        *(part for place in places for part in place.outputs),
    ]  # fmt: skip

    def save(
        library: int, preferences: object, voice: str, name: str, language: str, tags: str,
        agreed: bool, who: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio passes it
        *values: Any,
    ) -> Iterator[list[Any]]:  # fmt: skip
        unchanged = [gr.skip()] * (len(outputs) - 1)
        found = voices_missing.lacks(
            studio, clips=values, is_new=not voice, name=name, tags=tags, agreed=agreed, who=who
        )
        if found:
            yield [voices_missing.told(found), *unchanged]
            return
        try:
            clips = voices_save.chosen_clips(values)
            statement = voices_save.consent_statement(agreed, who)
            saved = voices_save.save_voice(
                studio, voice, name, clips, statement, language, tags, progress
            )
        except StudioError as error:
            refused = voices_missing.lack_of(error)
            yield [voices_missing.told(refused) if refused else error_notice(error), *unchanged]
            return
        # From here on the voice is safe, so the page says so before the engine reads it.
        said = notice(f"{saved.name} is saved. Getting it ready to speak …", "good")
        changed = library + 1
        yield [said, "", changed, (changed, saved.id), "", "", *FRESH_FORM, *emptied]
        engine = chosen_engine(preferences, studio)
        yield [voices_save.make_ready(studio, saved, engine, progress), *unchanged]

    form.save.click(
        save,
        [
            shared.library, shared.preferences, target, *form.values,
            *(part for place in per_place for part in place),
        ],
        outputs,
        show_progress_on=[notices[0]],
        api_visibility="private",
    )  # fmt: skip


def _skip(places: Sequence[Place]) -> list[Any]:
    return [gr.skip() for _ in places for _ in EMPTY_PLACE]


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
