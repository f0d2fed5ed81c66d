"""How English is said: dates, times, money, units, numbers, abbreviations and symbols.

``PATTERN`` finds them (verbose, multiline); ``READERS`` has, by group name, who puts one into
words. A reader returns None for what only looks like one: 45/99/2020 is no date.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from studio.engines.parametric import numerals

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTH: Final = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_CURRENCIES: Final = {
    "$": ("dollar", "dollars", "cents"),
    "€": ("euro", "euros", "cents"),
    "£": ("pound", "pounds", "pence"),
    "¥": ("yen", "yen", ""),
    "₹": ("rupee", "rupees", "paise"),
}
_SCALES: Final = {
    "k": "thousand", "m": "million", "bn": "billion", "b": "billion", "tn": "trillion",
}  # fmt: skip
_UNITS: Final = {
    "%": ("percent", "percent"), "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "°": ("degree", "degrees"),
    "km/h": ("kilometre per hour", "kilometres per hour"),
    "mph": ("mile per hour", "miles per hour"),
    "m/s": ("metre per second", "metres per second"),
    "mm": ("millimetre", "millimetres"), "cm": ("centimetre", "centimetres"),
    "km": ("kilometre", "kilometres"), "m": ("metre", "metres"), "ft": ("foot", "feet"),
    "mg": ("milligram", "milligrams"), "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"),
    "lbs": ("pound", "pounds"), "lb": ("pound", "pounds"), "oz": ("ounce", "ounces"),
    "ml": ("millilitre", "millilitres"), "l": ("litre", "litres"), "L": ("litre", "litres"),
    "ms": ("millisecond", "milliseconds"), "s": ("second", "seconds"),
    "min": ("minute", "minutes"), "h": ("hour", "hours"), "hrs": ("hour", "hours"),
    "kHz": ("kilohertz", "kilohertz"), "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"), "Hz": ("hertz", "hertz"),
    "KB": ("kilobyte", "kilobytes"), "kB": ("kilobyte", "kilobytes"),
    "MB": ("megabyte", "megabytes"), "GB": ("gigabyte", "gigabytes"),
    "TB": ("terabyte", "terabytes"), "dB": ("decibel", "decibels"), "W": ("watt", "watts"),
    "kW": ("kilowatt", "kilowatts"), "kWh": ("kilowatt hour", "kilowatt hours"),
    "V": ("volt", "volts"), "px": ("pixel", "pixels"),
}  # fmt: skip
_ABBREVIATIONS: Final = {
    "mr.": "mister", "mrs.": "missus", "ms.": "miz", "dr.": "doctor", "prof.": "professor",
    "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus",
    "approx.": "approximately", "dept.": "department", "no.": "number", "fig.": "figure",
    "jr.": "junior", "sr.": "senior", "a.m.": "A M", "p.m.": "P M",
}  # fmt: skip
SYMBOLS: Final = {
    "&": " and ", "@": " at ", "+": " plus ", "=": " equals ", "×": " times ", "÷": " divided by ",
    "%": " percent ", "<": " less than ", ">": " greater than ", "≤": " at most ",
    "≥": " at least ", "≈": " about ", "≠": " is not ", "±": " plus or minus ", "°": " degrees ",
    "→": " to ", "½": " one half ", "¼": " one quarter ", "¾": " three quarters ", "µ": " micro ",
    "§": " section ", "#": " ", "$": " dollars ", "€": " euros ", "£": " pounds ",
}  # fmt: skip
_NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d+(?:\.\d+)?"
PATTERN: Final = rf"""
| (?P<iso_date>\b\d{{4}}-\d{{2}}-\d{{2}}\b)
| (?P<slash_date>\b\d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d{{2}})\b)
| (?P<month_day>\b{_MONTH}[ ]\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?[ ](?:1\d|20)\d\d\b)?)
| (?P<day_month>\b\d{{1,2}}(?:st|nd|rd|th)?[ ]{_MONTH}(?!\w)(?:[ ](?:1\d|20)\d\d\b)?)
| (?P<time>\b\d{{1,2}}:[0-5]\d(?::[0-5]\d)?(?:[ ]?[ap]\.?m\b\.?)?)
| (?P<hour>\b\d{{1,2}}[ ]?[ap]\.?m\b\.?)
| (?P<money>[$€£¥₹][ ]?(?:{_NUMBER})(?:[ ]?(?:thousand|million|billion|trillion|bn|tn|[kmbKMB])\b)?)
| (?P<money_after>(?<![\w.])(?:{_NUMBER})[ ]?[$€£¥₹])
| (?P<phone>\+\d{{1,3}}(?:[ -]\d{{2,5}}){{2,5}}|\(\d{{3}}\)[ ]?\d{{3}}[ -]\d{{4}})
| (?P<ordinal>\b\d{{1,9}}(?:st|nd|rd|th)\b)
| (?P<decade>\b(?:1\d|20)\d0s\b)
| (?P<fraction>(?<![\w./])\d{{1,2}}/\d{{1,2}}(?![\w/]))
| (?P<range>(?<![\w.-])\d{{1,4}}[–-]\d{{1,4}}(?![\w-]))
| (?P<measure>(?<![\w.])[-−]?(?:{_NUMBER})[ ]?(?:°C|°F|km/h|m/s|%|°|(?:[a-zA-Z]{{1,3}})\b))
| (?P<number>(?:(?<![\w.])[-−])?(?:{_NUMBER}))
| (?P<abbreviation>\b(?:Mr|Mrs|Ms|Dr|Prof|e\.g|i\.e|etc|vs|approx|dept|Jr|Sr|a\.m|p\.m)\.
    |\b(?:No|Fig)\.(?=[ ]?\d))
| (?P<hash>\#(?=\d))
| (?P<sharp>\b[CFG]\#(?!\w))
| (?P<either>(?<=[A-Za-z])/(?=[A-Za-z]))
"""


def _iso_date(written: str) -> str | None:
    return _date(int(written[:4]), int(written[5:7]), int(written[8:]))


def _slash_date(written: str) -> str | None:
    first, second, last = (int(part) for part in written.split("/"))
    year = last + 2_000 if last < 70 else last + 1_900 if last < 100 else last
    # Month first, as the en-us voice would, unless that cannot be.
    return _date(year, first, second) or _date(year, second, first)


def _date(year: int, month: int, day: int) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1_000 <= year <= 2_999):
        return None
    return f"{_MONTHS[month - 1]} {numerals.ordinal(day)} {numerals.year(year)}"


def _named_date(written: str) -> str | None:
    numbers = [int(found) for found in re.findall(r"\d+", written)]
    short = re.search(r"[A-Za-z]{3,}", written)
    assert short is not None
    month = next(name for name in _MONTHS if name[:3] == short.group()[:3])
    if not 1 <= numbers[0] <= 31:
        return None
    said = f"{month} {numerals.ordinal(numbers[0])}"
    return f"{said} {numerals.year(numbers[1])}" if len(numbers) > 1 else said


def _time(written: str) -> str | None:
    hour, minute, *rest = (int(found) for found in re.findall(r"\d+", written))
    if hour > 24:
        return None
    half = _half_of_day(written)
    if minute:
        said = f"{numerals.number(str(hour))} {'oh ' if minute < 10 else ''}"
        said += numerals.number(str(minute))
    else:
        said = numerals.number(str(hour)) + ("" if half else " o'clock" if hour <= 12 else " hours")
    if rest:
        said += f" and {numerals.number(str(rest[0]))} seconds"
    return said + half


def _hour(written: str) -> str:
    return numerals.number(re.findall(r"\d+", written)[0]) + _half_of_day(written)


def _half_of_day(written: str) -> str:
    found = re.search(r"[ap](?=\.?m)", written)
    return f" {found.group().upper()} M" if found else ""


def _money(written: str) -> str:
    symbol = next(char for char in written if char in _CURRENCIES)
    one, many, small = _CURRENCIES[symbol]
    amount = re.search(_NUMBER, written)
    assert amount is not None
    scale = re.search(r"[a-zA-Z]+", written)
    if scale:
        word = scale.group().lower()
        return f"{numerals.number(amount.group())} {_SCALES.get(word, word)} {many}"
    whole, _, cents = amount.group().partition(".")
    if len(cents) == 2 and small:
        said = f"{numerals.number(whole)} {one if whole == '1' else many}"
        return said if cents == "00" else f"{said} {numerals.number(str(int(cents)))} {small}"
    return f"{numerals.number(amount.group())} {one if amount.group() == '1' else many}"


def _measure(written: str) -> str | None:
    parts = re.fullmatch(rf"([-−]?)((?:{_NUMBER}))[ ]?(\D+)", written)
    if parts is None or parts[3] not in _UNITS:
        return _spelt_number(written)
    one, many = _UNITS[parts[3]]
    minus = "minus " if parts[1] else ""
    return f"{minus}{numerals.number(parts[2])} {one if parts[2] == '1' else many}"


def _spelt_number(written: str) -> str:
    """A number with something after it that is no unit: both as they are."""
    parts = re.match(rf"([-−]?)((?:{_NUMBER}))(.*)", written, re.DOTALL)
    assert parts is not None
    minus = "minus " if parts[1] else ""
    return f"{minus}{_bare_number(parts[2])} {parts[3]}"


def _bare_number(written: str) -> str:
    if re.fullmatch(r"(?:1[1-9]|20)\d\d", written):
        return numerals.year(int(written))
    return numerals.number(written)


def _fraction(written: str) -> str | None:
    upper, lower = (int(part) for part in written.split("/"))
    return numerals.fraction(upper, lower) or " ".join(
        (numerals.number(str(upper)), "over", numerals.number(str(lower)))
    )


def _range(written: str) -> str:
    first, last = re.split(r"[–-]", written)
    return f"{_bare_number(first)} to {_bare_number(last)}"


def _phone(written: str) -> str:
    plus = "plus " if written.startswith("+") else ""
    return plus + ", ".join(numerals.digits(group) for group in re.findall(r"\d+", written))


def _decade(written: str) -> str:
    said = numerals.year(int(written[:-1]))
    return said[:-1] + "ies" if said.endswith("y") else said + "s"


READERS: Final[dict[str, Callable[[str], str | None]]] = {
    "iso_date": _iso_date, "slash_date": _slash_date, "month_day": _named_date,
    "day_month": _named_date, "time": _time, "hour": _hour, "money": _money,
    "money_after": _money, "phone": _phone,
    "ordinal": lambda written: numerals.ordinal(int(written[:-2])), "decade": _decade,
    "fraction": _fraction, "range": _range, "measure": _measure,
    "number": lambda written: _spelt_number(written).strip(),
    "abbreviation": lambda written: _ABBREVIATIONS[written.lower()],
    "hash": lambda _: "number", "sharp": lambda written: f"{written[0]} sharp",
    "either": lambda _: " ",
}  # fmt: skip
