"""From clips on the page to a saved voice: examine, check consent and name, save, make ready."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from studio.core.voices.making import Clip
from studio.core.voices.one_person import strange_clips
from studio.errors import ClipRefusedError, ConsentError, StudioError
from studio.types import Emotion, Progress, Verdict
from studio.ui.parts import drawing
from studio.ui.parts.present import notice, tab_link
from studio.ui.parts.sounds import media, sound_file
from studio.ui.voices import card_html
from studio.ui.voices.places import Draft, ExaminedClips, KeptFile

if TYPE_CHECKING:
    from studio.profile import ProfileMetadata
    from studio.studio import Studio

CONSENT: Final = "I am the speaker, or I have their permission to make and use this voice."


def examine(
    studio: Studio,
    examined: ExaminedClips,
    file: KeptFile,
    on_progress: Progress | None = None,
    *,
    trim: bool = True,
    shorten_pauses: bool = False,
) -> tuple[Draft, dict[str, Any]]:
    """Examine the recording ``file``; what it shows is ready for an HTML component."""
    path = file.path
    clip = Clip(path, trim=trim, shorten_pauses=shorten_pauses)
    try:
        found = studio.examine(
            path, trim=trim, shorten_pauses=shorten_pauses, on_progress=on_progress
        )
    except StudioError as error:
        return Draft(file, None, usable=False), media(
            card_html.unreadable_clip(path.name, str(error))
        )
    examined.keep(file, replace(clip, examined=found))
    report = found.report
    plots = drawing.cleaning(
        found.original, found.cleaned, report.trimmed_start_s, report.trimmed_end_s
    )
    files = {}
    if len(found.cleaned.samples):
        files = {
            "before": sound_file(found.original, "before.flac"),
            "after": sound_file(found.cleaned, "after.flac"),
        }
    shown = card_html.clip_card(path.name, report, plots, files=bool(files))
    return Draft(file, clip, report.verdict is not Verdict.REFUSE), media(shown, files)


def recorded(path: Path) -> KeptFile:
    """What the microphone recorded, under a name that tells it from other recordings."""
    return KeptFile(path, f"recording-{datetime.now():%H-%M-%S}{path.suffix}")


def chosen_clips(
    examined: ExaminedClips, drafts: Sequence[Draft | None], words: Sequence[str]
) -> list[Clip]:
    """The usable clips among ``drafts``, with ``words``: (transcript, emotion) of each place.

    Raises:
        ClipRefusedError: there is none.
    """
    clips = []
    for draft, transcript, emotion in zip(drafts, words[::2], words[1::2], strict=True):
        if draft is not None and draft.usable and draft.clip is not None:
            clip = examined.examined(draft.file, draft.clip)
            clips.append(replace(clip, transcript=transcript, emotion=Emotion(emotion)))
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
