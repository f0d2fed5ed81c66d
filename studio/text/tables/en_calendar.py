"""English dates, times of the day, years and decades."""

from __future__ import annotations

import re
from typing import Final

from studio.text.wording.calendar import date_words
from studio.text.wording.language import Kind, Language
from studio.text.wording.nearby import text_ahead
from studio.text.wording.spelling import spell

_MONTH: Final = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)

_FULL: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

_DAYS: Final = {
    "mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "thu": "Thursday",
    "thur": "Thursday", "thurs": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip

_DASH: Final = r"[ ]?[-–—][ ]?"


def _month(written: str) -> int:
    return _MONTHS.index(written[:3].lower()) + 1


def _named_date(found: re.Match[str], language: Language) -> str | None:
    day, month = int(found["day"]), _month(found["month"])
    if not 1 <= day <= 31:
        return None
    year = int(found["year"]) if found["year"] else None
    if found["last"]:
        first = language.ordinal(day)
        last = language.ordinal(int(found["last"]))
        said = f"{_FULL[month - 1]} {first} to {last}"
        return f"{said}, {language.year(year)}" if year else said
    return date_words(day, month, year, language)


def _day_month(found: re.Match[str], language: Language) -> str | None:
    said = _named_date(found, language)
    if said is None or language.code == "en-gb":
        if said and re.search(r"\bthe $", text_ahead(found), re.I):
            return said.removeprefix("the ")
        return said
    month = _FULL[_month(found["month"]) - 1]
    ordinal = language.ordinal(int(found["day"]))
    if found["last"]:
        ordinal += f" to {language.ordinal(int(found['last']))}"
    has_the = re.search(r"\bthe $", text_ahead(found), re.I)
    year = f", {language.year(int(found['year']))}" if found["year"] else ""
    return f"{'' if has_the else 'the '}{ordinal} of {month}{year}"


def _month_year(found: re.Match[str], language: Language) -> str:
    return f"{_FULL[_month(found['month']) - 1]} {language.year(int(found['year']))}"


def _time(found: re.Match[str], language: Language) -> str | None:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if hour > 24 or minute > 59:
        return None
    said = language.cardinal(hour)
    if minute:
        said += f" {'oh ' if minute < 10 else ''}{language.cardinal(minute)}"
    if found["second"]:
        said += f" and {language.cardinal(int(found['second']))} seconds"
    return f"{said} {spell(found['half'] + 'm')}"


def _time_range(found: re.Match[str], language: Language) -> str | None:
    def half(name: str) -> str:
        return f" {spell(found[name][0] + 'm')}" if found[name] else ""

    def clock(hour: str, minute: str) -> str:
        value = int(found[minute] or 0)
        said = language.cardinal(int(found[hour]))
        if value:
            said += f" {'oh ' if value < 10 else ''}{language.cardinal(value)}"
        return said

    if not (found["half"] or (found["minute"] and found["last_minute"])):
        return None
    if int(found["hour"]) > 24 or int(found["last"]) > 24:
        return None
    return f"{clock('hour', 'minute')}{half('first_half')} to {clock('last', 'last_minute')}{half('half')}"


_TENS: Final = {
    0: "hundreds", 10: "tens", 20: "twenties", 30: "thirties", 40: "forties", 50: "fifties",
    60: "sixties", 70: "seventies", 80: "eighties", 90: "nineties",
}  # fmt: skip


def decade(written: str, language: Language) -> str | None:
    """ "1820" is "eighteen twenties", "90" is "nineties"."""
    value = int(written)
    century, rest = divmod(value, 100)
    if len(written) == 2:
        return _TENS.get(rest)
    if rest % 10:
        return None
    if rest == 0:
        return "two thousands" if value == 2_000 else f"{language.cardinal(century)} hundreds"
    return f"{language.cardinal(century)} {_TENS[rest]}"


def _decade(found: re.Match[str], language: Language) -> str | None:
    tail = found["tail"] or ""
    said = decade(found["value"], language)
    if said is None or not tail:
        return said
    last = decade(found["last"], language)
    return None if last is None else f"{said} to {last}"


_IN_A_DECADE: Final = re.compile(
    r"(?:\b(?:the|her|his|their|my|our|your|its|early|mid|late|in|into|through|since|of)[ -]?|')$",
    re.I,
)


def _short_decade(found: re.Match[str], language: Language) -> str | None:
    ahead = found.string[max(0, found.start() - 10) : found.start()]
    if not found["mark"] and "'s" not in found.group() and not _IN_A_DECADE.search(ahead):
        return None
    return decade(found["value"], language)


_YEAR_BEFORE: Final = re.compile(
    r"(?:\b(?:in|since|until|till|from|by|of|year|years|around|circa|about|before|after|early|mid|late|"
    r"between|during|c\.|ca\.|anno|AD|and|to|spring|summer|autumn|fall|winter|born|died|founded|dated|"
    r"through|class|copyright|January|February|March|April|May|June|July|August|September|October|"
    r"November|December),?[ -]|[(©][ ]?|, )$",
    re.IGNORECASE,
)

_YEAR_BEHIND: Final = re.compile(r" ?(?:AD|CE|BC|BCE|A\.D\.|B\.C\.|C\.E\.|B\.C\.E\.)(?!\w)")

_COUNTED: Final = re.compile(
    r" (?:[a-z]+ly )?(?!is\b|was\b|has\b|does\b|as\b|its\b|this\b|his\b|us\b|plus\b|always\b|afterwards\b|besides\b|perhaps\b)"
    r"(?:[a-z]{3,}[^s\W]s|people|men|women|children|feet|of the|times|per)\b"
)  # fmt: skip

_SURE_YEAR: Final = re.compile(r"\b(?:in|since|year|circa|until|during|born|founded|of)[ ]$", re.I)


def _year(found: re.Match[str], language: Language) -> str | None:
    """Four digits, which are a year unless something is counted with them."""
    text, value = found.string, int(found.group())
    before = _YEAR_BEFORE.search(text[max(0, found.start() - 14) : found.start()])
    behind = _YEAR_BEHIND.match(text, found.end())
    if behind is not None:
        return language.year(value)
    sure = _SURE_YEAR.search(text[max(0, found.start() - 10) : found.start()])
    if _COUNTED.match(text, found.end()) and not (sure and 1_500 < value < 2_100):
        return None
    if 1_000 <= value < 1_100 or (value >= 2_030 and value < 2_100 and not before):
        return language.year(value) if before else None
    return language.year(value) if 1_100 <= value < 2_100 else None


def _era_year(found: re.Match[str], language: Language) -> str:
    era = re.sub(r"\W", "", found["era"])
    value = int(found["value"])
    said = language.year(value)
    if 100 < value < 1_000 and value % 100:
        oh = "oh " if value % 100 < 10 else ""
        said = f"{language.cardinal(value // 100)} {oh}{language.cardinal(value % 100)}"
    return f"{said} {spell(era)}"


def _days(found: re.Match[str], language: Language) -> str:
    first, last = (
        _DAYS[re.sub(r"\W", "", part).lower()] for part in re.split("[-–—]", found.group())
    )
    return f"{first} to {last}"


def _day(found: re.Match[str], language: Language) -> str:
    return _DAYS[found["day"].lower()]


def _months(found: re.Match[str], language: Language) -> str:
    first, last = (_FULL[_month(part.strip()) - 1] for part in re.split("[-–—]", found.group()))
    return f"{first} to {last}"


_YEAR: Final = r"(?:1\d|2[01])\d\d(?![\d:]|[.,]\d|-\d)"

_ORD: Final = r"(?:st|nd|rd|th)?"

KINDS: Final = (
    Kind(
        "days",
        re.compile(
            rf"(?:(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\.?){_DASH}(?:(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\.?)(?!\w)"
        ),
        _days,
    ),
    Kind(
        "day",
        re.compile(
            rf"(?P<day>Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\.?(?=,? (?:{_MONTH} \d|\d|at \d))"
        ),
        _day,
    ),
    Kind(
        "month_day",
        re.compile(
            rf"(?P<month>{_MONTH})[ ](?P<day>\d{{1,2}}){_ORD}(?:{_DASH}(?P<last>\d{{1,2}}){_ORD})?(?!\w|[:%]|[.,]\d)"
            rf"(?:,?[ ](?P<year>{_YEAR})(?!\w))?"
        ),
        _named_date,
    ),
    Kind(
        "day_month",
        re.compile(
            rf"(?P<day>\d{{1,2}}){_ORD}(?:{_DASH}(?P<last>\d{{1,2}}){_ORD})?[ ](?:of )?(?P<month>{_MONTH})(?![\w-])"
            rf"(?:,?[ ](?P<year>{_YEAR})(?!\w))?"
        ),
        _day_month,
    ),
    Kind("month_year", re.compile(rf"(?P<month>{_MONTH})[ ](?P<year>{_YEAR})(?!\w)"), _month_year),
    Kind("months", re.compile(rf"{_MONTH}{_DASH}{_MONTH}(?![\w])"), _months),
    Kind(
        "time_range",
        re.compile(
            rf"(?P<hour>\d{{1,2}})(?:[:.](?P<minute>[0-5]\d))?(?:[ ]?(?P<first_half>[aApP]\.?[mM]\b\.?))?{_DASH}"
            r"(?P<last>\d{1,2})(?:[:.](?P<last_minute>[0-5]\d))?(?:[ ]?(?P<half>[aApP]\.?[mM]\b\.?))?(?![\w:])"
        ),
        _time_range,
    ),
    Kind(
        "time",
        re.compile(
            r"(?P<hour>\d{1,2})(?:[:.](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?)?[ ]?(?P<half>[aApP])\.?[ ]?[mM](?:\.(?!\w)|(?!\w))"
        ),
        _time,
    ),
    Kind(
        "decade",
        re.compile(
            r"(?P<value>(?:1\d|20)\d0)'?s(?P<tail>[-–](?P<last>(?:(?:1\d|20)\d|\d)0)'?s)?(?!\w)"
        ),
        _decade,
    ),
    Kind("short_decade", re.compile(r"(?P<mark>')?(?P<value>\d0)'?s(?!\w)"), _short_decade),
    Kind(
        "class_year",
        re.compile(r"'\d\d(?!\w|')"),
        lambda found, language: (
            language.cardinal(int(found.group()[1:]))
            if found.group()[1] != "0"
            else f"oh {language.cardinal(int(found.group()[2:]))}"
        ),
    ),
    Kind(
        "era",
        re.compile(r"(?P<value>\d{1,4})[ ]?(?P<era>AD|CE|BCE?|A\.D\.|B\.C\.(?:E\.)?|C\.E\.)(?!\w)"),
        _era_year,
    ),
    Kind(
        "year",
        re.compile(r"(?:1\d|20)\d\d(?![\w%°$€£/:]|[.,]\d|[-–—][\d]|[ ]?[-–][ ]?\d|[ ]\d{3}(?!\d))"),
        _year,
    ),
)
