"""English words for numbers. Plain words without commas: espeak-ng would pause at each."""

from __future__ import annotations

from typing import Final

MAX_DIGITS: Final = 15
"""A longer number is an identifier, and is read digit by digit."""

_DIGITS: Final = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

_FRACTIONS: Final = {2: ("half", "halves"), 4: ("quarter", "quarters")}


def digits(text: str) -> str:
    """Every digit by itself: "007" is "zero zero seven"."""
    return " ".join(_DIGITS[int(char)] for char in text if char.isascii() and char.isdigit())


def number(text: str) -> str:
    """A number as written, with thousands commas and a decimal point: "1,234.50"."""
    whole, point, fraction = text.replace(",", "").partition(".")
    if len(whole) > MAX_DIGITS or (len(whole) > 1 and whole.startswith("0")):
        words = digits(whole)
    else:
        words = _spell(int(whole or "0"), "cardinal")
    return f"{words} point {digits(fraction)}" if point and fraction else words


def ordinal(value: int) -> str:
    """21 is "twenty-first"."""
    return _spell(value, "ordinal")


def year(value: int) -> str:
    """1905 is "nineteen oh-five", 2026 "twenty twenty-six"."""
    return _spell(value, "year")


def fraction(upper: int, lower: int) -> str | None:
    """3/4 is "three quarters"; None where nobody would say it so."""
    if not (0 < upper < lower <= 10 and lower not in (0, 1)):
        return None
    one, many = _FRACTIONS.get(lower, (ordinal(lower), ordinal(lower) + "s"))
    return f"{number(str(upper))} {one if upper == 1 else many}"


def _spell(value: int, form: str) -> str:
    from num2words import num2words

    words: str = num2words(value, to=form)
    return words.replace(",", "").replace(" and ", " ")
