"""Where sentences end: at marks and lines, and not at the dots of abbreviations and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from studio.text.markup import BLOCK
from studio.text.wording.language import Cutting

_CLOSERS: Final = "\"'”’»)\\]"
_BOUNDARY: Final = re.compile(
    rf"""(?P<paragraph>\n[ \t]*\n\s*)
    |   (?P<line>\n)
    |   (?P<stop>[.!?…]+[{_CLOSERS}]{{0,4}}(?=\s|\Z|{BLOCK}))
    |   (?P<wide>[。！？।]+[{_CLOSERS}]{{0,4}}\s*)
    |   (?P<stuck>(?<=[^\W\d_]{{2}})[.!?](?=[A-ZÀ-Þ][^\W\d_]*[ ']))
    """,
    re.VERBOSE,
)
_SHORT_LINE_CHARS: Final = 60
_BEFORE: Final = re.compile(r"[^\s\"'(\[{«“,;:—–/]*$")
_WORD_BEFORE: Final = re.compile(r"([^\W\d_]+)\W*$")
_NEXT: Final = re.compile(r"\s*[\"'(\[«“¿¡-]*\s*([^\W_]+)?")
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_MORE_INITIALS: Final = re.compile(r"\s*[A-Z]\.")


@dataclass(frozen=True)
class Stretch:
    """One sentence of a plain text, with the white space behind it."""

    start: int
    end: int
    ends_paragraph: bool
    is_block: bool


def stretches(text: str, cutting: Cutting) -> Iterator[Stretch]:
    """The sentences of ``text``, one after the other, without a gap."""
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match.start() < start or not _ends(text, start, match, cutting):
            continue
        end = match.end()
        while end < len(text) and text[end].isspace():
            end += 1
        is_paragraph = end == len(text) or text.count("\n", match.start(), end) > 1
        yield Stretch(start, end, is_paragraph, _is_block(text, start, end))
        start = end
    if start < len(text):
        yield Stretch(start, len(text), True, _is_block(text, start, len(text)))


def _is_block(text: str, start: int, end: int) -> bool:
    return text[start:end].lstrip().startswith(BLOCK)


def _ends(text: str, start: int, match: re.Match[str], cutting: Cutting) -> bool:
    kind = match.lastgroup
    if kind == "line":
        return _line_stands_alone(text, start, match.start())
    if kind in ("paragraph", "wide"):
        return True
    following = _NEXT.match(text, match.end())
    word = following[1] or "" if following else ""
    if kind == "stuck":
        return word.casefold() in cutting.starters
    mark = match.group()
    goes_on = word[:1].islower()
    if mark[0] == "…" or mark.startswith("..") or (mark[-1] in "\"'”’»)]" and mark[0] in "!?."):
        if goes_on:  # "Really?" he said.
            return False
        if mark[0] != ".":
            return True
    if _is_open(text, start, match.end()):
        return False
    before = _BEFORE.search(text, start, match.start())
    stem = before.group() if before else ""
    if mark[0] == "!":
        return not (goes_on and stem[:1].isupper())  # Yahoo! is
    if mark[0] in "?…" or mark.startswith(".."):
        return True
    return _dot_ends(text, start, match, stem, word, cutting)


def _dot_ends(
    text: str, start: int, match: re.Match[str], stem: str, word: str, cutting: Cutting
) -> bool:
    small = stem.casefold()
    begins = word.casefold() in cutting.starters and word[:1].isupper()
    if small in cutting.never:
        return not word
    if cutting.before_number and small.endswith(cutting.before_number) and word[:1].isdigit():
        return False
    if small in cutting.counting and not begins:
        is_numbered = word[:1].isdigit() or re.fullmatch("[IVXLC]+|[ivxlc]+", word)
        return not is_numbered and not (len(small) == 1 and word[:1].islower())
    if small in cutting.seldom or (len(stem) > 1 and _INITIALS.fullmatch(stem) and "." in stem):
        return not word or begins
    if len(stem) == 1 and stem.isalpha():
        return _letter_ends(text, start, match, stem, word, begins)
    if cutting.ordinal_dot and re.fullmatch(r"\d{1,3}|[IVX]{1,6}", stem):
        return _ordinal_ends(text, start, match, stem, word, begins, cutting)
    is_measured = re.search(r"\d[ ]?$", text[start : match.start() - len(stem)][-2:]) is not None
    if word[:1].isdigit() and small.isalpha() and not re.search("[aeiouyà-ÿ]", small):
        return is_measured  # "fl. 1200", but "5 km. 3 of us"
    if not word[:1].islower() or len(small) > 3 or not small.isalpha():
        return True
    return re.search("[aeiouyà-ÿ]", small) is not None


def _letter_ends(
    text: str, start: int, match: re.Match[str], letter: str, word: str, begins: bool
) -> bool:
    """Whether the dot behind a single letter, which may be an initial, ends the sentence."""
    if not word:
        return True
    if _MORE_INITIALS.match(text, match.end()):
        return False
    if letter.islower():
        return begins
    if letter == "I":
        earlier = _WORD_BEFORE.search(text, start, match.start() - 1)
        return bool(earlier) and earlier[1].islower() and word[:1].isupper()  # type: ignore[index]
    return begins


def _ordinal_ends(
    text: str,
    start: int,
    match: re.Match[str],
    stem: str,
    word: str,
    begins: bool,
    cutting: Cutting,
) -> bool:
    if not word or stem == "I":
        return True
    if word[:1].islower() or word.casefold() in cutting.after_ordinal:
        return False
    if stem[0].isdigit() and word[:1].isdigit():
        return False  # am 3. 4.
    earlier = _WORD_BEFORE.search(text, start, match.start() - len(stem))
    if earlier is not None and earlier[1].casefold() in cutting.before_ordinal:
        return False
    return begins or stem[0].isdigit()


def _is_open(text: str, start: int, end: int) -> bool:
    """Whether a bracket that was opened in this sentence is closed behind ``end``, near by."""
    if text.count("(", start, end) <= text.count(")", start, end):
        return False
    opened = text.rfind("(", start, end)
    closed = text.find(")", end, opened + 200)
    return closed >= 0 and "\n" not in text[end:closed]


def _line_stands_alone(text: str, start: int, newline: int) -> bool:
    """An item of a list, a heading or a short line ends at its end; a wrapped line goes on."""
    following = text[newline + 1 : newline + 200].lstrip(" \t")
    line_start = max(start, text.rfind("\n", start, newline) + 1)
    line = text[line_start:newline].strip()
    if following.startswith(BLOCK) or line.startswith(BLOCK):
        return True
    if following[:1].islower() or line.endswith((",", "-", "–", "—")):
        return False
    return len(line) < _SHORT_LINE_CHARS
