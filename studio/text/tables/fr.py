"""French."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from studio.text.tables import european
from studio.text.tables.european import cutting, money, signs, units
from studio.text.wording.calendar import date_words
from studio.text.wording.counting import number_words
from studio.text.wording.language import Kind, Language, Money
from studio.text.wording.word_sets import word_set

_MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip
_WORDS: Final = signs(
    "point = virgule, minus = moins, plus = plus, percent = pour cent, permille = pour mille, to = à, dot = point,"
    "slash = barre oblique, dash = tiret, underscore = tiret bas, at = arobase, colon = deux-points, tilde = tilde,"
    "hash = dièse, and = et, equals = égale, backslash = barre inverse, version = version, ratio = à,"
    "per = par, over = sur, by = par, times = fois, divided = divisé par, squared = au carré,"
    "cubed = au cube, number = numéro, less = est inférieur à, greater = est supérieur à, at_most = au plus,"
    "at_least = au moins, about = environ, not_equal = n'est pas égal à, plus_minus = plus ou moins,"
    "section = paragraphe, degrees = degrés, infinity = infini, pi = pi, root = racine de, dollars = dollars,"
    "euros = euros, pounds = livres, micro = micro, cents = centimes, power = puissance, decimals = number, of_money = de"
)
_UNITS: Final = units(
    "millimètre/millimètres, centimètre/centimètres, mètre/mètres, kilomètre/kilomètres, mètre carré/mètres carrés,"
    "kilomètre carré/kilomètres carrés, mètre cube/mètres cubes, hectare/hectares, milligramme/milligrammes,"
    "gramme/grammes, kilo/kilos, tonne/tonnes, millilitre/millilitres, centilitre/centilitres, litre/litres, litre/litres,"
    "milliseconde/millisecondes, seconde/secondes, minute/minutes, heure/heures,"
    "kilomètre heure/kilomètres heure, mètre par seconde/mètres par seconde, hertz, kilohertz, mégahertz, gigahertz,"
    "kilooctet/kilooctets, kilooctet/kilooctets, mégaoctet/mégaoctets, gigaoctet/gigaoctets, téraoctet/téraoctets,"
    "watt/watts, kilowatt/kilowatts, kilowattheure/kilowattheures, volt/volts, degré Celsius/degrés Celsius,"
    "degré Fahrenheit/degrés Fahrenheit, degré/degrés",
    Mo="mégaoctet/mégaoctets",
    Go="gigaoctet/gigaoctets",
    Ko="kilooctet/kilooctets",
    To="téraoctet/téraoctets",
)
_CURRENCIES: Final = {
    "€": money("euro", "euros", "centime", "centimes"), "$": money("dollar", "dollars", "cent", "cents"),
    "£": money("livre", "livres", "penny", "pence"), "¥": money("yen", "yens"),
    "CHF": money("franc suisse", "francs suisses", "centime", "centimes"), "₽": money("rouble", "roubles"),
    "C$": money("dollar canadien", "dollars canadiens", "cent", "cents"), "₹": money("roupie", "roupies"),
}  # fmt: skip
_ABBREVIATIONS: Final = {
    "m.": "monsieur", "mm.": "messieurs", "mme": "madame", "mmes": "mesdames", "mlle": "mademoiselle", "mlles": "mesdemoiselles",
    "dr": "docteur", "pr": "professeur", "me": "maître", "st": "saint", "ste": "sainte", "etc.": "et cetera", "etc": "et cetera",
    "p. ex.": "par exemple", "p.ex.": "par exemple", "ex.": "exemple", "c.-à-d.": "c'est-à-dire", "cad": "c'est-à-dire",
    "av.": "avenue", "bd": "boulevard", "bd.": "boulevard", "pl.": "place", "n°": "numéro", "nº": "numéro", "tél.": "téléphone",
    "env.": "environ", "max.": "maximum", "min.": "minimum", "cf.": "confer", "vs": "versus", "vs.": "versus",
    "av. j.-c.": "avant Jésus-Christ", "apr. j.-c.": "après Jésus-Christ", "svp": "s'il vous plaît", "rdv": "rendez-vous",
    "janv.": "janvier", "févr.": "février", "avr.": "avril", "juil.": "juillet", "sept.": "septembre", "oct.": "octobre",
    "nov.": "novembre", "déc.": "décembre", "chap.": "chapitre", "vol.": "volume", "fig.": "figure", "art.": "article",
    "r.-v.": "rendez-vous", "p.-s.": "post-scriptum", "cie": "compagnie",
}  # fmt: skip
for _not_alone in ("me", "st", "pr"):
    _ABBREVIATIONS.pop(_not_alone)
_CUTTING: Final = cutting(
    "m mm p.ex ex c.-à-d av bd pl tél env cf vs p",
    "etc max min j.-c r.-v p.-s janv févr avr juil sept oct nov déc",
    "chap vol fig art n pp",
    """le la les un une des il elle ils elles on je tu nous vous ce cet cette ces et ou mais donc or ni car si non oui
    que qui quoi comment quand où pourquoi pour par avec sans dans en de à au aux du sur sous son sa ses mon ma mes
    ton ta tes leur leurs notre nos votre vos c'est il y est sont était aujourd'hui demain hier puis ensuite alors
    aussi même bien très plus tout tous chaque personne rien quelqu'un merci bonjour voilà voici après avant""",
)


def _cardinal(value: int) -> str:
    return number_words(value, "fr")


def _ordinal(value: int) -> str:
    return "premier" if value == 1 else number_words(value, "fr", "ordinal")


def _date(day: int, month: int, year: int | None) -> str:
    said = f"{'premier' if day == 1 else _cardinal(day)} {_MONTHS[month - 1]}"
    return said if year is None else f"{said} {_cardinal(year)}"


def _feminine(said: str) -> str:
    return re.sub(r"\bun$", "une", said)


def _clock(hour: int, minute: int, second: int | None) -> str:
    said = f"{_feminine(_cardinal(hour))} {'heure' if hour < 2 else 'heures'}"
    said += f" {_feminine(_cardinal(minute)) if minute else ''}"
    if second is not None:
        said += f" {'minutes ' if minute else ''}et {_feminine(_cardinal(second))} secondes"
    return said.strip()


def _amount(whole: int | None, cents: int, of: Money) -> str:
    if not whole and cents:
        return f"{_cardinal(cents)} {of.cent if cents == 1 else of.cents}"
    joined = (
        " d'"
        if re.search(r"milli(?:on|ard)s?$", _cardinal(whole or 0)) and of.many[0] in "aeiou"
        else " "
    )
    said = f"{_cardinal(whole or 0)}{joined}{of.one if (whole or 0) < 2 else of.many}"
    return f"{said} {_cardinal(cents)}" if cents else said


def _fraction(upper: int, lower: int) -> str | None:
    names = {2: ("demi", "demis"), 3: ("tiers", "tiers"), 4: ("quart", "quarts")}
    if lower > 20:
        return None
    one, many = names.get(lower, (_ordinal(lower), f"{_ordinal(lower)}s"))
    return f"{_cardinal(upper)} {one if upper == 1 else many}"


def _named_date(found: re.Match[str], language: Language) -> str | None:
    year = int(found["year"]) if found["year"] else None
    return date_words(int(found["day"]), _MONTHS.index(found["month"].lower()) + 1, year, language)


def _hour(found: re.Match[str], _: Language) -> str | None:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    return _clock(hour, minute, None) if hour <= 24 and minute < 60 else None


def _suffixed(found: re.Match[str], language: Language) -> str:
    value, ending = int(found["value"]), found["ending"].lower()
    if value == 1:
        return "première" if ending in ("re", "ère", "ere") else "premier"
    return language.ordinal(value)


def _century(found: re.Match[str], language: Language) -> str:
    return language.ordinal(european.roman_value(found["numeral"]))


_NAMES: Final = (
    "louis charles henri françois philippe jean pie benoît napoléon élisabeth elizabeth guillaume georges édouard "
    "richard jacques léopold albert baudouin clément grégoire léon nicolas catherine pierre alexandre frédéric"
)
_KINDS: Final = (
    Kind(
        "named_date",
        re.compile(rf"(?P<day>\d{{1,2}})(?:er)? (?P<month>{'|'.join(_MONTHS)})(?: (?P<year>\d{{4}}))?(?!\w)", re.I),
        _named_date,
    ),
    Kind("hour", re.compile(r"(?P<hour>\d{1,2})[ ]?h(?:[ ]?(?P<minute>[0-5]\d))?(?!\w|/)"), _hour),
    Kind("suffixed", re.compile(r"(?P<value>\d{1,4})(?P<ending>ers?|res?|ères?|ème?s?|eme?s?|es?|nde?|d)(?!\w)"), _suffixed),
    Kind("century", re.compile(r"(?P<numeral>[IVX]{1,6})(?:ème|eme|e|er)(?!\w)"), _century),
    european.roman_kind(
        "siècle chapitre tome volume partie acte scène livre phase article titre guerre mondiale type niveau annexe section",
        _NAMES,
        lambda value: "premier" if value == 1 else _cardinal(value),
        2,
    ),
)  # fmt: skip


@lru_cache(maxsize=4)
def language(code: str) -> Language:
    """French, the same for every country."""
    del code
    return Language(
        code="fr",
        decimal=",",
        grouping=" .'",
        cardinal=_cardinal,
        ordinal=_ordinal,
        year=_cardinal,
        words=_WORDS,
        date=_date,
        clock=_clock,
        amount=_amount,
        fraction=_fraction,
        currencies=_CURRENCIES,
        scales={
            "mille": ("mille", "mille"),
            "million": ("million", "millions"),
            "millions": ("million", "millions"),
            "milliard": ("milliard", "milliards"),
            "milliards": ("milliard", "milliards"),
            "M": ("million", "millions"),
            "Md": ("milliard", "milliards"),
            "k": ("mille", "mille"),
        },
        units=_UNITS,
        abbreviations=_ABBREVIATIONS,
        cutting=_CUTTING,
        kinds=_KINDS,
        letter_kinds=(
            european.capitals_kind(
                word_set("onu otan ong ovni sida smic unesco nasa fifa uefa insee inserm fnac")
            ),
        ),
    )
