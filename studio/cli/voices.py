"""Commands that make and keep voices."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from studio.cli.answer import Answer, facts, figure, table
from studio.cli.progress import ProgressLine
from studio.cli.rows import profile_row, profile_text, voice_row
from studio.core.voices.making import Clip
from studio.errors import OptionsError, TextError, UnreadableClipError
from studio.studio import Studio

MAX_SIDECAR_BYTES = 20_000
"""A transcript has 5,000 characters at most; a larger file beside a clip is something else."""


def build(studio: Studio, options: argparse.Namespace) -> Answer:
    clips = _clips(options)
    with ProgressLine() as progress:
        metadata = studio.create_profile(
            options.name,
            clips,
            consent=options.consent,
            language=options.language,
            prompting=options.prompting,
            on_progress=progress,
        )
    return Answer(profile_row(metadata), profile_text(metadata))


def add(studio: Studio, options: argparse.Namespace) -> Answer:
    metadata = studio.find(options.name)
    if options.language not in (None, metadata.language):
        raise OptionsError(
            f"{metadata.name!r} speaks {metadata.language!r}, and so must its clips. "
            f"Build another voice for {options.language!r}."
        )
    with ProgressLine() as progress:
        metadata = studio.add_clips(
            metadata.id, _clips(options), consent=options.consent, on_progress=progress
        )
    return Answer(profile_row(metadata), profile_text(metadata))


def list_voices(studio: Studio, options: argparse.Namespace) -> Answer:
    listed = sorted(
        studio.profiles(), key=lambda one: (one.metadata.name if one.metadata else one.id).lower()
    )
    rows = [voice_row(one.id, one.metadata, one.error) for one in listed]
    if not rows:
        text = f"No voices yet in {studio.settings.profiles_dir}. Make one with 'build'."
    else:
        text = table(
            ["Voice", ">Clips", ">Length", "Language", ">Revision", "Id", "Notes"],
            [
                [
                    row["profile"],
                    str(row["segments"]),
                    figure(row["duration_s"], "s"),
                    row["language"] or "–",
                    str(row["revision"] or "–"),
                    row["id"],
                    f"DAMAGED: {row['error']}" if row["error"] else ", ".join(row["tags"]),
                ]
                for row in rows
            ],
        )
    return Answer({"profiles": rows}, text)


def show(studio: Studio, options: argparse.Namespace) -> Answer:
    metadata = studio.find(options.name)
    return Answer(profile_row(metadata), profile_text(metadata))


def rename(studio: Studio, options: argparse.Namespace) -> Answer:
    metadata = studio.rename(studio.find(options.name).id, options.new_name)
    return Answer(
        {"profile": metadata.name, "id": metadata.id, "revision": metadata.revision},
        f"The voice is now called {metadata.name}.",
    )


def set_default(studio: Studio, options: argparse.Namespace) -> Answer:
    voice_id = studio.find(options.name).id
    if options.lexicon is not None:
        metadata = studio.set_lexicon(voice_id, _lexicon_text(options.lexicon))
    else:
        metadata = studio.set_prompting(voice_id, options.prompting)
    return Answer(profile_row(metadata), profile_text(metadata))


def _lexicon_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError):
        raise TextError(
            f"The lexicon {path.name!r} cannot be read. Give a text file in UTF-8 with lines such "
            f"as 'Siobhan = shiv awn'."
        ) from None


def delete(studio: Studio, options: argparse.Namespace) -> Answer:
    voice_id = studio.find_id(options.name)  # one that is damaged can be deleted, too
    name = _shown_name(studio, voice_id)
    ticket = studio.delete(voice_id)
    return Answer(
        {"profile": name, "ticket": ticket},
        f"{name} is in the bin. 'undelete {ticket}' brings it back.",
    )


def undelete(studio: Studio, options: argparse.Namespace) -> Answer:
    if options.empty:
        if options.voice is not None:
            raise OptionsError("--empty deletes all that is in the bin: leave out the voice.")
        gone = studio.empty_bin()
        return Answer({"gone": gone}, f"{_voices(gone)} deleted for good.")
    if options.voice is None:
        return _list_deleted(studio)
    metadata = studio.undo_delete(studio.find_deleted(options.voice).ticket)
    return Answer(
        {"profile": metadata.name, "id": metadata.id, "revision": metadata.revision},
        f"{metadata.name} is back.",
    )


def _list_deleted(studio: Studio) -> Answer:
    deleted = studio.deleted()
    rows = [
        {
            "profile": one.name,
            "id": one.id,
            "deleted_at": one.deleted_at.isoformat(),
            "kept_until": one.kept_until.isoformat(),
            "ticket": one.ticket,
        }
        for one in deleted
    ]
    if not rows:
        return Answer({"deleted": rows}, "The bin is empty.")
    text = table(
        ["Voice", "Deleted", "Kept until", "Id", "Ticket"],
        [
            [
                one.name,
                f"{one.deleted_at:%Y-%m-%d %H:%M} UTC",
                f"{one.kept_until:%Y-%m-%d}",
                one.id,
                one.ticket,
            ]
            for one in deleted
        ],
    )
    return Answer({"deleted": rows}, text)


def back_up(studio: Studio, options: argparse.Namespace) -> Answer:
    made = studio.back_up(options.file)
    saved = [one.name for one in made.saved]
    row = {"file": str(made.path), "saved": saved, "left_out": made.left_out}
    lines = [f"{_voices(len(made.saved))} backed up to {made.path}."]
    lines += [f"Left out: {voice}: {why}" for voice, why in made.left_out.items()]
    return Answer(row, "\n".join(lines))


def restore(studio: Studio, options: argparse.Namespace) -> Answer:
    found = studio.restore(options.file)
    added = [one.name for one in found.added]
    unchanged = [one.name for one in found.unchanged]
    text = f"{_voices(len(added))} restored; {len(unchanged)} here already."
    return Answer({"added": added, "unchanged": unchanged}, text)


def _voices(count: int) -> str:
    return "1 voice" if count == 1 else f"{count} voices"


def export(studio: Studio, options: argparse.Namespace) -> Answer:
    metadata = studio.find(options.name)
    path = studio.export_profile(
        metadata.id, options.file, include_originals=not options.without_originals
    )
    size = path.stat().st_size
    return Answer(
        {"profile": metadata.name, "file": str(path), "bytes": size},
        f"Written to {path} ({size / 1e6:.2f} MB).",
    )


def import_voice(studio: Studio, options: argparse.Namespace) -> Answer:
    metadata = studio.import_profile(options.file)
    return Answer(profile_row(metadata), profile_text(metadata))


def check(studio: Studio, options: argparse.Namespace) -> Answer:
    problems = studio.check(repair=options.repair)
    rows = [
        {"profile": one.profile, "problem": one.problem, "repaired": one.repaired}
        for one in problems
    ]
    open_ones = sum(not one.repaired for one in problems)
    count = len(studio.profiles())
    if not problems:
        text = facts([("Voices", str(count)), ("Problems", "none")])
    else:
        text = table(
            ["Voice", "Problem", "Repaired"],
            [[one.profile, one.problem, "yes" if one.repaired else "no"] for one in problems],
        )
    advice = (
        "What 'check --repair' cannot mend has to come back from an export."
        if options.repair
        else "'check --repair' mends what can be mended."
    )
    sentence = f"Problems found: {open_ones}. {advice}" if open_ones else ""
    return Answer({"voices": count, "problems": rows}, text, sentence)


def _clips(options: argparse.Namespace) -> list[Clip]:
    transcripts: Sequence[str] = options.transcript
    if transcripts and len(transcripts) != len(options.clips):
        raise OptionsError(
            f"There are {len(options.clips)} clips and {len(transcripts)} transcripts. "
            f"Give --transcript once per clip, in the same order, or leave it out."
        )
    return [
        Clip(
            path,
            transcript=transcripts[i] if transcripts else _sidecar(path),
            emotion=options.emotion,
            trim=not options.no_trim,
            shorten_pauses=options.shorten_pauses,
        )
        for i, path in enumerate(options.clips)
    ]


def _sidecar(clip: Path) -> str:
    """The words in the text file beside ``clip``; empty if there is none."""
    try:
        path = clip.with_suffix(".txt")
        if path == clip or not path.is_file():
            return ""
    except (OSError, ValueError):  # the clip's own name is impossible, which reading it will say
        return ""
    if path.stat().st_size > MAX_SIDECAR_BYTES:
        raise UnreadableClipError(
            f"{path.name!r} beside the clip is too long for a transcript. "
            f"Move it away, or give --transcript."
        )
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise UnreadableClipError(
            f"{path.name!r} beside the clip is not readable text. Save it as UTF-8, "
            f"or give --transcript."
        ) from None


def _shown_name(studio: Studio, voice_id: str) -> str:
    """The name of a voice; of a damaged one, which has none that can be read, the id."""
    names = {one.id: one.metadata.name for one in studio.profiles() if one.metadata}
    return names.get(voice_id, voice_id)
