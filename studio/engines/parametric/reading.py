"""Written text to what is said, one pass, keeping track of where every character came from.

Markup, links, symbols and emoji are read or dropped in every language; numbers, dates, times,
money and units are put into words for English only, since espeak-ng knows those of the others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from studio.engines.parametric import english

# Said alike in every language: a pause, a quote or nothing.
_MARKS: Final = {
    "—": ", ", "–": ", ", "…": ", ", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "‘": "'", "’": "'", "‚": "'", "′": "'", "\u00a0": " ", "_": " ", "|": ", ", "\\": " ",
    "`": "", "~": "", "*": "", "^": "", "™": "", "®": "", "©": "", "•": ",", "·": ",",
    "{": ", ", "}": ", ", "[": " ", "]": " ", "\n": " ", "\t": " ", "\r": " ",
}  # fmt: skip

_EVERYWHERE: Final = r"""
  (?P<fence>^[ \t]*```.{0,40}$)
| (?P<line_mark>^[ \t]*(?:\#{1,6}[ \t]+|[-*+•][ \t]+|>[ \t]?))
| (?P<link_end>\]\([^()\s]{0,500}\))
| (?P<tag></?[a-zA-Z][a-zA-Z0-9]{0,15}(?:\s[^<>=]{1,40}=[^<>]{0,200})?\s?/?>)
| (?P<email>\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6})
| (?P<url>\b(?:https?://|www\.)[^\s<>()"']{1,500})
| (?P<domain>\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,3}\.(?:com|org|net|edu|gov|io|dev|ai|co)\b
    (?:/[^\s<>()"']{0,500})?)
| (?P<repeat>(?P<mark>[!?.,;:'"-])(?P=mark)+)
"""
_FLAGS: Final = re.VERBOSE | re.MULTILINE
_PLAIN_READING: Final = re.compile(_EVERYWHERE, _FLAGS)
_ENGLISH_READING: Final = re.compile(_EVERYWHERE + english.PATTERN, _FLAGS)


@dataclass(frozen=True)
class Reading:
    """What is said, and for each of its characters how far into the text one is after it.

    ``reached`` never goes down; it has one entry per character of ``spoken``.
    """

    spoken: str
    reached: tuple[int, ...]

    def reached_at(self, spoken_end: int) -> int:
        """Characters of the text that are read once ``spoken_end`` characters are spoken."""
        if spoken_end <= 0 or not self.reached:
            return 0
        return self.reached[min(spoken_end, len(self.reached)) - 1]


def read(text: str, start: int, end: int, *, in_english: bool) -> Reading:
    """How ``text[start:end]`` is said; positions in the result count in ``text``."""
    spoken: list[str] = []
    reached: list[int] = []

    def say(words: str, position: int) -> None:
        for char in words:
            if char == " " and (not spoken or spoken[-1] == " "):
                continue
            if char in ",.;:!?" and spoken and spoken[-1] == " ":
                spoken.pop()
                reached.pop()
            spoken.append(char)
            reached.append(position)

    pattern = _ENGLISH_READING if in_english else _PLAIN_READING
    at = start
    while at < end:
        match = pattern.search(text, at, end)
        stop = match.start() if match else end
        for position in range(at, stop):
            say(_character(text[position], in_english=in_english), position + 1)
        if match is None:
            break
        words = _words_for(match)
        if words is None:  # looks like one, is none: 45/99/2020
            words = "".join(_character(char, in_english=in_english) for char in match.group())
        say(words, match.end())
        at = match.end()
    return Reading("".join(spoken), tuple(reached))


def _character(char: str, *, in_english: bool) -> str:
    if char.isascii() and char.isalnum():
        return char
    if char in _MARKS:
        return _MARKS[char]
    if in_english and char in english.SYMBOLS:
        return english.SYMBOLS[char]
    if char.isascii():
        return char if char.isprintable() else " "
    category = unicodedata.category(char)
    if category == "Sc" and not in_english:
        return char
    if category[0] in "LNP":
        # Letters that are drawn to look special (𝓱, ｈ) are the letters they stand for.
        return unicodedata.normalize("NFKC", char)
    if category in ("Mn", "Mc") and not "\ufe00" <= char <= "\ufe0f":
        return char
    return " " if category[0] == "Z" else ""


def _words_for(match: re.Match[str]) -> str | None:
    name = match.lastgroup
    assert name is not None
    words = _READERS[name](match.group())
    # A sentence may end in what was read: "at 5 p.m. Then ..." keeps no stop of its own.
    return words if words is None or name in _SILENT else f" {words} "


def _url(written: str) -> str:
    host = re.sub(r"^(?:https?://)?(?:www\.)?", "", written).rstrip(".,;:!?")
    tail = "." if written[-1] in ".!?" else ""
    return re.sub(r"[/?#].*$", "", host).replace(".", " dot ").replace("-", " dash ") + tail


def _email(written: str) -> str:
    spaced = written.replace("@", " at ").replace(".", " dot ").replace("+", " plus ")
    return spaced.replace("-", " dash ").replace("_", " underscore ")


def _repeat(written: str) -> str:
    return ", " if written[0] in ".-" else written[0]


def _nothing(_: str) -> str:
    return " "


_SILENT: Final = frozenset({"fence", "line_mark", "link_end", "tag", "repeat"})
_READERS: Final[dict[str, Callable[[str], str | None]]] = {
    "fence": _nothing,
    "line_mark": _nothing,
    "link_end": _nothing,
    "tag": _nothing,
    "email": _email,
    "url": _url,
    "domain": _url,
    "repeat": _repeat,
    **english.READERS,
}
