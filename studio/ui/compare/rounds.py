"""One round of comparing: the takes come in, a vote is taken, the voices are revealed."""

from __future__ import annotations

import random
import shutil
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from studio.core.speech.comparison import MAX_VOICES, Take
from studio.core.speech.request import SpeechRequest
from studio.errors import OptionsError
from studio.types import Progress
from studio.ui.compare import column_html
from studio.ui.compare.column_html import Column
from studio.ui.parts.sounds import download_folder, media, sound_file

if TYPE_CHECKING:
    from studio.studio import Studio

MIN_COLUMNS: Final = 2
QUESTIONS: Final = ("Which do you prefer?", "Which is closest to its own recording?")
CLOSEST: Final = QUESTIONS[1]

Counts = Mapping[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True)
class Round:
    """What is on the page. In a blind round nothing that tells a voice leaves the server until
    ``is_revealed``: neither names and figures nor pictures, and file names are letters."""

    columns: tuple[Column, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
    is_blind: bool = False
    is_revealed: bool = True
    question: str = QUESTIONS[0]
    winner: str = ""
    is_over: bool = False
    """No more takes will come, whether or not all are there."""

    @property
    def has_takes(self) -> bool:
        return any(column.is_done for column in self.columns)

    @property
    def is_complete(self) -> bool:
        return bool(self.columns) and all(column.is_done for column in self.columns)

    @property
    def can_vote(self) -> bool:
        return self.is_blind and self.is_complete and not self.is_revealed

    def shown(self) -> dict[str, Any]:
        """The value of the HTML component that shows it."""
        with_recording = self.is_blind and self.question == CLOSEST
        html = column_html.columns(
            self.columns,
            hidden=self.is_blind and not self.is_revealed,
            can_vote=self.can_vote,
            winner=self.winner,
            with_recording=with_recording,
            is_over=self.is_over,
        )
        return media(html, self.files)


def play_round(
    studio: Studio,
    text: str,
    voices: Sequence[str],
    request: SpeechRequest,
    *,
    is_blind: bool,
    question: str,
    on_progress: Progress | None = None,
) -> Iterator[Round]:
    """The round as it grows, take by take.

    Raises:
        Stopped: ``on_progress`` raised it; the takes so far were handed out.
        StudioError: text, voices or options cannot be used; the message says what to do.
    """
    if not MIN_COLUMNS <= len(voices) <= MAX_VOICES:
        raise OptionsError(f"Choose {MIN_COLUMNS} to {MAX_VOICES} voices, not {len(voices)}.")
    order = list(voices)
    if is_blind:
        # Takes come in the order of the columns, so this hides who is who in time as well.
        random.SystemRandom().shuffle(order)
    takes = studio.compare(text, order, request, on_progress=on_progress)
    now = Round(
        columns=tuple(
            Column(letter, studio.profile(voice).name)
            for letter, voice in zip(string.ascii_uppercase, order, strict=False)
        ),
        is_blind=is_blind,
        is_revealed=not is_blind,
        question=question if question in QUESTIONS else QUESTIONS[0],
    )
    yield now
    done: list[Take] = []
    for take in takes:
        done.append(take)
        now = _with_take(studio, now, done)
        yield now


def vote(now: Round, letter: str, counts: Counts) -> tuple[Round, Counts]:
    """Choose ``letter``: the voices are revealed, and the vote is counted."""
    if not now.can_vote or letter not in {column.letter for column in now.columns}:
        return now, counts
    counted = dict(counts)
    for column in now.columns:
        key = (now.question, column.voice)
        chosen, rounds = counted.get(key, (0, 0))
        counted[key] = (chosen + (column.letter == letter), rounds + 1)
    return reveal(now, letter), counted


def reveal(now: Round, winner: str = "") -> Round:
    """Show who is who; the takes can now be saved under the names of their voices."""
    files = dict(now.files)
    for column in now.columns:
        if column.is_done and now.is_blind:
            named = download_folder() / column.file_name
            shutil.copyfile(now.files[f"take-{column.letter}"], named)
            files[f"save-{column.letter}"] = named
    return replace(now, files=files, is_revealed=True, winner=winner)


def end(now: Round) -> Round:
    """A round that goes no further. The voices are revealed: without all takes there is no vote."""
    return replace(reveal(now), is_over=True)


def _with_take(studio: Studio, now: Round, done: Sequence[Take]) -> Round:
    drawn = column_html.drawn_takes(done)
    newest = len(done) - 1
    columns = list(now.columns)
    for index, pictures in enumerate(drawn):
        columns[index] = replace(
            columns[index],
            drawn=pictures,
            values=column_html.take_values(done[index]),
            details=column_html.take_details(done[index]),
            seed=done[index].stats.seed,
        )
    letter = columns[newest].letter
    name = f"{letter}.wav" if now.is_blind else columns[newest].file_name
    take = sound_file(done[newest].audio, name)
    files = dict(now.files) | {f"take-{letter}": take}
    if not now.is_blind:
        files[f"save-{letter}"] = take
    if now.is_blind and now.question == CLOSEST:
        recording = studio.reference_audio(done[newest].profile.id)
        files[f"recording-{letter}"] = sound_file(recording, f"{letter}-recording.flac")
    return replace(now, columns=tuple(columns), files=files)
