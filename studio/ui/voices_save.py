"""From clips on the page to a saved voice: examine, check consent and name, save, make ready."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from studio.core.making import Clip
from studio.core.one_person import strange_clips
from studio.errors import ClipRefusedError, ConsentError, StudioError
from studio.types import Emotion, Verdict
from studio.ui import drawing, voices_view
from studio.ui.present import notice, tab_link
from studio.ui.sounds import download_folder, media, sound_file

if TYPE_CHECKING:
    from studio.profile import ProfileMetadata
    from studio.studio import Studio

Progress = Callable[[float, str], None]

LANGUAGES: Final = (
    ("English", "en"), ("German", "de"), ("French", "fr"), ("Spanish", "es"), ("Italian", "it"),
    ("Portuguese", "pt"), ("Dutch", "nl"), ("Polish", "pl"), ("Swedish", "sv"), ("Danish", "da"),
    ("Norwegian", "nb"), ("Finnish", "fi"), ("Czech", "cs"), ("Hungarian", "hu"),
    ("Romanian", "ro"), ("Greek", "el"), ("Turkish", "tr"), ("Ukrainian", "uk"),
    ("Russian", "ru"), ("Hindi", "hi"), ("Chinese", "zh"), ("Japanese", "ja"), ("Korean", "ko"),
)  # fmt: skip

CONSENT: Final = "I am the speaker, or I have their permission to make and use this voice."

KEPT_EXAMINED_S: Final = 120.0
"""A longer clip is examined again when it is saved, instead of being held in memory meanwhile."""


@dataclass(frozen=True, eq=False)
class Draft:
    """A clip on the page, not saved yet. ``clip`` is None where it could not be decoded."""

    path: Path
    clip: Clip | None
    usable: bool


def examine(
    studio: Studio, path: Path, *, trim: bool = True, shorten_pauses: bool = False
) -> tuple[Draft, dict[str, Any]]:
    """Examine the clip at ``path``; what it shows is ready for an HTML component."""
    try:
        examined = studio.examine(path, trim=trim, shorten_pauses=shorten_pauses)
    except StudioError as error:
        return Draft(path, None, usable=False), media(
            voices_view.unreadable_clip(path.name, str(error))
        )
    report = examined.report
    kept = examined if report.source_duration_s <= KEPT_EXAMINED_S else None
    clip = Clip(path, trim=trim, shorten_pauses=shorten_pauses, examined=kept)
    plots = drawing.cleaning(
        examined.original, examined.cleaned, report.trimmed_start_s, report.trimmed_end_s
    )
    files = {}
    if len(examined.cleaned.samples):
        files = {
            "before": sound_file(examined.original, "before.flac"),
            "after": sound_file(examined.cleaned, "after.flac"),
        }
    shown = voices_view.clip_card(path.name, report, plots, files=bool(files))
    return Draft(path, clip, report.verdict is not Verdict.REFUSE), media(shown, files)


def named_recording(path: Path) -> str:
    """A copy of what the microphone recorded, under a name that tells it from other recordings."""
    copy = download_folder() / f"recording-{datetime.now():%H-%M-%S}{path.suffix}"
    shutil.copyfile(path, copy)
    return str(copy)


def chosen_clips(values: Sequence[Any]) -> list[Clip]:
    """The usable clips among (draft, transcript, emotion) of each place, with their words.

    Raises:
        ClipRefusedError: there is none.
    """
    clips = []
    for draft, transcript, emotion in zip(values[::3], values[1::3], values[2::3], strict=True):
        if isinstance(draft, Draft) and draft.usable and draft.clip is not None:
            clips.append(replace(draft.clip, transcript=transcript, emotion=Emotion(emotion)))
    if not clips:
        raise ClipRefusedError(
            "There is no usable clip yet. Add a recording in which one person speaks clearly."
        )
    return clips


def check_agreed(agreed: bool) -> None:
    """
    Raises:
        ConsentError: the box is not ticked.
    """
    if not agreed:
        raise ConsentError(
            "A voice belongs to a person. Tick the box that says you are the speaker or have "
            "their permission."
        )


def who_agrees(who: str) -> str:
    """The name of who agrees.

    Raises:
        ConsentError: nobody is named.
    """
    name = " ".join(who.split()).rstrip(".")
    if not name:
        raise ConsentError("Write who agrees: the name of the speaker, or of who gave permission.")
    return name


def consent_statement(agreed: bool, who: str) -> str:
    """What is stored with the voice.

    Raises:
        ConsentError: the box is not ticked, or nobody is named.
    """
    check_agreed(agreed)
    return f"{CONSENT} Given by: {who_agrees(who)}."


def save_voice(
    studio: Studio,
    voice: str,
    name: str,
    clips: Sequence[Clip],
    statement: str,
    language: str,
    tags: str,
    progress: Progress,
) -> ProfileMetadata:
    """A new voice, or more clips for the one with the id ``voice``."""

    def show(share: float, what: str) -> None:
        progress(share * 0.5, what)

    if voice:
        return studio.add_clips(voice, clips, consent=statement, on_progress=show)
    return studio.create_profile(
        name,
        clips,
        consent=statement,
        language=language,
        tags=split_tags(tags),
        on_progress=show,
    )


def make_ready(
    studio: Studio, saved: ProfileMetadata, engine: str | None, progress: Progress
) -> str:
    """Have ``engine`` read the voice, so that its first sentence comes at once; what to tell.

    None is the voice's own choice, or else the studio's.
    """

    def show(share: float, what: str) -> None:
        progress(0.5 + share * 0.5, what)

    try:
        studio.prepare(saved.id, engine=engine, on_progress=show)
    except StudioError as error:
        return notice(f"{saved.name} is saved, but cannot speak yet: {error}", "warn")
    talk = tab_link("chat", "Open Chat")
    doubts = [
        f"{segment.source_name}: {finding.sentence}"
        for segment in saved.segments
        for finding in segment.report.findings
        if finding.measure == "transcript"
    ]
    strangers = strange_clips(saved)
    if strangers:
        doubts.append(
            f"But these clips sound like another person: {', '.join(strangers)}. "
            "Listen to them, and take out what is not the voice."
        )
    said = " ".join([f"{saved.name} is saved and ready to speak.", *doubts])
    return notice(said, "warn" if doubts else "good", more=talk)


def split_tags(text: str) -> list[str]:
    """Tags from a line with commas between them."""
    return [tag.strip() for tag in text.split(",") if tag.strip()]
