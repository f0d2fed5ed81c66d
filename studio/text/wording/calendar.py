"""Dates in figures, and times of the day, as every language writes them."""

from __future__ import annotations

import re
from typing import Final

from studio.text.wording.language import Kind, Language

_ZONES: Final = r"(?:Z|[+-]\d{2}:?\d{2})?"


def date_words(day: int, month: int, year: int | None, language: Language) -> str | None:
    """The date in words; None where there is no such day."""
    if not (1 <= month <= 12 and 1 <= day <= 31) or day > _LONGEST[month - 1]:
        return None
    if year is not None and not 1 <= year <= 2_999:
        return None
    return language.date(day, month, year)


_LONGEST: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def full_year(written: str) -> int:
    """The year that two figures stand for: 69 is 1969, 68 is 2068."""
    value = int(written)
    if len(written) > 2:
        return value
    return value + (2_000 if value < 69 else 1_900)


def _iso(found: re.Match[str], language: Language) -> str | None:
    date = date_words(int(found["day"]), int(found["month"]), int(found["year"]), language)
    if date is None or found["hour"] is None:
        return date
    second = int(found["second"]) if found["second"] else None
    clock = time_words(int(found["hour"]), int(found["minute"]), second or None, language)
    if clock is None:
        return None
    joined = f"{date}, {clock}"
    return f"{joined} U T C" if found["zone"] == "Z" else joined


def _numeric(found: re.Match[str], language: Language) -> str | None:
    first, second = int(found["first"]), int(found["second"])
    if found["mark"] != found["mark_again"]:
        return None
    year = full_year(found["year"])
    if (
        found["mark"] == "-"
        and len(found["year"]) == 2
        and not (found["first"] + found["second"]).startswith("0")
    ):
        return None  # 5-10-15 may be anything
    if found["mark"] == "." and len(found["year"]) == 2 and language.code.startswith("en"):
        return None  # a version
    day_first = language.day_first or found["mark"] == "."
    day, month = (first, second) if day_first else (second, first)
    return date_words(day, month, year, language) or date_words(month, day, year, language)


def time_words(hour: int, minute: int, second: int | None, language: Language) -> str | None:
    """A time of the day in words; None where there is none such."""
    if hour > 24 or minute > 59 or (second or 0) > 59:
        return None
    return language.clock(hour, minute, second)


def _clock(found: re.Match[str], language: Language) -> str | None:
    second = int(found["second"]) if found["second"] else None
    if int(found["hour"]) > 24:
        return _length(found, language)
    return time_words(int(found["hour"]), int(found["minute"]), second, language)


def _length(found: re.Match[str], language: Language) -> str:
    """A length of time or a score: "72:30"."""
    said = [found["hour"], found["minute"], *([found["second"]] if found["second"] else [])]
    return " ".join(language.cardinal(int(part)) for part in said)


def _race(found: re.Match[str], language: Language) -> str:
    """A time that was taken: "14:22.3"."""
    minute, second = found.group().split(":")
    whole, part = second.split(".")
    said = [*map(language.cardinal, map(int, (minute, whole))), language.words["point"]]
    return " ".join([*said, *(language.cardinal(int(figure)) for figure in part)])


def _verse(found: re.Match[str], language: Language) -> str:
    """Verses of a chapter: "23:1-6"."""
    chapter, first, last = map(int, re.split("[:–-]", found.group()))
    say = language.cardinal
    return f"{say(chapter)} {say(first)} {language.words['to']} {say(last)}"


def _ratio(found: re.Match[str], language: Language) -> str:
    to = language.words["ratio"]
    return f" {to} ".join(language.cardinal(int(part)) for part in found.group().split(":"))


DATES: Final = (
    Kind(
        "iso",
        re.compile(
            rf"(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d{{2}})(?P=mark)(?P<day>\d{{2}})(?![\d-])"
            rf"(?:[T ](?P<hour>\d{{2}}):(?P<minute>\d{{2}})(?::(?P<second>\d{{2}})(?:\.\d+)?)?"
            rf"(?P<zone>{_ZONES}))?(?!\w)"
        ),
        _iso,
    ),
    Kind(
        "numeric_date",
        re.compile(
            r"(?P<first>\d{1,2})(?P<mark>[-/.])[ ]?(?P<second>\d{1,2})(?P<mark_again>[-/.])[ ]?"
            r"(?P<year>\d{4}|\d{2})(?![\w]|[-/.]\d)"
        ),
        _numeric,
    ),
)
TIMES: Final = (
    Kind(
        "clock",
        re.compile(r"(?P<hour>\d{1,3}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?![\w:]|\.\d)"),
        _clock,
    ),
    Kind("race", re.compile(r"\d{1,3}:[0-5]\d\.\d{1,3}(?![\w:])"), _race),
    Kind("verse", re.compile(r"\d{1,3}:\d{1,3}[-–]\d{1,3}(?![\w:])"), _verse),
    Kind("ratio", re.compile(r"\d{1,4}:\d{1,4}(?![\w:]|\.\d)"), _ratio),
)
