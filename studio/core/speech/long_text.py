"""A text of any length: cut at ends of sentences into parts, spoken one after the other."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from studio import given
from studio.audio.join import fade_edges
from studio.core.closing import Closing
from studio.core.speech.request import SpeechRequest
from studio.core.speech.utterance import Utterance
from studio.errors import EngineError, TextError
from studio.text import sentence_ends
from studio.types import FRAME_SAMPLES, SAMPLE_RATE, Audio, SpeechFrame, SpeechOptions, SpeechStats

PAUSE_FRAMES: Final = 3
"""Silence between two parts, 0.24 s: with the quiet at their ends, a pause between sentences."""

MEET_S: Final = 0.015
"""Parts are faded over this much where they meet, so that it does not click."""

_CLAUSE: Final = re.compile(r"[,;:—]\s+|[，、；：]")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True)
class Part:
    """``text`` without the white space around it; it begins at character ``start`` of the whole."""

    text: str
    start: int


def cut(text: str, longest: int, language: str = "en") -> list[Part]:
    """``text`` in parts of ``longest`` characters at most, as few as can be.

    They end where a sentence does; where none ends in reach, behind a clause, or else a word.
    Parts without a letter or digit are left out.
    """
    full = sentence_ends(text, language)
    ends = [mark.end() for mark in _CLAUSE.finditer(text)]
    found, start = [], 0
    while start < len(text):
        end = len(text)
        if end - start > longest:
            end = (
                _last(full, start, longest)
                or _last(ends, start, longest)
                or _word_end(text, start, longest)
            )
        words = text[start:end]
        if any(char.isalnum() for char in words):
            found.append(Part(words.strip(), start + len(words) - len(words.lstrip())))
        start = end
    return found


def _last(ends: Sequence[int], start: int, longest: int) -> int | None:
    """The last of ``ends`` that is within ``longest`` of ``start``."""
    place = bisect_right(ends, start + longest)
    return ends[place - 1] if place and ends[place - 1] > start else None


def _word_end(text: str, start: int, longest: int) -> int:
    spaces = [space.end() for space in _SPACE.finditer(text, start + 1, start + longest)]
    return spaces[-1] if spaces else start + longest


class LongUtterance(Iterator[SpeechFrame], Closing):
    """A text of any length as one stream of frames: iterate over it to speak.

    ``speak`` is called for each part when the one before was spoken, so that no more than one is
    held. All are spoken with the seed and the emotion of the first. A part in which there is
    nothing that can be spoken is left out, and a note says so. The last frame of each part may be
    shorter than the others. Use it from one thread.

    Raises:
        TextError, and what ``speak`` raises for the first part.
    """

    def __init__(
        self,
        speak: Callable[[str, SpeechRequest], Utterance],
        text: str,
        request: SpeechRequest,
        longest: int,
        language: str,
    ) -> None:
        self.text = given.text(text, "text").strip()
        # A text without any word goes to the engine, which says what is wrong with it.
        self._parts = cut(self.text, longest, language) or [Part(self.text[:longest], 0)]
        self._first = speak(self._parts[0].text, request)
        said = self._first.options
        self._again = replace(request, seed=said.seed, emotion=said.emotion)
        self._speak = speak
        self._spoken: list[SpeechStats] = []
        self._left_out: list[TextError] = []
        self._is_done = False
        self._frames = self._make_frames()

    def __next__(self) -> SpeechFrame:
        return next(self._frames)

    def close(self) -> None:
        """Stop within one frame; safe to call at any time, also after the end."""
        self._frames.close()
        self._first.close()

    @property
    def options(self) -> SpeechOptions:
        return self._first.options

    @property
    def stats(self) -> SpeechStats:
        """The figures of the whole; the first sound is that of the first part.

        Raises:
            EngineError: it was not spoken to its end.
        """
        if not self._is_done:
            raise EngineError("The text was not spoken to its end, so it has no figures yet.")
        spoken_s = sum(part.duration_s for part in self._spoken)
        compute_s = sum(part.rtf * part.duration_s for part in self._spoken)
        pauses_s = (len(self._spoken) - 1) * PAUSE_FRAMES * FRAME_SAMPLES / SAMPLE_RATE
        notes = [note for part in self._spoken for note in part.notes]
        if self._left_out:
            count = len(self._left_out)
            parts = "A part" if count == 1 else f"{count} parts"
            notes.append(f"{parts} of the text could not be spoken. {self._left_out[0]}")
        return replace(
            self._spoken[0],
            duration_s=spoken_s + pauses_s,
            rtf=compute_s / spoken_s if spoken_s else 0.0,
            notes=tuple(dict.fromkeys(notes)),
        )

    def _make_frames(self) -> Generator[SpeechFrame, None, None]:
        index = 0
        for part in self._parts:
            try:
                for frame in self._frames_of(part):
                    yield replace(frame, index=index, text_end=part.start + frame.text_end)
                    index += 1
            except TextError as error:
                self._left_out.append(error)
        if not self._spoken:
            raise self._left_out[0]
        self._is_done = True

    def _frames_of(self, part: Part) -> Iterator[SpeechFrame]:
        """The frames of ``part``, behind a pause if something was spoken before it."""
        is_first = part is self._parts[0]
        speech = self._first if is_first else self._speak(part.text, self._again)
        with closing(speech):
            frame = next(speech, None)
            if frame is not None and self._spoken:
                for _ in range(PAUSE_FRAMES):
                    yield SpeechFrame(0, np.zeros(FRAME_SAMPLES, np.float32), 0)
                frame = _faded(frame, start_s=MEET_S)
            while frame is not None:
                following = next(speech, None)
                if following is None and part is not self._parts[-1]:
                    frame = _faded(frame, end_s=MEET_S)
                yield frame
                frame = following
            self._spoken.append(speech.stats)


def _faded(frame: SpeechFrame, *, start_s: float = 0.0, end_s: float = 0.0) -> SpeechFrame:
    return replace(frame, samples=fade_edges(Audio(frame.samples), start_s, end_s).samples)
