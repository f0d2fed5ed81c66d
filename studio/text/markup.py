"""Markup, entities and drawn characters resolved to plain text that knows where it was typed."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

BLOCK: Final = "\x02"
"""Stands where a heading, an item of a list or a row begins: a sentence of its own."""

_TARGET: Final = r"\((?:[^()\s]|\([^()\s]*\)){0,500}(?:\s+\"[^\"\n]{0,200}\")?\)"
_GERMAN_MONTH: Final = r"(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)[a-zä]{0,7}\b(?!,)"
"""A day with its dot, not a number in a list: "3. Mai"."""

_MARKUP: Final = re.compile(
    rf"""
    (?P<fence>^[ \t]*(?:```|~~~)[^\n]{{0,60}}(?:\n|\Z))
  | (?P<rule>^[ \t]*(?:[-*_=][ \t]*){{3,}}(?:\n|\Z))
  | (?P<grid>^[ \t]*\|?[ \t]*:?-{{2,}}:?[ \t]*(?:\|[ \t]*:?-{{2,}}:?[ \t]*)*\|?[ \t]*
        (?:\n|\Z)(?<=[|\n]))
  | (?P<row>^[ \t]*\|(?=[^\n]*\|[ \t]*(?:\n|\Z)))
  | (?P<cell>[ \t]*\|[ \t]*(?=\n|\Z))
  | (?P<heading>^[ \t]*\#{{1,6}}[ \t]+)
  | (?P<quoted>^[ \t]*(?:>[ \t]?)+)
  | (?P<item>^[ \t]*(?:[-*+•‣◦▪–—·●][ \t]+)(?:\[[ xX]\][ \t]+)?)
  | (?P<numbered>^[ \t]*(?P<number>\d{{1,3}})[.)][ \t]+(?=\S)(?![a-zäöü]|{_GERMAN_MONTH}))
  | (?P<note>\[\^[^\]\n]{{1,20}}\]:?)
  | (?P<picture>!\[(?=[^\]\n]{{0,300}}\]{_TARGET}))
  | (?P<link>\[(?=[^\[\]\n]{{1,300}}\]{_TARGET}))
  | (?P<target>\]{_TARGET})
  | (?P<angled><(?P<address>(?:https?://|mailto:)?[^\s<>@]{{0,64}}[@:][^\s<>]{{1,300}}\.[^\s<>]{{1,300}})>)
  | (?P<break><(?:br|p|/p|div|/div|/li|/h[1-6]|/tr)\b[^<>]{{0,200}}>)
  | (?P<point><(?:li|h[1-6])\b[^<>]{{0,200}}>)
  | (?P<tag></?[a-zA-Z][a-zA-Z0-9-]{{0,15}}(?:\s[^<>=]{{1,40}}(?:=[^<>]{{0,300}})?)?\s?/?>
        |<!--.{{0,2000}}?-->)
  | (?P<entity>&(?:\#\d{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[a-zA-Z][a-zA-Z0-9]{{1,30}});)
  | (?P<strong>(?<![\w*])\*{{1,3}}(?=\S)|(?<=\S)\*{{1,3}}(?![\w*])|(?<=\w)\*{{2,3}}(?=\w))
  | (?P<under>(?<![\w_])_{{1,3}}(?=[^\W_])|(?<=[^\s_])_{{1,3}}(?![\w_]))
  | (?P<struck>~~)
  | (?P<smiley>(?<!\S)(?:[:;=][-']?[)(DPpOo/\\|*]|<3|:'[()])(?!\w))
  | (?P<code>`+)
  | (?P<escaped>\\(?=[*_`#\[\]()~>.!+-]))
  | (?P<accented>[^\W\d_][\u0300-\u036f]+)
  | (?P<drawn>[^\x00-\x7f\u00a1-\u024f\u0370-\u052f\u0900-\u097f\u3041-\u30ff\u4e00-\u9fff]+)
  | (?P<latin>[\u00a0\u00ad\u00ba\u00aa²³¹¼½¾])
  | (?P<control>[\x00-\x08\x0b-\x1f\x7f])
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)  # fmt: skip

_SAME: Final = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "ʼ": "'", "＇": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "＂": '"', "「": '"', "」": '"',
    "『": '"', "』": '"', "《": '"', "》": '"', "〈": '"', "〉": '"', "‹": '"', "›": '"',
    "‐": "-", "‑": "-", "‒": "–", "―": "—", "﹣": "-", "－": "-", "−": "−",
    "–": "–", "—": "—", "…": "…", "⋯": "…", "•": ", ", "‣": ", ",
    "。": "。", "！": "！", "？": "？", "｡": "。", "，": ", ", "、": ", ", "；": "; ", "：": ":",
    "（": " (", "）": ") ", "【": " (", "】": ") ", "．": ".", "％": "%", "‰": "‰",
    "～": "–", "〜": "–",
    "॥": "। ", "؟": "? ", "،": ", ", "؛": "; ", "۔": ". ", "\u2028": "\n", "\u2029": "\n\n",
    "\u3000": " ", "°": "°", "℃": "°C", "℉": "°F", "№": "No. ", "⁄": "/", "∕": "/", "×": "×",
    "™": "", "℠": "", "\ufffd": " ", "ﬁ": "fi", "ﬂ": "fl", "ª": "ª", "º": "º",
}  # fmt: skip
_KEPT_SYMBOLS: Final = frozenset("→≈≠≤≥≡∞√∑∏∂∫∆π€₹₩₽₺₴₦₱₫₪฿₿−⅓⅔⅛⅜⅝⅞⅕⅖⅗⅘⅙⅚⅐⅑⅒")
_LETTERLIKE: Final = re.compile(r"[\u1d400-\u1d7ff]")


@dataclass
class Plain:
    """``text`` without markup; character i was typed at ``starts[i]`` to ``ends[i]``."""

    text: str = ""
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def typed(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]``, which is not empty, was typed."""
        return self.starts[start], max(self.starts[start], self.ends[end - 1])


def plain(typed: str) -> Plain:
    """``typed`` as plain text: quotes and spaces in one form, emoji and markup gone."""
    pieces: list[str] = []
    made = Plain()

    def add(said: str, start: int, end: int, *, same: bool = False) -> None:
        if not said:
            return
        pieces.append(said)
        if same:
            made.starts.extend(range(start, end))
            made.ends.extend(range(start + 1, end + 1))
        else:
            made.starts.extend([start] * len(said))
            made.ends.extend([end] * len(said))

    done = 0
    for match in _MARKUP.finditer(typed):
        add(typed[done : match.start()], done, match.start(), same=True)
        done = match.end()
        kind = match.lastgroup
        if kind in ("drawn", "latin"):
            for place in range(match.start(), match.end()):
                add(_drawn(typed, place), place, place + 1)
        else:
            add(_plain(kind, match), match.start(), match.end())
    add(typed[done:], done, len(typed), same=True)
    made.text = "".join(pieces)
    return made


def _plain(kind: str | None, match: re.Match[str]) -> str:
    written = match.group()
    if kind == "numbered":
        return f"{BLOCK}{match['number']}, "
    if kind == "angled":
        return match["address"].removeprefix("mailto:")
    if kind == "entity":
        return _entity(written)
    if kind == "accented":
        return unicodedata.normalize("NFC", written)
    if kind == "control":
        return "\n" if written in "\r\x0b\x0c" else "" if written in "\x02\x04" else " "
    return _BY_KIND.get(kind or "", "")


_BY_KIND: Final = {
    "fence": "\n" + BLOCK,
    "rule": "\n\n",
    "row": BLOCK,
    "heading": BLOCK,
    "item": BLOCK,
    "break": "\n",
    "point": "\n" + BLOCK,
}


def _entity(written: str) -> str:
    meant = html.unescape(written)
    if meant == written:
        return written
    return "".join(
        char if char.isascii() and char.isprintable() else _drawn(char, 0) for char in meant
    )


def _drawn(text: str, place: int) -> str:
    """One character that is not ASCII, as it is read; "" for what is not read at all."""
    char = text[place]
    if char in _SAME:
        return _SAME[char]
    category = unicodedata.category(char)
    if category[0] == "Z":
        return " "
    if category[0] == "L" or category in ("Nd", "Nl", "No"):
        return unicodedata.normalize("NFKC", char) if category != "No" else _numeral(text, place)
    if category in ("Mn", "Mc"):
        # Of an emoji, not of a letter.
        return "" if "\ufe00" <= char <= "\ufe0f" or char == "\u20e3" else char
    if category == "Sc" or char in _KEPT_SYMBOLS or category[0] == "P":
        return char
    if char in "\u200c\u200d":
        around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
        return char if len(around) == 2 and around.isalpha() else ""
    if char in "\u200b\u200e\u200f\u2060\ufeff\u00ad" or category in ("Cf", "Mn"):
        return ""
    if category == "Sm":
        return char
    return " "  # emoji and other pictures: a good reader says nothing


def _numeral(text: str, place: int) -> str:
    """Superscripts and fractions stay for the reader, apart from letters that are not theirs;
    circled numbers are the numbers."""
    char = text[place]
    before, behind = text[place - 1 : place], text[place + 1 : place + 2]
    name = unicodedata.name(char, "")
    gap = " " if behind.isalnum() else ""
    if "FRACTION" in name:
        return f"{' ' if before.isalpha() else ''}{char}{gap}"
    if char in "²³":
        return f"{char}{gap}"
    if "SUPERSCRIPT" in name:
        return " "  # a note
    return f"{' ' if before.isalnum() else ''}{unicodedata.normalize('NFKC', char)}{gap}"
