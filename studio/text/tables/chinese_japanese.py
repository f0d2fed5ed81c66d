"""What the tables of Chinese and Japanese have in common: they write the same signs for numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from studio.text.wording.calendar import date_words
from studio.text.wording.language import Cutting, Kind, Language, Money

DIGITS: Final = "零一二三四五六七八九"
_NO_DOTS: Final = Cutting(frozenset(), frozenset(), frozenset(), frozenset())


def digit_by_digit(value: int | str) -> str:
    """Every digit by itself, as years are read in Chinese."""
    return "".join(DIGITS[int(char)] for char in str(value) if char.isdigit())


def cardinal(value: int) -> str:
    """``value`` below 10^16 in Chinese numerals."""
    if value >= 10**16:
        return digit_by_digit(value)
    groups = []
    for scale in ("", "万", "亿", "万亿"):
        value, rest = divmod(value, 10_000)
        groups.append((rest, scale))
    said = ""
    for rest, scale in reversed(groups):
        if rest:
            gap = "零" if said and rest < 1_000 else ""
            said += f"{gap}{_thousand(rest)}{scale}"
    return re.sub(r"^一十", "十", said) or "零"


def _thousand(value: int) -> str:
    said, gap = "", False
    for divisor, scale in ((1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, divisor)
        if digit:
            said += ("零" if gap and said else "") + DIGITS[digit] + scale
        gap = not digit
    return said


def _written_date(found: re.Match[str], language: Language) -> str | None:
    said = ""
    if found["year"]:
        said += language.year(int(found["year"])) + "年"
    if found["month"]:
        said += language.cardinal(int(found["month"])) + "月"
    if found["day"]:
        said += language.cardinal(int(found["day"])) + found["sign"]
    return said or None


def _numeric_date(found: re.Match[str], language: Language) -> str | None:
    said = date_words(int(found["day"]), int(found["month"]), int(found["year"]), language)
    if said is None or not found["hour"]:
        return said
    return said + language.clock(int(found["hour"]), int(found["minute"]), None)


KINDS: Final = (
    Kind(
        "date",
        re.compile(
            r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
            r"(?:[T ](?P<hour>\d{1,2}):(?P<minute>\d\d)(?::\d\d)?Z?)?(?![\d.-])"
        ),
        _numeric_date,
    ),
    Kind(
        "written_date",
        re.compile(
            r"(?:(?P<year>\d{4})年)(?:(?P<month>\d{1,2})月)?(?:(?P<day>\d{1,2})(?P<sign>日|号))?"
        ),
        _written_date,
    ),
)  # fmt: skip


def language(
    code: str,
    count: Callable[[int], str],
    year: Callable[[int], str],
    words: dict[str, str],
    currencies: dict[str, Money],
    units: dict[str, tuple[str, str]],
    hour: str,
) -> Language:
    """A language whose hours are followed by the sign ``hour``."""

    def clock(hours: int, minute: int, second: int | None) -> str:
        said = f"{count(hours)}{hour}" + (f"{count(minute)}分" if minute else "")
        return said if second is None else f"{said}{count(second)}秒"

    def date(day: int, month: int, years: int | None) -> str:
        said = f"{count(month)}月{count(day)}日"
        return said if years is None else f"{year(years)}年{said}"

    def amount(whole: int | None, cents: int, money: Money) -> str:
        if not cents:
            return f"{count(whole or 0)}{money.many}"
        return f"{count(whole or 0)}{words['point']}{digit_by_digit(f'{cents:02d}')}{money.many}"

    return Language(
        code=code,
        decimal=".",
        grouping=",",
        cardinal=count,
        ordinal=lambda value: f"第{count(value)}",
        year=year,
        words=words,
        date=date,
        clock=clock,
        amount=amount,
        fraction=lambda upper, lower: f"{count(lower)}分之{count(upper)}"
        if code == "zh"
        else f"{count(lower)}分の{count(upper)}",
        currencies=currencies,
        scales={"万": ("万", "万"), "亿": ("亿", "亿"), "億": ("億", "億")},
        units=units,
        abbreviations={},
        cutting=_NO_DOTS,
        kinds=KINDS,
    )
