"""English, American and British."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import Final

from studio.text.tables import en_calendar, en_kinds
from studio.text.wording.counting import number_words
from studio.text.wording.language import Cutting, Language, Money
from studio.text.wording.word_sets import word_set

_SCALES: Final = {
    "thousand": ("thousand",) * 2, "million": ("million",) * 2, "billion": ("billion",) * 2,
    "trillion": ("trillion",) * 2, "hundred": ("hundred",) * 2, "k": ("thousand",) * 2,
    "K": ("thousand",) * 2, "m": ("million",) * 2, "M": ("million",) * 2, "mn": ("million",) * 2,
    "b": ("billion",) * 2, "B": ("billion",) * 2, "bn": ("billion",) * 2, "tn": ("trillion",) * 2,
    "mil": ("million",) * 2,
}  # fmt: skip
_DOLLAR: Final = Money("dollar", "dollars", "cent", "cents")
CURRENCIES: Final = {
    "$": _DOLLAR, "€": Money("euro", "euros", "cent", "cents"),
    "£": Money("pound", "pounds", "penny", "pence"), "¥": Money("yen", "yen"),
    "CN¥": Money("yuan", "yuan"), "₹": Money("rupee", "rupees", "paisa", "paise"),
    "₩": Money("won", "won"), "₽": Money("ruble", "rubles"), "₺": Money("lira", "lira"),
    "₿": Money("bitcoin", "bitcoins"), "¢": Money("cent", "cents"), "₪": Money("shekel", "shekels"),
    "₫": Money("dong", "dong"), "₱": Money("peso", "pesos"), "₦": Money("naira", "naira"),
    "₴": Money("hryvnia", "hryvnias"), "฿": Money("baht", "baht"),
    "CHF": Money("Swiss franc", "Swiss francs", "centime", "centimes"),
    "C$": Money("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "A$": Money("Australian dollar", "Australian dollars", "cent", "cents"),
    "NZ$": Money("New Zealand dollar", "New Zealand dollars", "cent", "cents"),
    "HK$": Money("Hong Kong dollar", "Hong Kong dollars", "cent", "cents"),
    "S$": Money("Singapore dollar", "Singapore dollars", "cent", "cents"),
    "MX$": Money("Mexican peso", "Mexican pesos", "centavo", "centavos"),
    "R$": Money("real", "reais", "centavo", "centavos"), "SEK": Money("Swedish krona", "Swedish kronor"),
    "NOK": Money("Norwegian krone", "Norwegian kroner"),
    "DKK": Money("Danish krone", "Danish kroner"), "zł": Money("zloty", "zlotys"),
}  # fmt: skip


def _same(word: str) -> tuple[str, str]:
    return word, word


def _plural(word: str) -> tuple[str, str]:
    return word, f"{word}s"


UNITS: Final = {
    "mm": _plural("millimeter"), "cm": _plural("centimeter"), "dm": _plural("decimeter"),
    "m": _plural("meter"), "km": _plural("kilometer"), "nm": _plural("nanometer"),
    "µm": _plural("micrometer"), "μm": _plural("micrometer"), "in.": ("inch", "inches"),
    "ft": ("foot", "feet"), "ft.": ("foot", "feet"), "yd": _plural("yard"), "yds": _plural("yard"),
    "mi": _plural("mile"), "mi.": _plural("mile"), "m²": _plural("square meter"),
    "km²": _plural("square kilometer"), "cm²": _plural("square centimeter"),
    "m³": _plural("cubic meter"), "cm³": _plural("cubic centimeter"), "cc": _plural("cubic centimeter"),
    "sq ft": ("square foot", "square feet"), "sq. ft.": ("square foot", "square feet"),
    "sq mi": _plural("square mile"), "sq m": _plural("square meter"), "ft²": ("square foot", "square feet"),
    "ha": _plural("hectare"), "mg": _plural("milligram"), "g": _plural("gram"),
    "kg": _plural("kilogram"), "µg": _plural("microgram"), "mcg": _plural("microgram"),
    "t": _plural("ton"), "lb": _plural("pound"), "lb.": _plural("pound"), "lbs": _plural("pound"), "lbs.": _plural("pound"),
    "oz": _plural("ounce"), "oz.": _plural("ounce"), "ml": _plural("milliliter"), "mL": _plural("milliliter"),
    "cl": _plural("centiliter"), "dl": _plural("deciliter"), "l": _plural("liter"), "L": _plural("liter"),
    "gal": _plural("gallon"), "tsp": _plural("teaspoon"), "tbsp": _plural("tablespoon"),
    "ms": _plural("millisecond"), "ns": _plural("nanosecond"), "µs": _plural("microsecond"),
    "s": _plural("second"), "sec": _plural("second"), "sec.": _plural("second"), "secs": _plural("second"),
    "min": _plural("minute"), "min.": _plural("minute"), "mins": _plural("minute"), "h": _plural("hour"),
    "hr": _plural("hour"), "hr.": _plural("hour"), "hrs": _plural("hour"), "hrs.": _plural("hour"),
    "yr": _plural("year"), "yrs": _plural("year"), "mo": _plural("month"), "wk": _plural("week"), "wks": _plural("week"),
    "month": _plural("month"), "year": _plural("year"), "day": _plural("day"), "hour": _plural("hour"),
    "km/h": ("kilometer per hour", "kilometers per hour"), "kph": ("kilometer per hour", "kilometers per hour"),
    "kmh": ("kilometer per hour", "kilometers per hour"), "mph": ("mile per hour", "miles per hour"),
    "m/s": ("meter per second", "meters per second"), "m/s²": ("meter per second squared", "meters per second squared"),
    "rpm": _same("R P M"), "fps": ("frame per second", "frames per second"), "bpm": ("beat per minute", "beats per minute"),
    "mpg": ("mile per gallon", "miles per gallon"), "psi": _same("P S I"),
    "Hz": _same("hertz"), "kHz": _same("kilohertz"), "MHz": _same("megahertz"), "GHz": _same("gigahertz"),
    "B/s": ("byte per second", "bytes per second"), "KB": _plural("kilobyte"), "kB": _plural("kilobyte"), "MB": _plural("megabyte"),
    "GB": _plural("gigabyte"), "TB": _plural("terabyte"), "PB": _plural("petabyte"), "KiB": _plural("kibibyte"),
    "MiB": _plural("mebibyte"), "GiB": _plural("gibibyte"), "kbps": ("kilobit per second", "kilobits per second"),
    "Mbps": ("megabit per second", "megabits per second"), "Gbps": ("gigabit per second", "gigabits per second"),
    "Mbit/s": ("megabit per second", "megabits per second"), "MB/s": ("megabyte per second", "megabytes per second"),
    "GB/s": ("gigabyte per second", "gigabytes per second"), "kbit/s": ("kilobit per second", "kilobits per second"),
    "dB": _plural("decibel"), "W": _plural("watt"), "kW": _plural("kilowatt"), "MW": _plural("megawatt"),
    "GW": _plural("gigawatt"), "kWh": _plural("kilowatt hour"), "MWh": _plural("megawatt hour"), "V": _plural("volt"),
    "kV": _plural("kilovolt"), "mV": _plural("millivolt"), "A": _plural("amp"), "mA": _plural("milliamp"), "mAh": _plural("milliamp hour"),
    "J": _plural("joule"), "kJ": _plural("kilojoule"), "cal": _plural("calorie"), "kcal": _plural("kilocalorie"),
    "Pa": _plural("pascal"), "hPa": _plural("hectopascal"), "kPa": _plural("kilopascal"), "bar": _same("bar"),
    "px": _plural("pixel"), "pt": _plural("point"), "MP": _plural("megapixel"), "ppm": _same("parts per million"),
    "°C": ("degree Celsius", "degrees Celsius"), "° C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "° F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": _plural("degree"), "ºC": ("degree Celsius", "degrees Celsius"), "ºF": ("degree Fahrenheit", "degrees Fahrenheit"), "º": _plural("degree"),
    "C": ("degree Celsius", "degrees Celsius"), "F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "K": _same("kelvin"), "¢": _plural("cent"), "N": _plural("newton"), "Nm": _plural("newton meter"), "hp": _same("horsepower"),
}  # fmt: skip
_WORDS: Final = {
    "point": "point", "minus": "minus", "plus": "plus", "percent": "percent", "permille": "per mille",
    "to": "to", "dot": "dot", "slash": "slash", "dash": "dash", "underscore": "underscore", "at": "at",
    "colon": "colon", "tilde": "tilde", "hash": "hash", "and": "and", "equals": "equals",
    "backslash": "backslash", "version": "version", "ratio": "to", "power": "to the power of", "per": "per", "over": "over", "by": "by",
    "times": "times", "divided": "divided by", "squared": "squared", "cubed": "cubed", "number": "number",
    "less": "is less than", "greater": "is greater than", "at_most": "is at most", "at_least": "is at least",
    "about": "about", "not_equal": "is not equal to", "plus_minus": "plus or minus", "section": "section",
    "degrees": "degrees", "infinity": "infinity", "pi": "pi", "root": "the square root of", "dollars": "dollars",
    "euros": "euros", "pounds": "pounds", "micro": "micro", "cents": "cents",
}  # fmt: skip
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
ABBREVIATIONS: Final = {
    "mr.": "mister", "mrs.": "missus", "ms.": "miz", "messrs.": "messieurs", "dr.": "doctor", "drs.": "doctors",
    "prof.": "professor", "rev.": "reverend", "hon.": "honorable", "gen.": "general", "gov.": "governor",
    "sen.": "senator", "rep.": "representative", "capt.": "captain", "lt.": "lieutenant", "col.": "colonel",
    "sgt.": "sergeant", "cpl.": "corporal", "maj.": "major", "adm.": "admiral", "cmdr.": "commander",
    "pres.": "president", "supt.": "superintendent", "fr.": "father", "msgr.": "monsignor", "atty.": "attorney",
    "mt.": "mount", "ft.": "fort", "jr.": "junior", "sr.": "senior", "esq.": "esquire",
    "e.g.": "for example", "eg.": "for example", "e. g.": "for example", "i.e.": "that is", "ie.": "that is",
    "i. e.": "that is", "etc.": "et cetera", "etc": "et cetera", "et al.": "et al", "vs.": "versus", "vs": "versus", "cf.": "compare",
    "viz.": "namely", "a.k.a.": "also known as", "aka": "also known as", "approx.": "approximately",
    "ca.": "circa", "est.": "established", "incl.": "including", "excl.": "excluding", "max.": "maximum",
    "min.": "minimum", "avg.": "average", "misc.": "miscellaneous", "temp.": "temperature", "dept.": "department",
    "govt.": "government", "univ.": "university", "assn.": "association", "assoc.": "associates", "inc.": "incorporated",
    "ltd.": "limited", "corp.": "corporation", "co.": "company", "bros.": "brothers", "intl.": "international",
    "natl.": "national", "mfg.": "manufacturing", "ave.": "avenue", "blvd.": "boulevard", "rd.": "road",
    "ln.": "lane", "hwy.": "highway", "pkwy.": "parkway", "sq.": "square", "apt.": "apartment", "bldg.": "building",
    "ste.": "suite", "ph.d.": "P H D", "ph.d": "P H D", "phd": "P H D", "p.s.": "P S",
    "ww1": "World War one", "ww2": "World War two", "tl;dr": "T L D R", "w/o": "without", "w/": "with", "c/o": "care of", "n/a": "not applicable", "b/c": "because",
    "ext.": "extension", "min": "minute", "tel.": "telephone", "tues.": "Tuesday", "wed.": "Wednesday",
    "thu.": "Thursday", "thur.": "Thursday", "thurs.": "Thursday", "mon.": "Monday", "tue.": "Tuesday",
    "fri.": "Friday", "sat.": "Saturday", "jan.": "January", "feb.": "February", "mar.": "March",
    "apr.": "April", "jun.": "June", "jul.": "July", "aug.": "August", "sep.": "September",
    "sept.": "September", "oct.": "October", "nov.": "November", "dec.": "December",
}  # fmt: skip
for _not_alone in ("min", "ft."):
    ABBREVIATIONS.pop(_not_alone)

_NEVER: Final = word_set(
    """
    mr mrs ms messrs dr drs prof rev hon gen gov sen rep capt lt sgt cpl maj adm cmdr pres
    supt fr msgr atty mt e.g eg i.e ie vs cf viz approx ca incl excl
    """
)
_SELDOM: Final = word_set(
    """
    etc a.m p.m am pm inc ltd co corp bros jr sr esq al st ave blvd rd ln hwy pkwy sq apt bldg
    ste dept govt univ assn assoc a.k.a ph.d p.s u.s u.k d.c est avg max min misc temp ft mi
    lb lbs oz hr hrs sec yr yrs col ext tel jan feb mar apr jun jul aug sep sept oct nov dec
    mon tue tues wed thu thur thurs fri sat sun
    """
)
_COUNTING: Final = word_set(
    """
    no nos fig figs p pp vol vols ch sec art par eq ref nr op
    """
)
_STARTERS: Final = word_set(
    """
    the a an he she it they we you i his her its their our your my this that these those there
    here who what when where why how which if in on at by for from with without as to of and
    but or so yet nor because although though while after before since until then now however
    therefore meanwhile moreover also still even just only not no yes is are was were do does
    did can could will would should may might must have has had let please maybe perhaps today
    tomorrow yesterday once every each all some most many few both everyone everybody
    everything nobody nothing someone something anyone another one two three thank thanks well
    ok okay oh let's it's that's there's he's she's they're we're you're i'm i've i'll don't
    """
)


def _cardinal(value: int, *, british: bool) -> str:
    words = number_words(value, "en").replace(",", "")
    return words if british else words.replace(" and ", " ")


def _ordinal(value: int, *, british: bool) -> str:
    words = number_words(value, "en", "ordinal").replace(",", "")
    return words if british else words.replace(" and ", " ")


def _year(value: int, *, british: bool) -> str:
    """1905 is "nineteen oh five", 2026 "twenty twenty-six", 1083 "ten eighty-three"."""
    century, rest = divmod(value, 100)
    if value < 1000 or value > 2_999 or 0 <= value % 1000 < 10 or (century == 20 and rest < 10):
        return _cardinal(value, british=british)
    if not rest:
        return f"{_cardinal(century, british=british)} hundred"
    oh = "oh " if rest < 10 else ""
    return f"{_cardinal(century, british=british)} {oh}{_cardinal(rest, british=british)}"


def _date(day: int, month: int, year: int | None, *, british: bool) -> str:
    ordinal = _ordinal(day, british=british)
    said = f"{_MONTHS[month - 1]} {ordinal}"
    if british:
        said = f"the {ordinal} of {_MONTHS[month - 1]}"
    return said if year is None else f"{said}, {_year(year, british=british)}"


def _clock(hour: int, minute: int, second: int | None, *, british: bool) -> str:
    say = partial(_cardinal, british=british)
    if minute:
        said = f"{say(hour)} {'oh ' if minute < 10 else ''}{say(minute)}"
    elif second is None and hour in (0, 24):
        said = "midnight"
    elif second is None:
        said = f"{say(hour)} hundred" if hour > 12 else f"{say(hour)} o'clock"
    else:
        said = say(hour)
    return said if second is None else f"{said} and {say(second)} second{'s' * (second != 1)}"


def _amount(whole: int | None, cents: int, money: Money, *, british: bool) -> str:
    british = british or money.cents == "pence"  # "two hundred and ten pounds" everywhere
    small = f"{_cardinal(cents, british=british)} {money.cent if cents == 1 else money.cents}"
    if not whole and cents:
        return small
    said = f"{_cardinal(whole or 0, british=british)} {money.one if whole == 1 else money.many}"
    return f"{said} and {small}" if cents else said


def _fraction(upper: int, lower: int, *, british: bool) -> str | None:
    if lower == 2:
        one, many = "half", "halves"
    elif lower == 4:
        one, many = "quarter", "quarters"
    elif lower <= 20 or lower in (32, 64, 100):
        one = _ordinal(lower, british=british)
        many = f"{one}s"
    else:
        return None
    return f"{_cardinal(upper, british=british)} {one if upper == 1 else many}"


@lru_cache(maxsize=2)
def language(code: str) -> Language:
    """English; dates and numbers are British with a ``code`` of "en-gb" and its like."""
    british = code in ("en-gb", "en-uk", "en-ie", "en-au", "en-nz", "en-za", "en-in")
    cardinal = partial(_cardinal, british=british)
    ordinal = partial(_ordinal, british=british)
    return Language(
        code="en-gb" if british else "en",
        decimal=".",
        grouping=",",
        cardinal=cardinal,
        ordinal=ordinal,
        year=partial(_year, british=british),
        words=_WORDS,
        date=partial(_date, british=british),
        clock=partial(_clock, british=british),
        amount=partial(_amount, british=british),
        fraction=partial(_fraction, british=british),
        currencies=CURRENCIES,
        scales=_SCALES,
        units=_british(UNITS) if british else UNITS,
        abbreviations=ABBREVIATIONS,
        cutting=Cutting(_NEVER, _SELDOM, _COUNTING, _STARTERS),
        day_first=british,
        kinds=(*en_calendar.KINDS, *en_kinds.KINDS),
        letter_kinds=en_kinds.LETTER_KINDS,
    )


def _british(units: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    def spelt(name: str) -> str:
        return re.sub(r"(?<=met)er\b|(?<=met)er(?=s\b)|(?<=lit)er(?=s?\b)", "re", name)

    return {unit: (spelt(one), spelt(many)) for unit, (one, many) in units.items()}
