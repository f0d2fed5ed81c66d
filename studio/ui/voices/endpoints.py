"""The Voices tab for programs.

Endpoints that take or give files have components of their own, never shown: Gradio checks a file
only on its way through a component, and without that check a caller could name any file of this
machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.events import api

from studio.core.speech.languages import LANGUAGES
from studio.core.voices.making import Clip
from studio.errors import OptionsError
from studio.profile import ProfileMetadata
from studio.types import CleaningReport
from studio.ui.parts.endpoint import plainly, text, texts
from studio.ui.parts.sounds import download_folder, file_stem, used_once

if TYPE_CHECKING:
    from studio.studio import Studio


def build(studio: Studio) -> None:
    """Register all of them."""
    _register_texts(studio)
    _register_files(studio)


def _register_texts(studio: Studio) -> None:
    def named(voice: object) -> str:
        return studio.find_id(text(voice, "voice"))

    @plainly
    def list_voices() -> list[dict[str, Any]]:
        """All voices; a damaged one has an ``error`` instead of its values."""
        return [
            summary(entry.metadata)
            if entry.metadata
            else {"id": entry.id, "error": entry.error or "It cannot be read."}
            for entry in studio.profiles()
        ]

    @plainly
    def rename_voice(voice: str, new_name: str) -> dict[str, Any]:
        """Give the voice, named by name or id, another name."""
        return summary(studio.rename(named(voice), text(new_name, "new name")))

    @plainly
    def tag_voice(voice: str, tags: list[str]) -> dict[str, Any]:
        """Replace the tags of the voice."""
        return summary(studio.set_tags(named(voice), texts(tags, "tags")))

    @plainly
    def duplicate_voice(voice: str, new_name: str) -> dict[str, Any]:
        """Copy the voice under another name."""
        return summary(studio.duplicate(named(voice), text(new_name, "new name")))

    @plainly
    def delete_voice(voice: str) -> str:
        """Delete the voice; the ticket that comes back undoes it with ``undo_delete``."""
        return studio.delete(named(voice))

    @plainly
    def undo_delete(ticket: str) -> dict[str, Any]:
        """Bring a deleted voice back."""
        return summary(studio.undo_delete(text(ticket, "ticket")))

    for endpoint in (
        list_voices, rename_voice, tag_voice, duplicate_voice, delete_voice, undo_delete,
    ):  # fmt: skip
        api(endpoint)


def _register_files(studio: Studio) -> None:
    @plainly
    def examine_clip(clip: str | None, trim: bool, shorten_pauses: bool) -> dict[str, Any]:
        path = _file(clip, "clip")
        with used_once(path):
            found = studio.examine(path, trim=bool(trim), shorten_pauses=bool(shorten_pauses))
        return report_values(found.report)

    @plainly
    def create_voice(
        name: str, clips: list[str] | None, transcripts: object, consent: str, language: str,
        tags: object,
    ) -> dict[str, Any]:  # fmt: skip
        with used_once(*(clips or [])):
            made = studio.create_profile(
                text(name, "name"),
                _with_words(clips or [], texts(transcripts, "transcripts")),
                consent=text(consent, "consent statement"),
                language=require_language(language),
                tags=texts(tags, "tags"),
            )
        return summary(made)

    @plainly
    def export_voice(voice: str) -> str:
        profile = studio.find(text(voice, "voice"))
        path = download_folder() / f"{file_stem(profile.name)}.voiceprofile"
        return str(studio.export_profile(profile.id, path))

    @plainly
    def import_voice(archive: str | None) -> dict[str, Any]:
        path = _file(archive, ".voiceprofile file")
        with used_once(path):
            return summary(studio.import_profile(path))

    with gr.Column(visible=False):
        answer = gr.JSON()
        clip = gr.File(label="clip")
        clips = gr.File(label="clips", file_count="multiple")
        archive = gr.File(label="archive")
        voice = gr.Textbox(label="voice")
        name = gr.Textbox(label="name")
        consent = gr.Textbox(label="consent")
        transcripts = gr.JSON(label="transcripts, one for each clip")
        tags = gr.JSON(label="tags")
        language = gr.Textbox("en", label="language")
        trim = gr.Checkbox(True, label="trim")
        shorten = gr.Checkbox(False, label="shorten_pauses")
        exported = gr.File(label="exported")
        run = gr.Button()
    run.click(examine_clip, [clip, trim, shorten], answer, api_name="examine_clip")
    run.click(
        create_voice, [name, clips, transcripts, consent, language, tags], answer,
        api_name="create_voice",
    )  # fmt: skip
    run.click(export_voice, voice, exported, api_name="export_voice")
    run.click(import_voice, archive, answer, api_name="import_voice")


def summary(profile: ProfileMetadata) -> dict[str, Any]:
    """A voice in plain values."""
    return {
        "id": profile.id,
        "name": profile.name,
        "revision": profile.revision,
        "language": profile.language,
        "tags": list(profile.tags),
        "starter": profile.starter,
        "segments": [
            {
                "id": segment.id,
                "transcript": segment.transcript,
                "emotion": segment.emotion.value,
                **report_values(segment.report),
            }
            for segment in profile.segments
        ],
    }


def report_values(report: CleaningReport) -> dict[str, Any]:
    """A quality report in plain values, under the names that the command line uses too."""
    values = (
        "duration_s", "speech_s", "lufs_before", "lufs_after", "true_peak_dbtp", "gain_db",
        "trimmed_start_s", "trimmed_end_s", "snr_db", "clipping_ratio",
    )  # fmt: skip
    return {
        **{value: getattr(report, value) for value in values},
        "verdict": report.verdict.value,
        "advice": list(report.advice),
    }


def require_language(language: object) -> str:
    """``language`` if it is one that the page offers.

    Raises:
        OptionsError: it is not; the message lists those.
    """
    known = [code for _, code in LANGUAGES]
    if language not in known:
        raise OptionsError(f"There is no language {str(language)!r}. Choose: {', '.join(known)}.")
    return str(language)


def _with_words(paths: Sequence[str], transcripts: Sequence[str]) -> list[Clip]:
    if len(transcripts) > len(paths):
        raise OptionsError(
            f"There are {len(transcripts)} transcripts for {len(paths)} clips. Give one for each."
        )
    words = [*transcripts, *[""] * (len(paths) - len(transcripts))]
    return [Clip(Path(path), said) for path, said in zip(paths, words, strict=True)]


def _file(path: str | None, what: str) -> Path:
    if not path:
        raise OptionsError(f"There is no file. Send a {what}.")
    return Path(path)
