"""What the reader has to know of a language. Each has its table in ``studio.text.tables``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
    """Something that is not read as it is written: what it looks like, and how it is said.

    ``say`` may refuse what only looks like it by returning None: 45/99/2020 is no date.
    """

    name: str
    pattern: re.Pattern[str]
    say: Callable[[re.Match[str], Language], str | None]


@dataclass(frozen=True)
class Money:
    """A currency: its unit and its hundredth, one and many. "" where it has no hundredth."""

    one: str
    many: str
    cent: str = ""
    cents: str = ""


@dataclass(frozen=True)
class Cutting:
    """Dots that end no sentence, by what stands before them (small letters, without the dot).

    ``never``: none does. ``seldom``: only before a word of ``starters``, with which a sentence may
    begin. ``counting``: only before a number is it an abbreviation. ``ordinal_dot``: a number with
    a dot is an ordinal, as in German; ``before_ordinal`` and ``after_ordinal`` are words beside it.
    ``before_number``: endings of names of streets, whose dot ends nothing before a number.
    """

    never: frozenset[str]
    seldom: frozenset[str]
    counting: frozenset[str]
    starters: frozenset[str]
    ordinal_dot: bool = False
    before_number: tuple[str, ...] = ()
    before_ordinal: frozenset[str] = frozenset()
    after_ordinal: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Language:
    """``decimal`` and ``grouping`` are the marks in numbers; ``words`` are those for signs.

    ``kinds`` come before those that all languages have, ``letter_kinds`` before those of letters.
    ``cardinal`` etc. take values; ``date`` (day, month, year or None), ``clock`` (hour, minute,
    second or None), ``amount`` (whole in words or "", cents in words or "", the currency, whether
    the whole is one, whether the cents are one).
    """

    code: str
    decimal: str
    grouping: str
    cardinal: Callable[[int], str]
    ordinal: Callable[[int], str]
    year: Callable[[int], str]
    words: Mapping[str, str]
    date: Callable[[int, int, int | None], str]
    clock: Callable[[int, int, int | None], str]
    amount: Callable[[int | None, int, Money], str]
    fraction: Callable[[int, int], str | None]
    currencies: Mapping[str, Money]
    scales: Mapping[str, tuple[str, str]]
    units: Mapping[str, tuple[str, str]]
    abbreviations: Mapping[str, str]
    cutting: Cutting
    day_first: bool = True
    kinds: tuple[Kind, ...] = ()
    letter_kinds: tuple[Kind, ...] = ()
    reads_numbers: bool = True
    """Otherwise figures stay as they are, for an engine that reads them."""

    before_noun: Callable[[str, str], str] = field(default=lambda words, _: words)
    """A cardinal (first) before a noun (second): German "eins" is "ein", Spanish "uno" is "un"."""
