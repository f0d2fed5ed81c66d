"""English by the front end of hibari: lexicons, a tagger, and a network for unknown words."""

from __future__ import annotations

import threading
from typing import Final

from studio.text import Sentence, Word

Marked = list[tuple[str, int]]
"""Symbols, each with the characters of the whole text that are read when it was said."""

_QUOTES: Final = str.maketrans({"[": "(", "]": ")"})


class EnglishReader:
    """American or British English. Any thread may call it; sentences are read one at a time."""

    def __init__(self, *, british: bool = False) -> None:
        from hibari.g2p import G2P

        self._read = G2P(british=british)
        self._lock = threading.Lock()

    def read(self, sentence: Sentence) -> Marked:
        """Phonemes of ``sentence`` in misaki's alphabet, which is the network's."""
        written, ends = _written(sentence)
        with self._lock:  # its tagger and its network keep state while they work
            tokens = self._read.phonemize_tokens(self._read.tokenize(written))
        marked: Marked = []
        at = 0
        for token in tokens:
            at = min(at + len(token.text), len(ends))
            reached = ends[at - 1] if at else sentence.start
            marked += [(symbol, reached) for symbol in token.phonemes or ""]
            if token.whitespace:
                at += len(token.whitespace)
                marked.append((" ", reached))
        while marked and marked[-1][0] == " ":
            marked.pop()
        return marked


def _written(sentence: Sentence) -> tuple[str, list[int]]:
    """The text for the front end, and for each character that it will see how far the whole text
    is read then. Spelt letters stand together, as it reads abbreviations best."""
    pieces: list[str] = []
    ends: list[int] = []
    done, reached = 0, sentence.start

    def add(visible: str, piece: str, end: int) -> None:
        pieces.append(piece)
        ends.extend([end] * len(visible))

    for word in sentence.words:
        between = sentence.spoken[done : word.at].translate(_QUOTES)
        add(between, between, reached)
        said = _as_one(word)
        add(said, f"[{said}](/{word.phonemes}/)" if word.phonemes else said, word.end)
        reached, done = word.end, word.at + len(word.spoken)
    rest = sentence.spoken[done:].translate(_QUOTES)
    add(rest, rest, sentence.end)
    return "".join(pieces), ends


def _as_one(word: Word) -> str:
    said = word.spoken.replace(" ", "") if word.is_spelt else word.spoken
    return said.translate(_QUOTES)
