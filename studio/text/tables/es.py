"""Spanish, of Spain and of America."""

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
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre",
)  # fmt: skip
_WORDS: Final = signs(
    "point = coma, minus = menos, plus = más, percent = por ciento, permille = por mil, to = a, dot = punto,"
    "slash = barra, dash = guion, underscore = guion bajo, at = arroba, colon = dos puntos, tilde = tilde,"
    "hash = almohadilla, and = y, equals = igual a, backslash = barra inversa, version = versión, ratio = a,"
    "per = por, over = sobre, by = por, times = por, divided = dividido entre, squared = al cuadrado,"
    "cubed = al cubo, number = número, less = es menor que, greater = es mayor que, at_most = como máximo,"
    "at_least = al menos, about = unos, not_equal = no es igual a, plus_minus = más menos, section = sección,"
    "degrees = grados, infinity = infinito, pi = pi, root = raíz de, dollars = dólares, euros = euros,"
    "pounds = libras, micro = micro, cents = centavos, power = elevado a, decimals = number, of_money = de"
)
_UNITS: Final = units(
    "milímetro/milímetros, centímetro/centímetros, metro/metros, kilómetro/kilómetros,"
    "metro cuadrado/metros cuadrados, kilómetro cuadrado/kilómetros cuadrados, metro cúbico/metros cúbicos,"
    "hectárea/hectáreas, miligramo/miligramos, gramo/gramos, kilo/kilos, tonelada/toneladas, mililitro/mililitros,"
    "centilitro/centilitros, litro/litros, litro/litros, milisegundo/milisegundos, segundo/segundos, minuto/minutos,"
    "hora/horas, kilómetro por hora/kilómetros por hora, metro por segundo/metros por segundo, hercio/hercios,"
    "kilohercio/kilohercios, megahercio/megahercios, gigahercio/gigahercios, kilobyte/kilobytes, kilobyte/kilobytes,"
    "megabyte/megabytes, gigabyte/gigabytes, terabyte/terabytes, vatio/vatios, kilovatio/kilovatios,"
    "kilovatio hora/kilovatios hora, voltio/voltios, grado Celsius/grados Celsius, grado Fahrenheit/grados Fahrenheit,"
    "grado/grados",
    kg="kilo/kilos",
)
_CURRENCIES: Final = {
    "€": money("euro", "euros", "céntimo", "céntimos"), "$": money("dólar", "dólares", "centavo", "centavos"),
    "£": money("libra", "libras", "penique", "peniques"), "¥": money("yen", "yenes"),
    "MX$": money("peso", "pesos", "centavo", "centavos"), "CHF": money("franco suizo", "francos suizos"),
    "R$": money("real", "reales", "centavo", "centavos"), "₽": money("rublo", "rublos"),
    "₹": money("rupia", "rupias"), "C$": money("dólar canadiense", "dólares canadienses"),
}  # fmt: skip
_ABBREVIATIONS: Final = {
    "sr.": "señor", "sra.": "señora", "srta.": "señorita", "sres.": "señores", "dr.": "doctor", "dra.": "doctora",
    "prof.": "profesor", "ing.": "ingeniero", "lic.": "licenciado", "arq.": "arquitecto", "d.": "don", "dña.": "doña",
    "ud.": "usted", "uds.": "ustedes", "vd.": "usted", "vds.": "ustedes", "etc.": "etcétera", "etc": "etcétera",
    "p. ej.": "por ejemplo", "p.ej.": "por ejemplo", "ej.": "ejemplo", "pág.": "página", "págs.": "páginas",
    "núm.": "número", "nº": "número", "n.º": "número", "tel.": "teléfono", "tfno.": "teléfono", "avda.": "avenida",
    "av.": "avenida", "c/": "calle", "pza.": "plaza", "aprox.": "aproximadamente", "máx.": "máximo", "mín.": "mínimo",
    "ee. uu.": "Estados Unidos", "ee.uu.": "Estados Unidos", "eeuu": "Estados Unidos", "a. c.": "antes de Cristo",
    "a.c.": "antes de Cristo", "d. c.": "después de Cristo", "d.c.": "después de Cristo", "cía.": "compañía",
    "dpto.": "departamento", "gral.": "general", "sto.": "santo", "sta.": "santa", "vs.": "contra", "cap.": "capítulo",
    "vol.": "volumen", "fig.": "figura", "art.": "artículo", "s.a.": "S A", "s. a.": "S A", "s.l.": "S L", "izq.": "izquierda",
    "dcha.": "derecha", "a. m.": "A M", "p. m.": "P M", "a.m.": "A M", "p.m.": "P M", "q.e.p.d.": "que en paz descanse",
}  # fmt: skip
_CUTTING: Final = cutting(
    "ee sr sra srta sres dr dra prof ing lic arq d dña ud uds vd vds p.ej ej núm tel avda av pza aprox gral sto sta vs p",
    "etc ee.uu a.c d.c cía dpto s.a s.l a.m p.m izq dcha máx mín uu c",
    "pág págs cap vol fig art n nº",
    """el la los las un una unos unas lo él ella ellos ellas yo tú usted nosotros y o pero si no sí que qué cómo
    cuándo dónde quién por para con sin en de a al del este esta estos estas ese esa eso esto su sus mi mis tu tus
    hay es era fue son está están hoy mañana ayer luego después antes entonces también además aunque porque como
    cuando donde mientras todo todos cada nadie nada algo alguien muy más ya aún así aquí allí ahora gracias hola""",
)


def _cardinal(value: int) -> str:
    said = number_words(value, "es")
    return re.sub(r"\buno(?= m)", "un", re.sub(r"veintiuno(?= m)", "veintiún", said))


def _ordinal(value: int) -> str:
    return number_words(value, "es", "ordinal") if value <= 20 else _cardinal(value)


def _before(said: str, noun: str) -> str:
    """Before a noun: "veintiún años", "veintiuna casas"."""
    return _feminine(said) if re.search(r"[^m]as?$", noun) else _shortened(said)


def _shortened(said: str) -> str:
    return re.sub(r"uno$", "un", re.sub(r"veintiuno$", "veintiún", said))


def _date(day: int, month: int, year: int | None) -> str:
    said = f"{'uno' if day == 1 else _cardinal(day)} de {_MONTHS[month - 1]}"
    return said if year is None else f"{said} de {_cardinal(year)}"


def _clock(hour: int, minute: int, second: int | None) -> str:
    say = [_cardinal(hour).replace("uno", "una"), *([_cardinal(minute)] if minute else [])]
    said = " ".join(say) if minute else f"{say[0]} en punto" if second is None else say[0]
    return said if second is None else f"{said} y {_shortened(_cardinal(second))} segundos"


def _amount(whole: int | None, cents: int, of: Money) -> str:
    small = f"{_shortened(_cardinal(cents))} {of.cent if cents == 1 else of.cents}"
    if not whole and cents:
        return small
    number = (
        _feminine(_cardinal(whole or 0)) if of.one == "libra" else _shortened(_cardinal(whole or 0))
    )
    joined = " de" if re.search(r"mill[oó]n(?:es)?$", number) else ""
    said = f"{number}{joined} {of.one if whole == 1 else of.many}"
    return f"{said} con {_cardinal(cents)}" if cents else said


def _feminine(said: str) -> str:
    return re.sub(r"cientos", "cientas", re.sub(r"uno$", "una", said))


def _fraction(upper: int, lower: int) -> str | None:
    names = {2: ("medio", "medios"), 3: ("tercio", "tercios")}
    if lower > 10:
        return None
    one, many = names.get(lower, (_ordinal(lower), f"{_ordinal(lower)}s"))
    if (upper, lower) == (1, 2):
        return "medio"
    return f"{_shortened(_cardinal(upper))} {one if upper == 1 else many}"


def _named_date(found: re.Match[str], language: Language) -> str | None:
    month = _MONTHS.index(found["month"].lower().replace("setiembre", "septiembre")) + 1
    year = int(found["year"]) if found["year"] else None
    return date_words(int(found["day"]), month, year, language)


def _suffixed(found: re.Match[str], _: Language) -> str:
    said = number_words(int(found["value"]), "es", "ordinal")
    ending = found["ending"]
    if ending in "aª":
        return re.sub(r"o(?= |$)", "a", said)
    return re.sub(r"(prim|terc)ero$", r"\1er", said) if ending.endswith("er") else said


def _decade(found: re.Match[str], language: Language) -> str:
    return language.cardinal(int(found["value"]))


_NAMES: Final = (
    "carlos felipe alfonso fernando isabel juan juana jaime pedro sancho luis enrique jorge pablo pío benedicto "
    "francisco gregorio clemente león catalina nicolás guillermo eduardo ricardo federico leopoldo napoleón"
)
_ROMAN: Final = european.roman_kind(
    "siglo siglos capítulo tomo volumen parte acto escena libro fase artículo título guerra tipo nivel anexo sección",
    _NAMES,
    lambda value: number_words(value, "es", "ordinal") if value < 10 else _cardinal(value),
    10,
)
_KINDS: Final = (
    Kind(
        "named_date",
        re.compile(
            rf"(?P<day>\d{{1,2}})º? de (?P<month>{'|'.join(_MONTHS)}|setiembre)(?: (?:de|del)(?: año)? (?P<year>\d{{4}}))?(?!\w)",
            re.I,
        ),
        _named_date,
    ),
    Kind("suffixed", re.compile(r"(?P<value>\d{1,3})\.?(?P<ending>er|[ºªoa])(?!\w)"), _suffixed),
    Kind("decade", re.compile(r"'(?P<value>\d0)s?(?!\w)"), _decade),
    _ROMAN,
)  # fmt: skip


@lru_cache(maxsize=4)
def language(code: str) -> Language:
    """Spanish; in America a comma groups digits and a dot comes before decimals."""
    american = code in ("es-mx", "es-us", "es-419")
    currencies = {**_CURRENCIES, "$": _CURRENCIES["MX$"]} if code == "es-mx" else _CURRENCIES
    return Language(
        code="es",
        decimal="." if american else ",",
        grouping="," if american else ". '",
        cardinal=_cardinal,
        ordinal=_ordinal,
        year=_cardinal,
        words={**_WORDS, "point": "punto"} if american else _WORDS,
        date=_date,
        clock=_clock,
        amount=_amount,
        fraction=_fraction,
        currencies=currencies,
        scales={
            "mil": ("mil", "mil"),
            "millón": ("millón", "millones"),
            "millones": ("millón", "millones"),
            "M": ("millón", "millones"),
            "mill.": ("millón", "millones"),
            "k": ("mil", "mil"),
        },
        units=_UNITS,
        abbreviations=_ABBREVIATIONS,
        cutting=_CUTTING,
        kinds=_KINDS,
        letter_kinds=(
            european.capitals_kind(
                word_set("onu otan ong pib iva uci ovni sida tac inri renfe aena aves ave")
            ),
        ),
        before_noun=_before,
    )
