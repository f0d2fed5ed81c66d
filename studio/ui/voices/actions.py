"""What can be done with the voices of the library, without the page around it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from studio.core.speech.request import SpeechRequest
from studio.errors import ProfileDamagedError, SeveralVoicesError, Stopped, StudioError, TextError
from studio.profile import ProfileMetadata
from studio.types import Audio
from studio.ui.parts import drawing
from studio.ui.parts.feed import Feed
from studio.ui.parts.present import notice, spoken_line
from studio.ui.parts.shared import speaking_engine
from studio.ui.parts.sounds import download_folder, file_stem, media, served, sound_file
from studio.ui.voices import card_html
from studio.ui.voices.new_voice import split_tags

if TYPE_CHECKING:
    from studio.studio import Studio
    from studio.ui.parts.asked import Asked

PER_PAGE: Final = 24

MAX_DRAWN: Final = 512
"""Waveforms that are kept, some 5 kB each."""

SORTS: Final[dict[str, Callable[[ProfileMetadata], Any]]] = {
    "Newest first": lambda p: -p.updated_at.timestamp(),
    "Name": lambda p: p.name.casefold(),
    "Most speech": lambda p: -sum(s.report.speech_s for s in p.segments),
    "Lowest pitch": lambda p: p.characteristics.f0_median_hz or 1e9,
}

PREVIEWS: Final = {
    "en": "Hello, this is how I sound when I say something new.",
    "de": "Hallo, so klinge ich, wenn ich etwas Neues sage.",
    "fr": "Bonjour, voici ma voix quand je dis quelque chose de nouveau.",
    "es": "Hola, así sueno cuando digo algo nuevo.",
    "it": "Ciao, questa è la mia voce quando dico qualcosa di nuovo.",
    "pt": "Olá, é assim que eu soo quando digo algo novo.",
    "nl": "Hallo, zo klink ik als ik iets nieuws zeg.",
    "hi": "नमस्ते, कुछ नया कहते समय मेरी आवाज़ ऐसी होती है।",
    "pl": "Cześć, tak brzmię, kiedy mówię coś nowego.",
}


@dataclass(frozen=True)
class Listing:
    """One page of the library."""

    html: str
    page: int


def list_voices(
    studio: Studio, draw: Callable[[ProfileMetadata], str], query: str, sort: str, page: int
) -> Listing:
    """The voices that match ``query``, in order, cut to one page; damaged ones come first."""
    listed = studio.profiles()
    words = query.casefold().split()
    damaged = [(entry.id, entry.error) for entry in listed if entry.metadata is None]
    damaged = [(i, error) for i, error in damaged if all(word in i.casefold() for word in words)]
    voices = [
        entry.metadata for entry in listed if entry.metadata and _matches(entry.metadata, words)
    ]
    common = {entry.id for entry in listed if entry.is_common}
    voices.sort(key=SORTS.get(sort, next(iter(SORTS.values()))))
    found = len(damaged) + len(voices)
    pages = max(1, -(-found // PER_PAGE))
    page = min(max(1, page), pages)
    entries: list[ProfileMetadata | tuple[str, str | None]] = [*damaged, *voices]
    cards = [
        card_html.voice_card(entry, draw(entry), is_common=entry.id in common)
        if isinstance(entry, ProfileMetadata)
        else card_html.damaged_card(entry[0], entry[1] or "")
        for entry in entries[(page - 1) * PER_PAGE : page * PER_PAGE]
    ]
    shown = card_html.library(cards, found=found, total=len(listed), page=page, pages=pages)
    return Listing(shown, page)


def card_drawings(studio: Studio) -> Callable[[ProfileMetadata], str]:
    """Draws the waveform of a voice's first clip, once for each clip, whoever has it."""
    drawn: OrderedDict[str, str] = OrderedDict()

    def draw(profile: ProfileMetadata) -> str:
        clip = profile.segments[0].sha256 if profile.segments else ""
        if clip not in drawn:
            try:
                audio = studio.reference_audio(profile.id)
            except StudioError:
                return ""  # The card is of use without it; playing the voice says what is wrong.
            drawn[clip] = drawing.small_waveform(audio, label="Waveform of the first clip")
            if len(drawn) > MAX_DRAWN:
                drawn.popitem(last=False)
        return drawn[clip]

    return draw


def play_sentence(
    studio: Studio,
    profile: ProfileMetadata,
    preferences: dict[str, Any],
    stopped: threading.Event,
) -> Iterator[dict[str, Any]]:
    """What goes on while the voice says a short new sentence, and last the sentence itself.

    Raises:
        Stopped: ``stopped`` was set.
        StudioError: the voice cannot speak.
    """
    feed: Feed[dict[str, Any]] = Feed(partial(_speak, studio, profile, preferences, stopped))
    try:
        yield from feed
    finally:
        stopped.set()  # the page may be gone


def _speak(
    studio: Studio,
    profile: ProfileMetadata,
    preferences: dict[str, Any],
    stopped: threading.Event,
    put: Callable[[dict[str, Any]], None],
) -> None:
    said = ""

    def report(share: float, doing: str) -> None:
        nonlocal said
        if stopped.is_set():
            raise Stopped
        sentence = f"{doing} ({round(share, 1):.0%})" if share else doing
        if sentence != said:
            put({"doing": sentence})
        said = sentence

    engine = speaking_engine(preferences, studio, profile.id)
    text, language = preview(studio, profile.language, engine)
    pieces = []
    with studio.speak(
        profile.id,
        text,
        SpeechRequest(engine=engine, closeness=preferences["closeness"], language=language),
        on_progress=report,
    ) as utterance:
        for frame in utterance:
            pieces.append(frame.samples)
            report(frame.text_end / len(text), "Speaking")
    audio = Audio(np.concatenate(pieces))
    name = f"{file_stem(profile.name)}-preview.wav"
    title = f"{profile.name}, a new sentence ({spoken_line(utterance.stats)})"
    put({"file": served(sound_file(audio, name)), "title": title})


def preview(studio: Studio, language: str, engine: str | None) -> tuple[str, str]:
    """A short sentence that ``engine`` can say for a voice of ``language``, and its language."""
    own = language.split("-")[0]
    try:
        studio.language_notes(language, engine=engine)
    except TextError:
        return PREVIEWS["en"], "en"
    return (PREVIEWS[own], language) if own in PREVIEWS else (PREVIEWS["en"], "en")


def play_recording(
    studio: Studio, profile: ProfileMetadata, segment_id: str | None = None
) -> dict[str, Any]:
    """A clip of the voice as it was recorded and cleaned, for the player."""
    audio = studio.reference_audio(profile.id, segment_id)
    return {
        "file": served(sound_file(audio, f"{file_stem(profile.name)}-recording.flac")),
        "title": f"{profile.name}, the recording",
    }


def edit_voice(studio: Studio, asked: Asked) -> str:
    """Rename or tag, as asked; what to tell."""
    profile = asked.voice(studio)
    if asked.what == "tags":
        tags = studio.set_tags(profile.id, split_tags(asked.value)).tags
        return (
            f"{profile.name} has the tags {', '.join(tags)}."
            if tags
            else (f"{profile.name} has no tags now.")
        )
    renamed = studio.rename(profile.id, asked.value)
    return f"{profile.name} is now called {renamed.name}."


def duplicate_voice(studio: Studio, asked: Asked) -> str:
    """Duplicate under the first free name of "Anna copy", "Anna copy 2"; what to tell."""
    profile = asked.voice(studio)
    taken = {e.metadata.name.casefold() for e in studio.profiles() if e.metadata}
    stem = profile.name[:70]
    names = (f"{stem} copy{'' if n == 1 else f' {n}'}" for n in range(1, len(taken) + 2))
    copy = studio.duplicate(profile.id, next(n for n in names if n.casefold() not in taken))
    return f"{profile.name} is duplicated as {copy.name}."


def delete_voice(studio: Studio, asked: Asked) -> tuple[str, str]:
    """Delete; its name, and the ticket that undoes it. A damaged voice can be deleted too."""
    try:
        name = asked.voice(studio).name
    except ProfileDamagedError:
        name = asked.profile
    return name, studio.delete(asked.profile)


def deleted_voices(studio: Studio) -> str:
    """The voices that can be brought back, as the page shows them."""
    return card_html.deleted_voices(
        (one.name, one.ticket, one.deleted_at, one.kept_until) for one in studio.deleted()
    )


def export_voice(studio: Studio, profile_id: str) -> dict[str, Any]:
    """The voice as one file, which the page downloads."""
    profile = studio.profile(profile_id)
    path = download_folder() / f"{file_stem(profile.name)}.voiceprofile"
    studio.export_profile(profile.id, path)
    return _downloaded(path, f"{profile.name} is exported as")


def back_up(studio: Studio) -> dict[str, Any]:
    """All voices as one file, which the page downloads."""
    path = download_folder() / f"voices-{datetime.now(UTC):%Y-%m-%d}.voiceprofile"
    made = studio.back_up(path)
    missing = ", ".join(made.left_out)
    left_out = f" Left out, because they cannot be read: {missing}." if missing else ""
    return _downloaded(path, f"{_voices(len(made.saved))} backed up as", left_out)


def import_voices(studio: Studio, path: Path) -> str:
    """Take in a .voiceprofile, of one voice or a backup of several; what to tell."""
    try:
        return f"{studio.import_profile(path).name} is imported."
    except SeveralVoicesError:
        found = studio.restore(path)
    here = f" {len(found.unchanged)} were here already." if found.unchanged else ""
    return f"{_voices(len(found.added))} restored.{here}"


def empty_bin(studio: Studio) -> str:
    """Delete for good what is in the bin; what to tell."""
    return f"{_voices(studio.empty_bin())} deleted for good."


def _downloaded(path: Path, done: str, more: str = "") -> dict[str, Any]:
    """What to tell of a file that the page downloads, such as "Anna is exported as"."""
    link = f'<a data-download href="<file>" download="{path.name}">Download {path.name} again</a>'
    said = f"{done} {path.name} ({path.stat().st_size / 1e6:.1f} MB).{more}"
    return media(notice(said, "good", more=link), {"file": path})


def _voices(count: int) -> str:
    return "1 voice" if count == 1 else f"{count} voices"


def _matches(profile: ProfileMetadata, words: list[str]) -> bool:
    text = " ".join([profile.name, *profile.tags, profile.language]).casefold()
    return all(word in text for word in words)
