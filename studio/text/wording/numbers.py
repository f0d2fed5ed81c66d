"""Numbers as they are written in a language, and as they are said."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from studio.text.wording.language import Language

MAX_DIGITS: Final = 15
"""A longer number is an identifier, and is read digit by digit."""


@lru_cache(maxsize=16)
def number_pattern(decimal: str, grouping: str) -> str:
    """A regular expression, without groups, for a number as it is written; without a sign."""
    mark = re.escape(decimal)
    grouped = (
        rf"\d{{1,3}}(?:[{re.escape(grouping)}]\d{{3}})+(?!\d)(?:{mark}\d+)?"
        rf"|\d{{1,2}}(?:,\d\d)+,\d{{3}}(?!\d)"
    )
    if decimal == ".":
        other = r"\d{1,3}(?:\.\d{3})+,\d\d(?!\d)"
        return rf"(?:{other}|{grouped}|\d+(?:\.\d+)?|(?<![\w.])\.\d+)"
    # People write the other way round, too; with both marks, or more than one, it is plain.
    other = r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}(?!\d)"
    return rf"(?:{other}|{grouped}|\d+,\d+|\d+\.\d{{1,2}}(?![\d.])|\d+)"


def pattern_of(language: Language) -> str:
    """``number_pattern`` of ``language``."""
    return number_pattern(language.decimal, language.grouping)


def parted(written: str, language: Language) -> tuple[str, str]:
    """The digits before and behind the decimal mark of ``written``."""
    mark = language.decimal
    if mark == "," and re.search(r"\.\d{1,2}$|,\d{3}.*\.|,\d{3},\d{3}$", written):
        mark = "."
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d\d", written):
        mark = ","
    whole, _, fraction = written.partition(mark) if mark in written else (written, "", "")
    if len(whole) > 3 and mark == "." and "," in fraction:
        whole, fraction = written, ""
    return re.sub(r"\D", "", whole), re.sub(r"\D", "", fraction)


def digits(written: str, language: Language) -> str:
    """Every digit by itself; what is none is left out."""
    return " ".join(language.cardinal(int(char)) for char in written if char.isdigit())


def whole_number(figures: str, language: Language) -> str:
    """Digits as one number; as single digits where they are no amount: 007."""
    if len(figures) > MAX_DIGITS or (len(figures) > 1 and figures.startswith("0")):
        return digits(figures, language)
    return language.cardinal(int(figures or "0"))


def spoken_number(written: str, language: Language) -> str:
    """A number with its grouping and decimal marks, in words."""
    whole, fraction = parted(written, language)
    words = whole_number(whole, language)
    if not fraction:
        return words
    if language.words.get("decimals") == "number" and len(fraction) <= 2 and fraction[0] != "0":
        behind = whole_number(fraction, language)
    else:
        behind = digits(fraction, language)
    return f"{words} {language.words['point']} {behind}"


def is_one(written: str, language: Language) -> bool:
    """Whether what is counted stands in the singular."""
    whole, fraction = parted(written, language)
    if language.code.startswith(("fr", "pt-br")):  # 1,5 litre
        return int(whole or "0") < 2
    return whole.lstrip("0") == "1" and not fraction


def counted(written: str, names: tuple[str, str], language: Language) -> str:
    """``written`` with what is counted: "two metres"."""
    if is_one(written, language) and not parted(written, language)[1]:
        words = language.before_noun(spoken_number(written, language), names[0])
        return f"{words} {names[0]}"
    name = names[is_one(written, language) ^ 1]
    words = spoken_number(written, language)
    return f"{words if parted(written, language)[1] else language.before_noun(words, name)} {name}"
