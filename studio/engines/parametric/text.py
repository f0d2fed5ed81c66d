"""A text as sentences to be spoken, found one after the other, so that the first can begin."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from studio.engines.parametric.languages import can_read, describe_script, script_of
from studio.engines.parametric.reading import Reading, read
from studio.errors import TextError

MAX_SENTENCE_CHARS: Final = 250
"""A longer sentence is spoken in parts, about 15 s each; it bounds the wait before its first."""

MAX_WORD_CHARS: Final = 80

SENTENCE_PAUSE_S: Final = 0.32
PARAGRAPH_PAUSE_S: Final = 0.65
CLAUSE_PAUSE_S: Final = 0.16
"""Where a sentence was too long and had to be parted."""

_BOUNDARY: Final = re.compile(
    r"""(?P<paragraph>\n[ \t\r]*\n\s*)
    |   (?P<line>\n)
    |   (?P<stop>[.!?…]+["'”’»)\]*_]{0,4}(?=\s|$))
    |   (?P<wide>[。！？｡]+[」』”’）]{0,4})
    """,
    re.VERBOSE,
)
_NEVER_LAST: Final = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "no", "fig", "approx", "dept",
    "jr", "sr", "gen", "col", "capt", "lt",
})  # fmt: skip
_SELDOM_LAST: Final = frozenset({"etc", "a.m", "p.m", "inc", "ltd", "co", "al"})
_SPACE: Final = re.compile(r"\s*")
_LIST_ITEM: Final = re.compile(r"[ \t]*(?:[-*+•>#|]|\d{1,3}[.)])")
_SHORT_LINE_CHARS: Final = 60
_SOFT_BREAK: Final = re.compile(r"[,;:—–)]\s|\s")


@dataclass(frozen=True)
class Sentence:
    """One stretch that is spoken in one go, and the pause after it.

    ``end`` is where it ends in the text; ``reading`` says what is spoken.
    """

    reading: Reading
    end: int
    pause_s: float


@dataclass(frozen=True)
class _Stretch:
    start: int
    end: int
    pause_s: float


def sentences(text: str, *, language: str) -> Iterator[Sentence]:
    """The sentences of ``text`` that a voice of ``language`` can speak, found lazily.

    Words in a script that the voice cannot read are left out. Stretches with nothing to say are
    left out too, so the last sentence may end before the text does.
    """
    in_english = language.lower().startswith("en")
    for stretch in _stretches(text):
        reading = read(text, stretch.start, stretch.end, in_english=in_english)
        reading = _readable(reading, language)
        if _has_words(reading.spoken):
            yield Sentence(reading, stretch.end, stretch.pause_s)


def require_speakable(text: str, *, language: str) -> None:
    """Refuse a text before a voice is bothered with it.

    Raises:
        TextError: there is nothing to say, or most of it is in a script the voice cannot read.
    """
    if not text.strip():
        raise TextError("There is no text to speak. Type a sentence first.")
    scripts = Counter(script_of(char) for char in text if char.isalpha())
    unreadable = {name: n for name, n in scripts.items() if not can_read(language, name)}
    if sum(unreadable.values()) * 2 > scripts.total():
        worst = max(unreadable, key=lambda name: unreadable[name])
        raise TextError(
            f"This voice speaks {language!r} and cannot read {describe_script(worst)}. Write the "
            f"text in Latin letters, or make a voice whose clips are in that language."
        )
    if next(sentences(text, language=language), None) is None:
        raise TextError(
            "There is nothing in this text that can be spoken: it has no letters and no digits. "
            "Add a word or two."
        )


def left_out(text: str, *, language: str) -> str:
    """A sentence about what of ``text`` the voice leaves out; "" if it reads everything."""
    for char in text:
        if char.isalpha() and not can_read(language, script_of(char)):
            script = describe_script(script_of(char))
            return f"Words in {script} were left out: this voice cannot read them."
    return ""


def _stretches(text: str) -> Iterator[_Stretch]:
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match.start() < start or not _is_boundary(text, start, match):
            continue
        space = _SPACE.match(text, match.end())
        end = space.end() if space else match.end()
        is_paragraph = text.count("\n", match.start(), end) > 1
        yield from _parted(
            text, start, end, PARAGRAPH_PAUSE_S if is_paragraph else SENTENCE_PAUSE_S
        )
        start = end
    yield from _parted(text, start, len(text), SENTENCE_PAUSE_S)


def _is_boundary(text: str, start: int, match: re.Match[str]) -> bool:
    if match.lastgroup == "line":
        return _line_stands_alone(text, start, match.start())
    if match.lastgroup != "stop":
        return True
    mark = match.group()
    goes_on = text[match.end() : match.end() + 3].lstrip()[:1].islower()
    if mark[0] != ".":
        return not (goes_on and mark[-1] in "\"'”’»")  # "Really?" he said.
    if mark.startswith(".."):
        return not goes_on
    before = re.search(r"[\w.]*$", text[max(start, match.start() - 12) : match.start()])
    word = before.group().lower() if before else ""
    if word in _NEVER_LAST or (len(word) == 1 and word.isalpha() and word != "i"):
        return False
    return not (goes_on and word in _SELDOM_LAST)


def _line_stands_alone(text: str, start: int, newline: int) -> bool:
    """A list item, a heading or a short line ends at its end; a wrapped line goes on."""
    line_start = max(start, text.rfind("\n", start, newline) + 1)
    if _LIST_ITEM.match(text, line_start, newline) or _LIST_ITEM.match(text, newline + 1):
        return True
    return newline - line_start < _SHORT_LINE_CHARS


def _parted(text: str, start: int, end: int, pause_s: float) -> Iterator[_Stretch]:
    while end - start > MAX_SENTENCE_CHARS:
        cut = _soft_break(text, start, start + MAX_SENTENCE_CHARS)
        yield _Stretch(start, cut, CLAUSE_PAUSE_S)
        start = cut
    yield _Stretch(start, end, pause_s)


def _soft_break(text: str, start: int, limit: int) -> int:
    """Where to part: after the last comma of the second half, the last space, or just there."""
    ends = list(_SOFT_BREAK.finditer(text, start + MAX_WORD_CHARS, limit))
    commas = [match.end() for match in ends if match.group()[0] not in " \t\n"]
    late = [end for end in commas if end > start + MAX_SENTENCE_CHARS // 3]
    if late:
        return late[-1]
    return ends[-1].end() if ends else limit


def _readable(reading: Reading, language: str) -> Reading:
    """``reading`` without the letters that the voice would spell out as foreign symbols."""
    if reading.spoken.isascii():
        return reading
    kept: list[int] = []
    for index, char in enumerate(reading.spoken):
        if char.isalpha() and not can_read(language, script_of(char)):
            continue
        if char == " " and kept and reading.spoken[kept[-1]] == " ":
            continue
        kept.append(index)
    return Reading(
        "".join(reading.spoken[index] for index in kept),
        tuple(reading.reached[index] for index in kept),
    )


def _has_words(spoken: str) -> bool:
    return any(char.isalnum() for char in spoken)
