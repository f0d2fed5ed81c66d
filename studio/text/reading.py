"""One sentence read from left to right: kinds are put into words, the rest is said as written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from studio.text.lexicon import Found, Lexicon
from studio.text.markup import BLOCK
from studio.text.wording import addresses, amounts, calendar, letters, phones
from studio.text.wording.language import Kind, Language
from studio.text.wording.numbers import whole_number

_SMALL_WORD: Final = re.compile(
    r"(?![ivxlc]+\b)[^\W\d_A-ZÀ-ÖØ-Þ¹²³¼-¾⅐-⅞]{2,}(?:'[^\W\d_]+)?(?=[ ,;!?)\"\n]|\Z)"
)
_WORD: Final = re.compile(
    r"[^\W\d_¹²³¼-¾⅐-⅞]+(?:['’\u200c\u200d\u0300-\u036f\u0900-\u0963-][^\W\d_]+"
    r"|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0962\u0963]+)*['’]?"
)
"""With the signs inside and behind it that belong to it, also those of Hindi."""

MAX_WORD_CHARS: Final = 80
"""A longer run of letters is cut, so that no engine is given what it cannot hold."""

_DOTS: Final = re.compile(r"\.\.+")
_FIGURES: Final = re.compile(r"\d+")
_GROUPS: Final = re.compile(r"\(\?P<[a-z_]+>")
_BACK: Final = re.compile(r"\(\?P=[a-z_]+\)")
_STRENGTH: Final = {",": 1, ":": 2, ";": 2, "—": 2, "…": 3, ".": 4, "!": 5, "?": 6}
_MARKS: Final[Mapping[str, str]] = {
    ",": ",", ";": ";", ":": ":", ".": ".", "!": "!", "?": "?", "…": "…", "—": "—", "–": "—",
    "(": ",", ")": ",", "[": ",", "]": ",", "{": ",", "}": ",", "|": ",", "。": ".", "！": "!",
    "？": "?", "।": ".", "·": ",",
}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A word or a mark, and where in the plain text it stood."""

    said: str
    start: int
    end: int
    is_mark: bool = False
    phonemes: str = ""


class TextReader:
    """Reads one language. Made once and kept: making it compiles what it looks for."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.kinds = _kinds(language)
        self._any = _any_of(self.kinds)

    def read(self, text: str, start: int, end: int, lexicon: Lexicon) -> list[Piece]:
        """The pieces of ``text[start:end]``; positions count in ``text``."""
        sentence = text[start:end]
        own = {found.start: found for found in lexicon.find(sentence)} if lexicon else {}
        return _Reading(self, sentence, start, own).pieces()

    def kind_at(self, sentence: str, at: int) -> tuple[str, int] | None:
        """What the kind that begins at ``at`` is said as, and where it ends."""
        first = self._any.match(sentence, at)
        if first is None:
            return None
        index = int(first.lastgroup[1:]) if first.lastgroup else 0
        for kind in self.kinds[index:]:
            found = kind.pattern.match(sentence, at)
            if found is not None and found.end() > at:
                said = kind.say(found, self.language)
                if said is not None:
                    return said, found.end()
        return None


def _kinds(language: Language) -> tuple[Kind, ...]:
    if not language.reads_numbers:
        return (_AS_WRITTEN,)
    found = (
        *phones.SURE_KINDS,
        *addresses.KINDS,
        *language.kinds,
        *calendar.DATES,
        *addresses.DOTTED_KINDS,
        *phones.KINDS,
        *calendar.TIMES,
        *amounts.kinds(language),
        *letters.kinds(language),
    )
    if language.code not in ("zh", "ja"):
        return found
    # Their words stand without a space, so that a number ends where one of their signs begins.
    return tuple(
        replace(kind, pattern=re.compile(kind.pattern.pattern, kind.pattern.flags & ~re.U | re.A))
        for kind in found
    )


_AS_WRITTEN: Final = Kind(
    "as_written",
    re.compile(r"[-−+]?[$€£¥₹]?\d+(?:[.,:/-]\d+)*[%°€]?"),
    lambda found, _: found.group(),
)


def _any_of(kinds: tuple[Kind, ...]) -> re.Pattern[str]:
    """One pattern that tells which kind may begin at a place."""
    sources = []
    for number, kind in enumerate(kinds):
        source = kind.pattern.pattern
        if _BACK.search(source):
            source = _BACK.sub(lambda _: r"[-/.]", source)
        source = _GROUPS.sub("(?:", source)
        flags = "i" * bool(kind.pattern.flags & re.I) + "a" * bool(kind.pattern.flags & re.A)
        if flags:
            source = f"(?{flags}:{source})"
        sources.append(f"(?P<k{number}>{source})")
    return re.compile("|".join(sources))


class _Reading:
    def __init__(
        self, reader: TextReader, sentence: str, offset: int, own: Mapping[int, Found]
    ) -> None:
        self._reader = reader
        self._language = reader.language
        self._text = sentence
        self._offset = offset
        self._own = own
        self._pieces: list[Piece] = []

    def pieces(self) -> list[Piece]:
        text, at = self._text, 0
        while at < len(text):
            char = text[at]
            if char.isspace() or char == BLOCK:
                at += 1
                continue
            at = self._take(text, at)
        return self._pieces

    def _take(self, text: str, at: int) -> int:
        own = self._own.get(at)
        if own is not None:
            self._say_own(own)
            return own.end
        small = _SMALL_WORD.match(text, at)
        if small is not None and small.group() not in self._language.abbreviations:
            self._add(small.group(), at, small.end())
            return small.end()
        kind = self._reader.kind_at(text, at)
        if kind is not None:
            said, end = kind
            self._say(said, at, end)
            if text[end - 1] == "." and not text[end:].strip(" \n\"')]»"):
                self._mark(".", end - 1, end)
            return end
        word = _WORD.match(text, at)
        if word is not None:
            self._add(word.group().rstrip("'’"), at, word.end())
            return word.end()
        figures = _FIGURES.match(text, at)
        if figures is not None:
            self._say(whole_number(figures.group(), self._language), at, figures.end())
            return figures.end()
        dots = _DOTS.match(text, at)
        if dots is not None:
            self._mark("…", at, dots.end())
            return dots.end()
        if text[at].isnumeric():
            self._say(_numeral(text[at], self._language), at, at + 1)
        else:
            self._sign(text, at)
        return at + 1

    def _say_own(self, own: Found) -> None:
        typed = self._text[own.start : own.end]
        if own.entry.phonemes:
            self._pieces.append(
                Piece(
                    " ".join(typed.split()),
                    self._offset + own.start,
                    self._offset + own.end,
                    phonemes=own.entry.phonemes,
                )
            )
        else:
            self._say(own.entry.respelling, own.start, own.end)

    def _say(self, words: str, start: int, end: int) -> None:
        for word in words.split():
            bare = word.rstrip(",;:.!?…")
            if bare:
                self._add(bare, start, end)
            if bare != word:
                self._mark(word[len(bare) :][:1], start, end)

    def _add(self, word: str, start: int, end: int) -> None:
        for begin in range(0, len(word), MAX_WORD_CHARS):
            part = word[begin : begin + MAX_WORD_CHARS]
            self._pieces.append(Piece(part, self._offset + start, self._offset + end))

    def _mark(self, mark: str, start: int, end: int) -> None:
        if not self._pieces:
            return
        last = self._pieces[-1]
        if not last.is_mark:
            place = self._offset + start, self._offset + end
            self._pieces.append(Piece(mark, *place, is_mark=True))
        elif _STRENGTH[mark] > _STRENGTH[last.said]:
            self._pieces[-1] = Piece(mark, last.start, last.end, is_mark=True)

    def _stop_inside(self, text: str, at: int) -> None:
        """A dot that ends no sentence: of an abbreviation, or behind a sentence in brackets."""
        before = re.search(r"[^\W\d_]*$", text[max(0, at - 20) : at])
        if before is not None and len(before.group()) > 4:
            self._mark(",", at, at + 1)

    def _sign(self, text: str, at: int) -> None:
        char = text[at]
        before, behind = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
        if char in "-–" and _is_between(before, behind):
            if before.isdigit() or behind.isdigit() or before in "%°":
                if behind.isdigit() and (before.isdigit() or before in "%°" or char == "–"):
                    self._say(self._language.words["to"], at, at + 1)
                return
            if char == "-":
                return
        if char == "-":
            is_dash = (not before.strip() and not behind.strip()) or text[at : at + 2] == "--"
            if is_dash:
                self._mark("—", at, at + 1)
            return
        if char == "." and text[at + 1 :].strip(" \n\"')]»"):
            self._stop_inside(text, at)
            return
        mark = _MARKS.get(char)
        if mark is not None:
            self._mark(mark, at, at + 1)
            return
        said = _sign_words(char, before, behind, self._language)
        if said:
            self._say(said, at, at + 1)


def _is_between(before: str, behind: str) -> bool:
    return bool(before) and bool(behind) and (before.isalnum() or before in "%°$€£") and (
        behind.isalnum() or behind in "$€£"
    )  # fmt: skip


def _numeral(char: str, language: Language) -> str:
    """A sign that stands for a number, wherever no reader knew what it belongs to."""
    if char in "²³":
        return language.words["squared" if char == "²" else "cubed"]
    value = amounts.FRACTIONS.get(char)
    if value is not None:
        return language.fraction(*value) or ""
    number = unicodedata.numeric(char)
    return language.cardinal(int(number)) if number.is_integer() and number >= 0 else ""


def _sign_words(char: str, before: str, behind: str, language: Language) -> str:
    words = language.words
    if char in "<>":
        if (before.isspace() and behind.isspace()) or behind.isdigit():
            return words["less" if char == "<" else "greater"]
        return ""
    if char == "~":
        return words["about"] if behind.isdigit() else ""
    if char == "*":
        return words["times"] if before.isspace() and behind.isspace() else ""
    if char == "/":
        return ""
    if char == "=" and (before == "=" or behind == "="):
        return words["equals"] if before != "=" else ""
    if char == "+":
        return words["plus"]
    if char == "^":
        return words["power"] if before.isalnum() and behind.strip() else ""
    return _SIGNS.get(char, "") and words.get(_SIGNS[char], "")


_SIGNS: Final = {
    "&": "and", "=": "equals", "×": "times", "÷": "divided", "≤": "at_most", "≥": "at_least",
    "≈": "about", "≠": "not_equal", "±": "plus_minus", "→": "to", "§": "section", "%": "percent",
    "@": "at", "‰": "permille", "°": "degrees", "−": "minus", "∞": "infinity", "π": "pi",
    "√": "root",
    "$": "dollars", "€": "euros", "£": "pounds", "µ": "micro", "¢": "cents",
}  # fmt: skip
