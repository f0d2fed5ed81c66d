"""Italian."""

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
    "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre",
    "ottobre", "novembre", "dicembre",
)  # fmt: skip
_WORDS: Final = signs(
    "point = virgola, minus = meno, plus = più, percent = per cento, permille = per mille, to = a, dot = punto,"
    "slash = barra, dash = trattino, underscore = trattino basso, at = chiocciola, colon = due punti, tilde = tilde,"
    "hash = cancelletto, and = e, equals = uguale a, backslash = barra inversa, version = versione, ratio = a,"
    "per = al, over = su, by = per, times = per, divided = diviso, squared = al quadrato,"
    "cubed = al cubo, number = numero, less = è minore di, greater = è maggiore di, at_most = al massimo,"
    "at_least = almeno, about = circa, not_equal = è diverso da, plus_minus = più o meno,"
    "section = paragrafo, degrees = gradi, infinity = infinito, pi = pi greco, root = radice di, dollars = dollari,"
    "euros = euro, pounds = sterline, micro = micro, cents = centesimi, power = alla, decimals = number, of_money = di"
)
_UNITS: Final = units(
    "millimetro/millimetri, centimetro/centimetri, metro/metri, chilometro/chilometri, metro quadrato/metri quadrati,"
    "chilometro quadrato/chilometri quadrati, metro cubo/metri cubi, ettaro/ettari, milligrammo/milligrammi,"
    "grammo/grammi, chilo/chili, tonnellata/tonnellate, millilitro/millilitri, centilitro/centilitri, litro/litri,"
    "litro/litri, millisecondo/millisecondi, secondo/secondi, minuto/minuti, ora/ore,"
    "chilometro all'ora/chilometri all'ora, metro al secondo/metri al secondo, hertz, chilohertz, megahertz, gigahertz,"
    "kilobyte, kilobyte, megabyte, gigabyte, terabyte, watt, chilowatt, chilowattora, volt,"
    "grado Celsius/gradi Celsius, grado Fahrenheit/gradi Fahrenheit, grado/gradi",
)
_CURRENCIES: Final = {
    "€": money("euro", "euro", "centesimo", "centesimi"), "$": money("dollaro", "dollari", "centesimo", "centesimi"),
    "£": money("sterlina", "sterline", "penny", "pence"), "¥": money("yen", "yen"),
    "CHF": money("franco svizzero", "franchi svizzeri", "centesimo", "centesimi"), "₽": money("rublo", "rubli"),
}  # fmt: skip
_ABBREVIATIONS: Final = {
    "sig.": "signor", "sig.ra": "signora", "sig.na": "signorina", "sigg.": "signori", "dott.": "dottor", "dott.ssa": "dottoressa",
    "dr.": "dottor", "prof.": "professor", "prof.ssa": "professoressa", "ing.": "ingegner", "avv.": "avvocato", "arch.": "architetto",
    "geom.": "geometra", "on.": "onorevole", "gen.": "generale", "col.": "colonnello", "ecc.": "eccetera", "etc.": "eccetera",
    "p. es.": "per esempio", "p.es.": "per esempio", "ad es.": "ad esempio", "es.": "esempio", "pag.": "pagina", "pagg.": "pagine",
    "pp.": "pagine", "n.": "numero", "nr.": "numero", "tel.": "telefono", "v.": "via", "v.le": "viale", "p.zza": "piazza", "c.so": "corso",
    "ca.": "circa", "max.": "massimo", "min.": "minimo", "vs.": "contro", "a.c.": "avanti Cristo", "a. c.": "avanti Cristo",
    "d.c.": "dopo Cristo", "d. c.": "dopo Cristo", "cap.": "capitolo", "vol.": "volume", "fig.": "figura", "art.": "articolo",
    "s.p.a.": "S P A", "s.r.l.": "S R L", "ss.": "santi", "gent.": "gentile", "spett.": "spettabile", "c.a.": "corrente anno",
}  # fmt: skip
for _not_alone in ("v.", "ss."):
    _ABBREVIATIONS.pop(_not_alone)
_CUTTING: Final = cutting(
    "sig sigg dott dr prof ing avv arch geom on gen col p.es es ca vs gent spett",
    "ecc etc a.c d.c s.p.a s.r.l max min tel",
    "pag pagg pp n nr cap vol fig art",
    """il lo la i gli le un uno una egli lui lei loro io tu noi voi e o ma se no sì che chi cosa come quando dove perché
    per con senza in di a al del nel su suo sua mio mia questo questa questi queste quello quella c'è è era sono oggi
    domani ieri poi dopo prima allora anche inoltre però quindi tutto tutti ogni nessuno niente qualcuno molto più già
    qui lì ora grazie ciao""",
)


def _cardinal(value: int) -> str:
    said = number_words(value, "it")
    return re.sub(r"(milion[ei]|miliard[oi]) e ", r"\1 ", said)


def _ordinal(value: int) -> str:
    return number_words(value, "it", "ordinal")


def _before(said: str, noun: str) -> str:
    """Before a noun: "un metro", "una casa", "ventun euro"."""
    return "una" if said == "uno" and noun.endswith("a") else _shortened(said)


def _shortened(said: str) -> str:
    return "un" if said == "uno" else re.sub(r"uno$", "un", said)


def _date(day: int, month: int, year: int | None) -> str:
    said = f"{'primo' if day == 1 else _cardinal(day)} {_MONTHS[month - 1]}"
    return said if year is None else f"{said} {_cardinal(year)}"


def _clock(hour: int, minute: int, second: int | None) -> str:
    said = "una" if hour == 1 else _cardinal(hour)
    said = (
        f"{said} e {_cardinal(minute)}"
        if minute
        else said
        if second is not None
        else f"{said} in punto"
    )
    return said if second is None else f"{said} e {_shortened(_cardinal(second))} secondi"


def _amount(whole: int | None, cents: int, of: Money) -> str:
    if not whole and cents:
        return f"{_shortened(_cardinal(cents))} {of.cent if cents == 1 else of.cents}"
    number = _shortened(_cardinal(whole or 0)) if whole == 1 else _cardinal(whole or 0)
    number = "una" if whole == 1 and of.one == "sterlina" else number
    joined = " di" if re.search(r"(?:milion[ei]|miliard[oi])$", number) else ""
    said = f"{number}{joined} {of.one if whole == 1 else of.many}"
    return f"{said} e {_cardinal(cents)}" if cents else said


def _fraction(upper: int, lower: int) -> str | None:
    if lower > 20:
        return None
    if lower == 2:
        return "mezzo" if upper == 1 else f"{_cardinal(upper)} mezzi"
    ordinal = _ordinal(lower)
    return f"un {ordinal}" if upper == 1 else f"{_cardinal(upper)} {ordinal[:-1]}i"


def _named_date(found: re.Match[str], language: Language) -> str | None:
    year = int(found["year"]) if found["year"] else None
    return date_words(int(found["day"]), _MONTHS.index(found["month"].lower()) + 1, year, language)


def _suffixed(found: re.Match[str], _: Language) -> str:
    said = _ordinal(int(found["value"]))
    return said[:-1] + "a" if found["ending"] in "ªa" else said


_NAMES: Final = (
    "carlo filippo vittorio emanuele umberto pio benedetto paolo giovanni gregorio leone clemente luigi enrico "
    "napoleone elisabetta federico guglielmo giorgio edoardo riccardo alessandro caterina nicola ferdinando cosimo"
)
_KINDS: Final = (
    Kind(
        "named_date",
        re.compile(rf"(?P<day>\d{{1,2}})[º°]? (?P<month>{'|'.join(_MONTHS)})(?: (?P<year>\d{{4}}))?(?!\w)", re.I),
        _named_date,
    ),
    Kind("suffixed", re.compile(r"(?P<value>\d{1,3})(?P<ending>[ºª°]|[oa](?=\s))(?![\w])"), _suffixed),
    european.roman_kind(
        "capitolo tomo volume parte atto scena libro fase articolo titolo tipo livello allegato sezione",
        _NAMES + " secolo secoli papa re",
        _ordinal,
        1_000,
    ),
)  # fmt: skip


@lru_cache(maxsize=4)
def language(code: str) -> Language:
    """Italian."""
    del code
    return Language(
        code="it",
        decimal=",",
        grouping=". '",
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
            "mila": ("mila", "mila"),
            "milione": ("milione", "milioni"),
            "milioni": ("milione", "milioni"),
            "miliardo": ("miliardo", "miliardi"),
            "miliardi": ("miliardo", "miliardi"),
            "mln": ("milione", "milioni"),
            "mld": ("miliardo", "miliardi"),
            "k": ("mila", "mila"),
        },
        units=_UNITS,
        abbreviations=_ABBREVIATIONS,
        cutting=_CUTTING,
        kinds=_KINDS,
        letter_kinds=(
            european.capitals_kind(
                word_set("onu nato iva ong fiat rai inps asl ufo unesco nasa fifa uefa cai")
            ),
        ),
        before_noun=_before,
    )
