"""Money, measures, ranges, fractions and plain numbers."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from studio.text.wording.calendar import date_words
from studio.text.wording.language import Kind, Language, Money
from studio.text.wording.nearby import text_ahead, text_behind
from studio.text.wording.numbers import MAX_DIGITS, counted, parted, pattern_of, spoken_number
from studio.text.wording.word_sets import word_set

_DASH: Final = r"[ ]?[-–—−][ ]?"
_CODES: Final = {
    "USD": "$", "US$": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "RMB": "CN¥",
    "INR": "₹", "CHF": "CHF", "CAD": "C$", "CA$": "C$", "AUD": "A$", "AU$": "A$", "NZD": "NZ$",
    "BRL": "R$", "MXN": "MX$", "Rs.": "₹", "Rs": "₹", "KRW": "₩", "RUB": "₽", "SEK": "SEK",
    "NOK": "NOK", "DKK": "DKK", "PLN": "zł", "TRY": "₺",
}  # fmt: skip
FRACTIONS: Final = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5),
    "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8),
    "⅝": (5, 8), "⅞": (7, 8), "⅑": (1, 9), "⅒": (1, 10),
}  # fmt: skip
FRACTION_SIGNS: Final = "".join(FRACTIONS)
_NEGATIVE: Final = r"(?P<sign>(?<![\w)])[-−])?"


def currency(written: str, language: Language) -> Money | None:
    """The currency that a sign or a code stands for."""
    return language.currencies.get(_CODES.get(written, written))


def _alternatives(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def money_words(
    written: str, scale: str, sign: str, language: Language, *, attributive: bool = False
) -> str | None:
    """An amount of money; ``scale`` is "million", "k", or ""."""
    money = currency(sign, language)
    if money is None:
        return None
    if scale:
        names = language.scales.get(scale) or language.scales[scale.lower()]
        name = money.one if attributive else money.many
        of = language.words.get("of_money")
        joined = f"{of} " if of and names[1][-2:] not in ("il", "le", "la") else ""
        return f"{counted(written, names, language)} {joined}{name}"
    whole, fraction = parted(written, language)
    if len(fraction) == 2 and money.cent:
        said_whole = int(whole) if whole else 0
        return language.amount(said_whole, int(fraction), money)
    if fraction:
        return f"{spoken_number(written, language)} {money.many}"
    if attributive or len(whole) > MAX_DIGITS or (len(whole) > 1 and whole[0] == "0"):
        return counted(written, (money.one, money.one if attributive else money.many), language)
    return language.amount(int(whole), 0, money)


def _money(found: re.Match[str], language: Language, *, behind: bool) -> str | None:
    sign = found["currency"]
    minus = f"{language.words['minus']} " if found["sign"] else ""
    attributive = language.code.startswith("en") and not behind and _is_attributive(found)
    said = money_words(
        found["number"], found["scale"] or "", sign, language, attributive=attributive
    )
    if said is None:
        return None
    return f"{minus}{said}{_per(found['per'], language)}"


def _per(written: str | None, language: Language) -> str:
    if not written:
        return ""
    unit = written.strip("/. ")
    known = language.units.get(unit)
    return f" {language.words['per']} {known[0] if known else unit}"


_EACH: Final = word_set("person night head piece item visit week day hour month year page child")


def _number_per(found: re.Match[str], language: Language) -> str | None:
    unit = found["per"]
    if unit not in language.units and unit not in _EACH:
        return None
    return f"{spoken_number(found['number'], language)}{_per(unit, language)}"


def _money_range(found: re.Match[str], language: Language) -> str | None:
    money = currency(found["currency"], language)
    if money is None or (found["again"] and currency(found["again"], language) is not money):
        return None
    to = language.words["to"]
    first, last = found["first"], found["last"]
    has_cents = any(len(parted(one, language)[1]) == 2 for one in (first, last))
    scale = found["scale"] or ""
    if has_cents or found["first_scale"]:
        upper = money_words(last, scale, found["currency"], language)
        lower = money_words(first, found["first_scale"] or "", found["currency"], language)
        return f"{lower} {to} {upper}"
    upper = money_words(last, scale, found["currency"], language)
    return f"{spoken_number(first, language)} {to} {upper}"


_NO_NOUN: Final = word_set(
    """
    that which who of from to in on at by for with and or but is was are were be been has had
    have will would can could than as if so then when while after before until per each a an
    the this these those it they we you he she i my your his her our their not left remaining
    away long wide tall high deep thick older younger old later ago more less apart above
    below under over into off out up down back there here now today tomorrow yesterday around
    about
    """
)
_DETERMINER: Final = re.compile(
    r"\b(a|an|one|every|each|another|the|this|that|his|her|my|our|its|their|your|\w+'s)\s$", re.I
)
_PRICED: Final = word_set(
    """
    bill bills note notes coin coins ticket tickets fee fees fine check cheque gift deal
    budget loan bet discount voucher prize
    """
)


def _is_attributive(found: re.Match[str]) -> bool:
    """Whether what is measured follows, as in "a 6 m wall", so that the unit stays singular."""
    text = found.string
    behind = re.match(
        r"-([a-z]+)|(?: \([^()]{1,12}\))? ([a-z]+)", text[found.end() : found.end() + 40]
    )
    ahead = text[max(0, found.start() - 30) : found.start()]
    inside = re.match(r"\) ([a-z]+)", text[found.end() : found.end() + 30])
    if ahead.endswith("(") and inside and inside[1] not in _NO_NOUN:
        ahead, behind = re.sub(r"[\d.,]+ ?[^\d\s(]{1,6} \($", "", ahead), inside
    if behind is None:
        return False
    noun = behind[1] or (behind[2] if behind.re.groups > 1 else "") or ""
    if behind.group().startswith("-"):
        return True
    if found.string[found.start()] in "$€£" and noun in _PRICED:
        return True
    before = _DETERMINER.search(ahead)
    return before is not None and noun not in _NO_NOUN


def _measure(found: re.Match[str], language: Language) -> str | None:
    unit = found["unit"]
    names = language.units.get(unit)
    if names is None:
        return None
    if len(unit) == 1 and not _is_unit_letter(found, unit):
        return None
    minus = f"{language.words['minus']} " if found["sign"] else ""
    if language.code.startswith("en") and names[0] != names[1] and _is_attributive(found):
        return f"{minus}{spoken_number(found['number'], language)} {names[0]}"
    first = found["first"]
    said = counted(found["number"], names, language)
    if first:
        said = f"{spoken_number(first, language)} {language.words['to']} {said}"
    return f"{minus}{said}"


def _is_unit_letter(found: re.Match[str], unit: str) -> bool:
    """Whether one letter behind a number is a unit, and not a part of a name: "Section 12 C"."""
    is_apart = found.string[found.end("number")] == " "
    if unit in "CF":
        ahead = found.string[max(0, found.start() - 16) : found.start()]
        return is_apart and not re.search(r"(?:[A-Z][a-z]+|#|no\.) $", ahead)
    if unit in "KAVWJNLT":
        return is_apart or unit in "VWL"
    return True


def _percent_range(found: re.Match[str], language: Language) -> str:
    first, last = found["first"], found["last"]
    sign = language.words["permille" if "‰" in found.group() else "percent"]
    lower = spoken_number(first, language)
    if found["first_sign"]:
        lower += f" {sign}"
    return f"{lower} {language.words['to']} {spoken_number(last, language)} {sign}"


def _percent(found: re.Match[str], language: Language) -> str:
    sign = language.words["permille" if "‰" in found.group() else "percent"]
    minus = f"{language.words['minus']} " if found["sign"] else ""
    number = spoken_number(found["number"], language)
    said = f"{sign}{number}" if language.words.get("percent_first") else f"{number} {sign}"
    return f"{minus}{said}"


def _mixed(found: re.Match[str], language: Language) -> str | None:
    whole = found["whole"]
    if found["drawn"]:
        upper, lower = FRACTIONS[found["drawn"]]
    else:
        upper, lower = int(found["upper"]), int(found["lower"])
        if not 0 < upper < lower:
            return None
    said = language.fraction(upper, lower)
    if said is None:
        return None
    if whole is None:
        return said
    joined = language.words["and"]
    one_half = said
    if language.code.startswith("en") and upper == 1:
        one_half = re.sub(r"^one ", "an " if lower in (8, 11, 18) else "a ", said)
    return f"{language.cardinal(int(whole))} {joined} {one_half}"


def _fraction(found: re.Match[str], language: Language) -> str | None:
    upper, lower = int(found["upper"]), int(found["lower"])
    if (upper, lower) in ((24, 7), (9, 11)) or upper == lower:
        return f"{language.cardinal(upper)} {language.cardinal(lower)}"
    date = _day_of_year(found, upper, lower, language)
    if date is not None:
        return date
    said = language.fraction(upper, lower) if 0 < upper < lower else None
    if said is not None:
        return said
    return f"{language.cardinal(upper)} {language.words['over']} {language.cardinal(lower)}"


_ON_A_DAY: Final = re.compile(
    r"\b(?:on|by|due|until|till|since|before|after|from|through|el|le|il|am|vom|bis|em) $", re.I
)
_FRACTIONED: Final = frozenset([16, 20, 32, 64, 100])


def _day_of_year(found: re.Match[str], first: int, second: int, language: Language) -> str | None:
    """3/14 as a day, where it is said to be one or nobody would say it as a fraction."""
    is_odd = 12 < second <= 31 and second not in _FRACTIONED
    if not (_ON_A_DAY.search(text_ahead(found)) or (is_odd and not language.day_first)):
        return None
    day, month = (first, second) if language.day_first else (second, first)
    return date_words(day, month, None, language)


def _of_total(found: re.Match[str], language: Language) -> str:
    over = language.words["over"]
    first, last = found.group().split("/")
    return f"{spoken_number(first, language)} {over} {spoken_number(last, language)}"


def _range(found: re.Match[str], language: Language) -> str | None:
    first, last = found["first"], found["last"]
    is_spaced = " " in found["dash"]
    one, other = (int(parted(part, language)[0] or 0) for part in (first, last))
    if is_spaced and "-" in found["dash"] and not (len(first) == len(last) == 4) and one >= other:
        minus = language.words["minus"]
        return f"{spoken_number(first, language)} {minus} {spoken_number(last, language)}"
    say = partial(_in_range, language=language)
    both_years = len(first) == 4 and "." not in first and 1_000 <= one <= 2_100
    if both_years and (len(last) == 2 or (len(last) == 4 and one < other <= 2_100)):
        lower = language.year(one)
        upper = language.year(other) if len(last) == 4 else language.cardinal(other)
        if len(last) == 2 and last[0] == "0":
            upper = language.year(one // 100 * 100 + other)
        return f"{lower} {language.words['to']} {upper}"
    return f"{say(first)} {language.words['to']} {say(last)}"


def _in_range(written: str, language: Language) -> str:
    return spoken_number(written, language)


def _dimensions(found: re.Match[str], language: Language) -> str:
    word = language.words["times" if "×" in found.group() else "by"]
    numbers = re.split(r"[ ]?[x×][ ]?", found.group())
    return f" {word} ".join(spoken_number(number, language) for number in numbers)


def _scaled(found: re.Match[str], language: Language) -> str | None:
    """5M people, 1.2B; but not 3M, nor 4B in an address."""
    scale = found["scale"]
    if scale not in language.scales and scale.lower() not in language.scales:
        return None
    is_counting = re.match(r" [a-z]", text_behind(found)) or not found["number"].isdigit()
    if len(scale) == 1 and not is_counting:
        return None
    minus = f"{language.words['minus']} " if found["sign"] else ""
    names = language.scales.get(found["scale"]) or language.scales[found["scale"].lower()]
    return f"{minus}{counted(found['number'], names, language)}"


def _power(found: re.Match[str], language: Language) -> str:
    base = found["base"]
    said = spoken_number(base, language) if base[0].isdigit() else base
    return f"{said} {language.words['squared' if found['power'] == '²' else 'cubed']}"


def _numbered(found: re.Match[str], language: Language) -> str:
    return f"{language.words['number']} {spoken_number(found['number'], language)}"


def _number(found: re.Match[str], language: Language) -> str:
    minus = f"{language.words['minus']} " if found["sign"] else ""
    words = spoken_number(found["number"], language)
    noun = re.match(r" ([^\W\d_]{3,})", found.string[found.end() : found.end() + 24])
    if (
        noun
        and noun[1] not in language.cutting.starters
        and not parted(found["number"], language)[1]
    ):
        words = language.before_noun(words, noun[1])
    return f"{minus}{words}"


def kinds(language: Language) -> tuple[Kind, ...]:
    """The kinds of amounts in ``language``."""
    number = pattern_of(language)
    signs = _alternatives([*language.currencies, *_CODES])
    units = _alternatives(list(language.units))
    long_scales = _alternatives([scale for scale in language.scales if len(scale) > 2])
    short_scales = _alternatives([scale for scale in language.scales if len(scale) <= 2])
    per_unit = r"(?P<per>[ ]?/[ ]?[a-zA-Zéµ²³]{1,10}(?![\w/])(?:\.(?=[,;)]))?)?"

    def one(name: str, source: str, say: object) -> Kind:
        return Kind(name, re.compile(source), say)  # type: ignore[arg-type]

    scales = rf"(?:[ ]?(?P<scale>{long_scales}|{short_scales})(?!\w))?"
    found = [
        one(
            "money_range",
            rf"(?P<currency>{signs})[ ]?(?P<first>{number})"
            rf"(?P<first_scale>(?:{short_scales})(?!\w))?"
            rf"{_DASH}(?P<again>{signs})?[ ]?(?P<last>{number}){scales}(?![\w/%])",
            _money_range,
        ),
        one(
            "range_of_money",
            rf"(?P<first>{number})(?P<first_scale>(?!))?{_DASH}(?P<last>{number}){scales}"
            rf"[ ]?(?P<currency>{signs})(?P<again>(?!))?(?!\w)",
            _money_range,
        ),
        one(
            "money",
            rf"{_NEGATIVE}(?P<currency>{signs})[ ]?(?P<number>{number}){scales}(?!\w){per_unit}",
            partial(_money, behind=False),
        ),
        one(
            "money_behind",
            rf"{_NEGATIVE}(?P<number>{number}){scales}[ ]?(?P<currency>{signs})(?!\w){per_unit}",
            partial(_money, behind=True),
        ),
        one(
            "percent_range",
            rf"(?P<first>{number})[ ]?(?P<first_sign>[%‰])?{_DASH}(?P<last>{number})[ ]?[%‰]",
            _percent_range,
        ),
        one("percent", rf"{_NEGATIVE}(?P<number>{number})[ ]?[%‰]", _percent),
        one(
            "measure",
            rf"{_NEGATIVE}(?:(?P<first>{number}){_DASH})?(?P<number>{number})(?:[ ]?|-)"
            rf"(?P<unit>{units})(?![\w²³]|/\w)",
            _measure,
        ),
        one(
            "mixed",
            rf"(?:(?P<whole>\d{{1,6}})[ -]?)?(?P<drawn>[{FRACTION_SIGNS}])"
            r"(?P<upper>(?!))?(?P<lower>(?!))?(?!\w)",
            _mixed,
        ),
        one(
            "mixed_slash",
            r"(?P<whole>\d{1,6})[ -](?P<upper>\d{1,2})/(?P<lower>\d{1,2})(?P<drawn>(?!))?"
            r"(?![\w/]|\.\d)",
            _mixed,
        ),
        one("fraction", r"(?P<upper>\d{1,3})/(?P<lower>\d{1,3})(?![\w/]|[.,]\d)", _fraction),
        one("of_total", rf"{number}/{number}(?![\w/]|[.,]\d)", _of_total),
        one(
            "number_per", rf"(?P<number>{number})/(?P<per>[a-zA-Zé]{{1,10}})(?![\w/])", _number_per
        ),
        one("dimensions", rf"{number}(?:[ ]?[x×][ ]?{number}){{1,3}}(?!\w)", _dimensions),
        one("power", r"(?P<base>\d{1,9}|[a-zA-Z]{1,20})(?P<power>[²³])(?!\w)", _power),
        one(
            "range",
            rf"(?P<first>{number})(?P<dash>{_DASH})(?P<last>{number})(?![\w]|[-–]\d|%)",
            _range,
        ),
        one(
            "scaled",
            rf"{_NEGATIVE}(?P<number>{number})(?P<scale>M|B|bn|Mio\.|Mrd\.|mln|mld)(?!\w)",
            _scaled,
        ),
        one("numbered", rf"(?:\#|[Nn]o\.[ ]?|№[ ]?)(?P<number>{number})(?!\w)", _numbered),
        one("number", rf"{_NEGATIVE}(?P<number>{number})(?![^\W_])", _number),
    ]
    return tuple(found)
