"""A text as the pieces that are spoken as turns of their own: sentences, whole where they fit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 240
"""Characters. About 16 s of speech: CSM was trained on turns, and drifts in longer ones."""

SHORTEST: Final = 24
"""Characters. "No. Well." said in one breath sounds better than as two turns of one word."""

_END: Final = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\n+")
_CLAUSE: Final = re.compile(r"(?<=[,;:–—])\s+")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True)
class Sentence:
    """``text`` as it is spoken; ``end`` is how many characters of the whole it reaches."""

    text: str
    end: int


def sentences(text: str) -> list[Sentence]:
    """``text`` cut where a speaker would pause; the last piece ends where the text does.

    Pieces without a letter or digit go with the one before.
    """
    ends = [match.end() for match in _END.finditer(text)]
    pieces = _joined(text, _split_long(text, [*ends, len(text)]))
    if not pieces:
        return []
    return [*pieces[:-1], Sentence(pieces[-1].text, len(text))]


def _split_long(text: str, ends: list[int]) -> list[int]:
    found: list[int] = []
    start = 0
    for end in ends:
        while end - start > LONGEST:
            start = _best_cut(text, start, start + LONGEST)
            found.append(start)
        if end > start:
            found.append(end)
            start = end
    return found


def _best_cut(text: str, start: int, limit: int) -> int:
    """Where to cut before ``limit``: behind a clause, else behind a word, else there."""
    earliest = start + LONGEST // 3
    for pattern in (_CLAUSE, _SPACE):
        cuts = [m.end() for m in pattern.finditer(text, earliest, limit)]
        if cuts:
            return cuts[-1]
    return limit


def _joined(text: str, ends: list[int]) -> list[Sentence]:
    pieces: list[Sentence] = []
    start = 0
    for end in ends:
        begun = _begun(pieces, text[start:end])
        if begun is None:
            if any(char.isalnum() for char in text[start:end]):
                pieces.append(Sentence(_plain(text[start:end]), end))
        else:
            first = pieces[-2].end if len(pieces) > 1 else 0
            pieces[-1] = Sentence(_plain(text[first:end]), end)
        start = end
    return pieces


def _begun(pieces: list[Sentence], more: str) -> Sentence | None:
    """The piece that ``more`` belongs to, if it is too short to stand alone or the other is."""
    if not pieces:
        return None
    last = pieces[-1]
    words = any(char.isalnum() for char in more)
    short = len(last.text) < SHORTEST and len(last.text) + len(more) <= LONGEST
    return last if short or not words else None


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
