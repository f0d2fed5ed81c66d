"""From a text as typed to sentences that can be spoken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

from studio.text.cutting import stretches
from studio.text.languages import reader_of
from studio.text.lexicon import Lexicon
from studio.text.markup import Plain, plain
from studio.text.prepared import PreparedText, Sentence, Word
from studio.text.reading import Piece
from studio.text.wording.spelling import SPELT

_NO_ENTRIES: Final = Lexicon()
_ENDS: Final = ".!?…"


def prepare(
    text: str, language: str, lexicon: Lexicon | None = None, max_chars: int | None = None
) -> PreparedText:
    """``text`` as the sentences that a good reader of ``language`` would say.

    A sentence is cut where it ends and nowhere else; with ``max_chars`` one whose spoken form is
    longer is cut at clause marks too. Nothing is refused: of what cannot be read, what can be is.
    """
    bare = plain(text)
    found = list(_sentences(text, bare, language, lexicon or _NO_ENTRIES))
    if found:
        # What is said of nothing, such as a picture, goes with the sentence before it.
        starts = [0, *(sentence.start for sentence in found[1:]), len(text)]
        found = [
            replace(sentence, text=text[start:end].strip(), start=start, end=end)
            for sentence, (start, end) in zip(found, pairwise(starts), strict=True)
        ]
    made = PreparedText(text, language, tuple(found))
    return made if max_chars is None else made.within(max_chars)


def sentence_ends(text: str, language: str) -> list[int]:
    """How many characters of ``text`` are read where each sentence ends: quick, for long texts."""
    bare = plain(text)
    cutting = reader_of(language).language.cutting
    return [bare.typed(s.start, s.end)[1] for s in stretches(bare.text, cutting)]


def _sentences(text: str, bare: Plain, code: str, lexicon: Lexicon) -> Iterator[Sentence]:
    reader = reader_of(code)
    for stretch in stretches(bare.text, reader.language.cutting):
        pieces = reader.read(bare.text, stretch.start, stretch.end, lexicon)
        if not any(not piece.is_mark for piece in pieces):
            continue
        spoken, words = _assembled(pieces, bare, closes=stretch.is_block)
        start, end = bare.typed(stretch.start, stretch.end)
        yield Sentence(text[start:end], start, end, spoken, words, stretch.ends_paragraph)


def _assembled(pieces: list[Piece], bare: Plain, *, closes: bool) -> tuple[str, tuple[Word, ...]]:
    """The pieces as one text, and its words with their places in it and in what was typed."""
    spoken: list[str] = []
    words: list[Word] = []
    length = reached = 0

    def write(said: str) -> None:
        nonlocal length
        spoken.append(said)
        length += len(said)

    for piece in pieces:
        if piece.is_mark:
            write(f" {piece.said}" if piece.said == "—" else piece.said)
            continue
        if spoken and not (_is_unspaced(spoken[-1][-1]) and _is_unspaced(piece.said[0])):
            write(" ")
        is_spelt = piece.said.startswith(SPELT)
        said = piece.said.replace(SPELT, " ").strip()
        start, end = bare.typed(piece.start, piece.end)
        start, reached = max(start, words[-1].start if words else 0), max(reached, end)
        words.append(Word(said, length, start, reached, is_spelt, piece.phonemes))
        write(said)
    if spoken[0][:1].islower() and not _typed_small(bare, pieces[0]):
        spoken[0] = spoken[0][0].upper() + spoken[0][1:]
        words[0] = replace(words[0], spoken=words[0].spoken[0].upper() + words[0].spoken[1:])
    if spoken[-1].strip() in ("—", ",", ";", ":") and (closes or spoken[-1].strip() in "—,"):
        spoken.pop()
    if closes and spoken[-1][-1] not in _ENDS:
        spoken.append(".")
    return "".join(spoken), tuple(words)


def _is_unspaced(char: str) -> bool:
    """Whether ``char`` is of a script that puts no space between words."""
    return "\u3040" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" or char == "々"


def _typed_small(bare: Plain, piece: Piece) -> bool:
    return bare.text[piece.start].islower()
