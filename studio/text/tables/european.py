"""What the tables of the Romance languages and German have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from studio.text.wording.language import Cutting, Kind, Language, Money
from studio.text.wording.letters import is_pronounceable
from studio.text.wording.nearby import text_ahead, text_behind
from studio.text.wording.spelling import spell
from studio.text.wording.word_sets import word_set

# Symbols of units, in the order in which the tables name them.
_SYMBOLS: Final = (
    "mm", "cm", "m", "km", "m²", "km²", "m³", "ha", "mg", "g", "kg", "t", "ml", "cl", "l", "L", "ms", "s",
    "min", "h", "km/h", "m/s", "Hz", "kHz", "MHz", "GHz", "KB", "kB", "MB", "GB", "TB", "W", "kW", "kWh",
    "V", "°C", "°F", "°",
)  # fmt: skip


def units(names: str, **more: str) -> dict[str, tuple[str, str]]:
    """Units by symbol. ``names``: "one/many" for each of the common ones, parted by commas."""
    listed = [_pair(name) for name in names.split(",")]
    found = dict(zip(_SYMBOLS, listed, strict=True))
    found["ºC"], found["ºF"], found["º"] = found["°C"], found["°F"], found["°"]
    return {**found, **{symbol: _pair(name) for symbol, name in more.items()}}


def _pair(name: str) -> tuple[str, str]:
    one, _, many = name.strip().partition("/")
    return one, many or one


def signs(names: str) -> dict[str, str]:
    """Words for signs: "point = coma, minus = menos"."""
    pairs = (part.partition("=") for part in names.split(","))
    return {key.strip(): word.strip() for key, _, word in pairs}


_CENTURIES: Final = frozenset(["secolo", "siècle"])
_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1_000}
_ROMAN: Final = r"(?=[IVXLCM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"


def roman_value(written: str) -> int:
    """The value of a Roman numeral in capitals."""
    values = [_VALUES[letter] for letter in written]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)


def roman_kind(
    cardinal_after: str, ordinal_after: str, ordinal: Callable[[int], str], cardinal_from: int = 11
) -> Kind:
    """Roman numerals: a number behind words such as "siglo", an ordinal behind names of rulers, and
    from ``cardinal_from`` on a number there, too."""
    plain = word_set(cardinal_after)
    names = word_set(ordinal_after)

    def say(found: re.Match[str], language: Language) -> str | None:
        written = found["numeral"]
        previous = re.search(r"([^\W\d_]+)\.?[ ]$", text_ahead(found))
        before = previous[1].casefold() if previous else ""
        value = roman_value(written)
        if before in plain:
            return language.cardinal(value)
        if before in names and previous is not None and previous[1][0].isupper():
            return ordinal(value) if value < cardinal_from else language.cardinal(value)
        behind = re.match(r" ([^\W\d_]+)", text_behind(found))
        if behind and behind[1].casefold() in _CENTURIES:
            return ordinal(value)
        if len(written) < 2 or not re.fullmatch("[IVX]+", written) or written in ("XX", "VI"):
            return None
        return language.cardinal(value)

    return Kind("roman", re.compile(rf"(?P<numeral>{_ROMAN})(?![\w'&-]|\.[A-Z])"), say)


def capitals_kind(said_as_words: frozenset[str]) -> Kind:
    """Capitals: letters that can be no word are spelt, and so are the usual short ones."""

    def say(found: re.Match[str], language: Language) -> str | None:
        letters, end = found["letters"], (found["end"] or "").lower()
        small = letters.casefold()
        if small in said_as_words:
            return small + end
        if not is_pronounceable(letters) or (len(letters) <= 3 and not _is_shouted(found)):
            return spell(letters) + end
        return small + end

    return Kind(
        "capitals", re.compile(r"(?P<letters>[A-ZÀ-ÖØ-Þ]{2,})(?P<end>s|'s)?(?![\w&$])"), say
    )


def _is_shouted(found: re.Match[str]) -> bool:
    before = re.search(r"([A-ZÀ-ÖØ-Þ]{4,})[\s,]+$", text_ahead(found))
    behind = re.match(r"[\s,]+([A-ZÀ-ÖØ-Þ]{4,})(?![a-zà-ÿ])", text_behind(found))
    return before is not None or behind is not None


def numbered(names: str) -> Mapping[str, int]:
    """Months by name, and by their first letters with and without a dot."""
    found = {}
    for number, name in enumerate(names.split(), 1):
        found[name] = number
    return found


def money(one: str, many: str, cent: str = "", cents: str = "") -> Money:
    """A currency."""
    return Money(one, many, cent, cents)


def cutting(never: str, seldom: str, counting: str, starters: str) -> Cutting:
    """Where sentences end, from words parted by white space."""
    return Cutting(word_set(never), word_set(seldom), word_set(counting), word_set(starters))
