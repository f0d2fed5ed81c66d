"""Portuguese, of Brazil and of Portugal."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from studio.text.tables import european
from studio.text.tables.european import cutting, money, signs, units
from studio.text.wording.calendar import date_words
from studio.text.wording.counting import number_words
from studio.text.wording.language import Kind, Language, Money
from studio.text.wording.nearby import text_behind
from studio.text.wording.word_sets import word_set

_MONTHS: Final = (
    "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro",
    "outubro", "novembro", "dezembro",
)  # fmt: skip
_WORDS: Final = signs(
    "point = vírgula, minus = menos, plus = mais, percent = por cento, permille = por mil, to = a, dot = ponto,"
    "slash = barra, dash = hífen, underscore = sublinhado, at = arroba, colon = dois pontos, tilde = til,"
    "hash = cerquilha, and = e, equals = igual a, backslash = barra invertida, version = versão, ratio = a,"
    "per = por, over = sobre, by = por, times = vezes, divided = dividido por, squared = ao quadrado,"
    "cubed = ao cubo, number = número, less = é menor que, greater = é maior que, at_most = no máximo,"
    "at_least = pelo menos, about = cerca de, not_equal = é diferente de, plus_minus = mais ou menos,"
    "section = parágrafo, degrees = graus, infinity = infinito, pi = pi, root = raiz de, dollars = dólares,"
    "euros = euros, pounds = libras, micro = micro, cents = centavos, power = elevado a, decimals = number, of_money = de"
)
_UNITS: Final = units(
    "milímetro/milímetros, centímetro/centímetros, metro/metros, quilômetro/quilômetros, metro quadrado/metros quadrados,"
    "quilômetro quadrado/quilômetros quadrados, metro cúbico/metros cúbicos, hectare/hectares, miligrama/miligramas,"
    "grama/gramas, quilo/quilos, tonelada/toneladas, mililitro/mililitros, centilitro/centilitros, litro/litros,"
    "litro/litros, milissegundo/milissegundos, segundo/segundos, minuto/minutos, hora/horas,"
    "quilômetro por hora/quilômetros por hora, metro por segundo/metros por segundo, hertz, quilohertz, megahertz,"
    "gigahertz, quilobyte/quilobytes, quilobyte/quilobytes, megabyte/megabytes, gigabyte/gigabytes, terabyte/terabytes,"
    "watt/watts, quilowatt/quilowatts, quilowatt-hora/quilowatts-hora, volt/volts, grau Celsius/graus Celsius,"
    "grau Fahrenheit/graus Fahrenheit, grau/graus",
)
_CURRENCIES: Final = {
    "R$": money("real", "reais", "centavo", "centavos"), "€": money("euro", "euros", "cêntimo", "cêntimos"),
    "$": money("dólar", "dólares", "centavo", "centavos"), "£": money("libra", "libras", "péni", "pence"),
    "¥": money("iene", "ienes"), "CHF": money("franco suíço", "francos suíços"), "₽": money("rublo", "rublos"),
}  # fmt: skip
_ABBREVIATIONS: Final = {
    "sr.": "senhor", "sra.": "senhora", "srta.": "senhorita", "srs.": "senhores", "dr.": "doutor", "dra.": "doutora",
    "prof.": "professor", "profa.": "professora", "prof.ª": "professora", "eng.": "engenheiro", "exmo.": "excelentíssimo",
    "d.": "dom", "etc.": "etcetera", "etc": "etcetera", "p. ex.": "por exemplo", "p.ex.": "por exemplo", "ex.": "exemplo",
    "pág.": "página", "págs.": "páginas", "p.": "página", "nº": "número", "n.º": "número", "n°": "número", "núm.": "número",
    "tel.": "telefone", "av.": "avenida", "r.": "rua", "pça.": "praça", "aprox.": "aproximadamente", "máx.": "máximo",
    "mín.": "mínimo", "a.c.": "antes de Cristo", "a. c.": "antes de Cristo", "d.c.": "depois de Cristo", "d. c.": "depois de Cristo",
    "cia.": "companhia", "ltda.": "limitada", "depto.": "departamento", "gen.": "general", "sto.": "santo", "sta.": "santa",
    "vs.": "versus", "cap.": "capítulo", "vol.": "volume", "fig.": "figura", "art.": "artigo", "s.a.": "S A", "vc": "você",
}  # fmt: skip
for _not_alone in ("p.", "r.", "d."):
    _ABBREVIATIONS.pop(_not_alone)
_CUTTING: Final = cutting(
    "d sr sra srta srs dr dra prof profa eng exmo p.ex ex av pça aprox gen sto sta vs tel",
    "etc a.c d.c cia ltda depto s.a máx mín",
    "pág págs p núm cap vol fig art n",
    """o a os as um uma uns umas ele ela eles elas eu tu você nós vocês e ou mas se não sim que quem qual como quando
    onde porque por para com sem em no na de do da ao seu sua meu minha este esta isso isto esse essa aquele aquela há
    é era foi são está estão hoje amanhã ontem depois antes então também além embora todo todos cada ninguém nada algo
    alguém muito mais já ainda aqui ali agora obrigado olá""",
)


def _cardinal(value: int) -> str:
    said = number_words(value, "pt_BR").replace(",", "")
    return re.sub(r"^um mil\b", "mil", said)


def _ordinal(value: int) -> str:
    return number_words(value, "pt_BR", "ordinal")


def _before(said: str, noun: str) -> str:
    """Before a noun: "duzentas libras"."""
    return (
        _feminine(said) if re.search(r"[^m]as?$", noun) and not noun.endswith(_MASCULINE) else said
    )


_MASCULINE: Final = (
    "grama",
    "gramas",
    "quilograma",
    "quilogramas",
    "dia",
    "dias",
    "problema",
    "problemas",
    "mapa",
    "mapas",
)


def _feminine(said: str) -> str:
    return re.sub(r"\bdois$", "duas", re.sub(r"\bum$", "uma", re.sub("entos", "entas", said)))


def _date(day: int, month: int, year: int | None) -> str:
    said = f"{'primeiro' if day == 1 else _cardinal(day)} de {_MONTHS[month - 1]}"
    return said if year is None else f"{said} de {_cardinal(year)}"


def _clock(hour: int, minute: int, second: int | None) -> str:
    said = _feminine(_cardinal(hour))
    said = (
        f"{said} e {_cardinal(minute)}" if minute else f"{said} {'hora' if hour == 1 else 'horas'}"
    )
    return said if second is None else f"{said} e {_cardinal(second)} segundos"


def _amount(whole: int | None, cents: int, of: Money) -> str:
    small = f"{_cardinal(cents)} {of.cent if cents == 1 else of.cents}"
    if not whole and cents:
        return small
    number = _cardinal(whole or 0)
    number = _feminine(number) if of.one == "libra" else number
    joined = " de" if re.search(r"(?:milhão|milhões|bilhão|bilhões)$", number) else ""
    said = f"{number}{joined} {of.one if whole == 1 else of.many}"
    return f"{said} e {_cardinal(cents)}" if cents else said


def _fraction(upper: int, lower: int) -> str | None:
    names = {2: ("meio", "meios"), 3: ("terço", "terços")}
    if lower > 10:
        return None
    one, many = names.get(lower, (_ordinal(lower), f"{_ordinal(lower)}s"))
    if (upper, lower) == (1, 2):
        return "meio"
    return f"{_cardinal(upper)} {one if upper == 1 else many}"


def _named_date(found: re.Match[str], language: Language) -> str | None:
    year = int(found["year"]) if found["year"] else None
    return date_words(int(found["day"]), _MONTHS.index(found["month"].lower()) + 1, year, language)


def _suffixed(found: re.Match[str], _: Language) -> str:
    said = _ordinal(int(found["value"]))
    return re.sub(r"o(?= |$)", "a", said) if found["ending"] in "ªa" else said


def _hour(found: re.Match[str], language: Language) -> str | None:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    return language.clock(hour, minute, None) if hour <= 24 and minute < 60 else None


_NAMES: Final = (
    "pedro joão josé manuel carlos filipe afonso sancho duarte dom maria isabel luís henrique pio bento paulo gregório "
    "leão clemente napoleão guilherme jorge eduardo ricardo frederico alexandre catarina nicolau"
)
_KINDS: Final = (
    Kind(
        "named_date",
        re.compile(rf"(?P<day>\d{{1,2}})º? de (?P<month>{'|'.join(_MONTHS)})(?: de (?P<year>\d{{4}}))?(?!\w)", re.I),
        _named_date,
    ),
    Kind("hour", re.compile(r"(?P<hour>\d{1,2})h(?:(?P<minute>[0-5]\d)(?:min)?)?(?!\w|/)"), _hour),
    Kind("dom", re.compile(r"D\.(?=[ ][A-ZÀ-Ý])"), lambda found, _: (
        "Dona" if re.match(r"[ ]\w+a\b", text_behind(found)) else "Dom"
    )),
    Kind("suffixed", re.compile(r"(?P<value>\d{1,3})\.?(?P<ending>[ºª°]|[oa](?=\s))(?!\w)"), _suffixed),
    european.roman_kind(
        "século séculos capítulo tomo volume parte ato cena livro fase artigo título guerra mundial tipo nível anexo seção",
        _NAMES,
        _ordinal,
        11,
    ),
)  # fmt: skip


@lru_cache(maxsize=4)
def language(code: str) -> Language:
    """Portuguese; the numbers of Brazil, which Portugal understands."""
    del code
    return Language(
        code="pt-br",
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
            "mil": ("mil", "mil"),
            "milhão": ("milhão", "milhões"),
            "milhões": ("milhão", "milhões"),
            "bilhão": ("bilhão", "bilhões"),
            "bilhões": ("bilhão", "bilhões"),
            "mi": ("milhão", "milhões"),
            "bi": ("bilhão", "bilhões"),
            "M": ("milhão", "milhões"),
            "k": ("mil", "mil"),
        },
        units=_UNITS,
        abbreviations=_ABBREVIATIONS,
        cutting=_CUTTING,
        kinds=_KINDS,
        before_noun=_before,
        letter_kinds=(
            european.capitals_kind(
                word_set("onu otan ong pib ovni aids sida unesco nasa fifa uefa senai sus")
            ),
        ),
    )
