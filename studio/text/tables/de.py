"""German."""

from __future__ import annotations

import re
from dataclasses import replace
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
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
    "Oktober", "November", "Dezember",
)  # fmt: skip
_SHORT_MONTHS: Final = (
    "jan",
    "feb",
    "mär",
    "apr",
    "mai",
    "jun",
    "jul",
    "aug",
    "sep",
    "okt",
    "nov",
    "dez",
)
_WORDS: Final = signs(
    "point = Komma, minus = minus, plus = plus, percent = Prozent, permille = Promille, to = bis, dot = Punkt,"
    "slash = Schrägstrich, dash = Bindestrich, underscore = Unterstrich, at = ät, colon = Doppelpunkt, tilde = Tilde,"
    "hash = Raute, and = und, equals = gleich, backslash = Backslash, version = Version, ratio = zu,"
    "per = pro, over = durch, by = mal, times = mal, divided = geteilt durch, squared = Quadrat,"
    "cubed = hoch drei, number = Nummer, less = ist kleiner als, greater = ist größer als, at_most = höchstens,"
    "at_least = mindestens, about = etwa, not_equal = ist ungleich, plus_minus = plus minus,"
    "section = Paragraf, degrees = Grad, infinity = unendlich, pi = Pi, root = Wurzel aus, dollars = Dollar,"
    "euros = Euro, pounds = Pfund, micro = Mikro, cents = Cent, power = hoch"
)
_UNITS: Final = units(
    "Millimeter, Zentimeter, Meter, Kilometer, Quadratmeter, Quadratkilometer, Kubikmeter, Hektar, Milligramm,"
    "Gramm, Kilogramm, Tonne/Tonnen, Milliliter, Zentiliter, Liter, Liter, Millisekunde/Millisekunden, Sekunde/Sekunden,"
    "Minute/Minuten, Stunde/Stunden, Kilometer pro Stunde, Meter pro Sekunde, Hertz, Kilohertz, Megahertz, Gigahertz,"
    "Kilobyte, Kilobyte, Megabyte, Gigabyte, Terabyte, Watt, Kilowatt, Kilowattstunde/Kilowattstunden, Volt, Grad Celsius,"
    "Grad Fahrenheit, Grad",
    Std="Stunde/Stunden",
    Min="Minute/Minuten",
    Sek="Sekunde/Sekunden",
    qm="Quadratmeter",
    PS="P S",
)
_UNITS.update(
    {"Std.": ("Stunde", "Stunden"), "Min.": ("Minute", "Minuten"), "Sek.": ("Sekunde", "Sekunden")}
)
_CURRENCIES: Final = {
    "€": money("Euro", "Euro", "Cent", "Cent"), "$": money("Dollar", "Dollar", "Cent", "Cent"),
    "£": money("Pfund", "Pfund", "Penny", "Pence"), "¥": money("Yen", "Yen"),
    "CHF": money("Schweizer Franken", "Schweizer Franken", "Rappen", "Rappen"), "₽": money("Rubel", "Rubel"),
    "SEK": money("Schwedische Krone", "Schwedische Kronen"), "zł": money("Zloty", "Zloty"),
}  # fmt: skip
_ABBREVIATIONS: Final = {
    "z. b.": "zum Beispiel", "z.b.": "zum Beispiel", "d. h.": "das heißt", "d.h.": "das heißt", "u. a.": "unter anderem",
    "u.a.": "unter anderem", "bzw.": "beziehungsweise", "usw.": "und so weiter", "etc.": "et cetera", "ca.": "circa",
    "ggf.": "gegebenenfalls", "evtl.": "eventuell", "inkl.": "inklusive", "exkl.": "exklusive", "zzgl.": "zuzüglich",
    "bspw.": "beispielsweise", "sog.": "sogenannt", "vgl.": "vergleiche", "s. o.": "siehe oben", "s.o.": "siehe oben",
    "s. u.": "siehe unten", "s.u.": "siehe unten", "u. u.": "unter Umständen", "u.u.": "unter Umständen", "o. ä.": "oder Ähnliches",
    "o.ä.": "oder Ähnliches", "u. ä.": "und Ähnliches", "i. d. r.": "in der Regel", "i.d.r.": "in der Regel", "z. t.": "zum Teil",
    "z.t.": "zum Teil", "z. zt.": "zur Zeit", "z.zt.": "zur Zeit", "v. a.": "vor allem", "v.a.": "vor allem", "m. e.": "meines Erachtens",
    "dr.": "Doktor", "prof.": "Professor", "hr.": "Herr", "hrn.": "Herrn", "fr.": "Frau", "frl.": "Fräulein", "dipl.-ing.": "Diplomingenieur",
    "ing.": "Ingenieur", "st.": "Sankt", "str.": "Straße", "nr.": "Nummer", "tel.": "Telefon", "abb.": "Abbildung", "bd.": "Band",
    "kap.": "Kapitel", "abs.": "Absatz", "art.": "Artikel", "max.": "maximal", "min.": "minimal", "mind.": "mindestens", "ehem.": "ehemalig",
    "geb.": "geboren", "gest.": "gestorben", "verh.": "verheiratet", "jh.": "Jahrhundert", "jhd.": "Jahrhundert", "chr.": "Christus",
    "v. chr.": "vor Christus", "v.chr.": "vor Christus", "n. chr.": "nach Christus", "n.chr.": "nach Christus", "allg.": "allgemein",
    "mio.": "Millionen", "mrd.": "Milliarden", "tsd.": "Tausend", "std.": "Stunden", "vs.": "versus", "mwst.": "Mehrwertsteuer",
    "jan.": "Januar", "feb.": "Februar", "apr.": "April", "aug.": "August", "sept.": "September", "okt.": "Oktober", "nov.": "November",
    "dez.": "Dezember", "mo.": "Montag", "di.": "Dienstag", "mi.": "Mittwoch", "do.": "Donnerstag", "sa.": "Samstag", "so.": "Sonntag",
    "gmbh": "G M B H", "usf.": "und so fort", "hl.": "heilig", "zus.": "zusammen", "entspr.": "entsprechend", "hbf.": "Hauptbahnhof",
}  # fmt: skip
for _not_alone in ("min.", "mo.", "di.", "mi.", "do.", "sa.", "so.", "fr."):
    _ABBREVIATIONS.pop(_not_alone)
_CUTTING: Final = replace(
    cutting(
        "z.b z bzw d.h d ca ggf evtl inkl exkl zzgl bspw sog vgl dr prof hr hrn fr frl ing st tel vs allg ehem geb max mind u.a v.a "
        "dipl.-ing v n i m hl entspr zus nr str.",
        "usw etc u.ä o.ä s.o s.u z.t chr jh jhd mio mrd tsd std str mwst gest jan feb apr aug sept okt nov dez abs r b h ä t",
        "abb bd kap art s nr",
        """der die das ein eine er sie es wir ihr ich du und oder aber denn wenn weil dass ob nicht nein ja wer was wie wo wann
    warum wieso für mit ohne in im an am auf aus bei von vom zu zum zur nach vor über unter dieser diese dieses jener sein
    seine mein meine dein ihre unser hier da dort dann danach heute morgen gestern jetzt später früher auch noch schon
    nur sehr so also jedoch trotzdem deshalb daher alle jeder niemand nichts jemand etwas danke hallo gut bitte""",
    ),
    ordinal_dot=True,
    before_number=("str", "pl"),
    before_ordinal=word_set(
        "am der die das dem den des vom zum zur im beim seit bis ab jeder jede jedes jeden ihr sein mein unser ein eine einen "
        "einem einer und oder auf ins ans unter über in nach vor"
    ),
    after_ordinal=word_set(
        "januar februar märz april mai juni juli august september oktober november dezember jan feb mär apr jun jul aug sep "
        "sept okt nov dez jahrhundert jahrhunderts weltkrieg stock etage klasse kapitel mal platz rang tag woche monat"
    ),
)


def _cardinal(value: int) -> str:
    said = number_words(value, "de")
    if 1_000 <= value < 2_000 or 100 <= value < 200:
        said = re.sub(r"^ein(?=tausend|hundert)", "", said)
    return re.sub(r"(?<=tausend)ein(?=hundert)", "ein", said)


def _ordinal(value: int) -> str:
    return re.sub(r"^ein(?=hundert|tausend)", "", number_words(value, "de", "ordinal"))


def _year(value: int) -> str:
    return number_words(value, "de", "year") if 1_100 <= value < 2_000 else _cardinal(value)


def _before(said: str, noun: str) -> str:
    """Before a noun: "ein Tag", "eine Stunde"."""
    return _feminine(said) if re.search(r"(?:e|ung|heit|keit)$", noun) else _shortened(said)


def _shortened(said: str) -> str:
    return re.sub(r"eins$", "ein", said)


def _date(day: int, month: int, year: int | None) -> str:
    said = f"{_ordinal(day)} {_MONTHS[month - 1]}"
    return said if year is None else f"{said} {_year(year)}"


def _clock(hour: int, minute: int, second: int | None) -> str:
    said = f"{_shortened(_cardinal(hour))} Uhr"
    said += f" {_cardinal(minute)}" if minute else ""
    return said if second is None else f"{said} und {_feminine(_cardinal(second))} Sekunden"


def _feminine(said: str) -> str:
    return re.sub(r"eins$", "eine", said)


def _amount(whole: int | None, cents: int, of: Money) -> str:
    if not whole and cents:
        return f"{_shortened(_cardinal(cents))} {of.cent if cents == 1 else of.cents}"
    said = f"{_shortened(_cardinal(whole or 0))} {of.one if whole == 1 else of.many}"
    return f"{said} {_cardinal(cents)}" if cents else said


def _fraction(upper: int, lower: int) -> str | None:
    if lower > 100:
        return None
    if lower == 2:
        return "ein halb" if upper == 1 else f"{_cardinal(upper)} halbe"
    name = f"{_ordinal(lower)}l".replace("dritttel", "drittel").capitalize()
    return f"{_shortened(_cardinal(upper))} {name}"


_DATIVE: Final = re.compile(
    r"\b(?:[Aa]m|[Vv]om|[Zz]um|[Bb]eim|[Ii]m|[Zz]ur|[Dd]em|[Dd]en|[Dd]es|[Aa]b|[Ss]eit|[Bb]is|[Ii]hrem|[Ss]einem|[Jj]eden|"
    r"(?:Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonnabend|Sonntag),(?: den)?|einem|unserem|diesem) $"
)


def _inflected(said: str, found: re.Match[str]) -> str:
    """An ordinal as the word before it asks for: "am dritten", "der dritte"."""
    ahead = found.string[max(0, found.start() - 20) : found.start()]
    if _DATIVE.search(ahead):
        return f"{said}n"
    if re.search(r"\b(?:ein|kein|mein|sein|ihr) $", ahead):
        return f"{said}r"
    return said


def _named_date(found: re.Match[str], language: Language) -> str | None:
    month = _SHORT_MONTHS.index(found["month"][:3].lower()) + 1
    year = int(found["year"]) if found["year"] else None
    said = date_words(int(found["day"]), month, year, language)
    if said is None:
        return None
    first, rest = said.split(" ", 1)
    return f"{_inflected(first, found)} {rest}"


def _numeric_date(found: re.Match[str], language: Language) -> str | None:
    day, month = int(found["day"]), int(found["month"])
    year = None
    if found["year"]:
        year = int(found["year"]) + (
            0 if len(found["year"]) > 2 else 2_000 if int(found["year"]) < 69 else 1_900
        )
    said = date_words(day, month, year, language)
    if said is None:
        return None
    first, rest = said.split(" ", 1)
    return f"{_inflected(first, found)} {rest}"


def _iso(found: re.Match[str], language: Language) -> str | None:
    said = date_words(int(found["day"]), int(found["month"]), int(found["year"]), language)
    if said is None:
        return None
    first, rest = said.split(" ", 1)
    said = f"{_inflected(first, found)} {rest}"
    if found["hour"]:
        return f"{said}, {_clock(int(found['hour']), int(found['minute']), None)}"
    return said


def _time(found: re.Match[str], language: Language) -> str | None:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if hour > 24 or minute > 59:
        return None
    return _clock(hour, minute, None)


def _dotted_ordinal(found: re.Match[str], language: Language) -> str | None:
    if not text_behind(found).strip():
        return None
    return _inflected(language.ordinal(int(found["value"])), found)


def _ruler(found: re.Match[str], language: Language) -> str:
    said = language.ordinal(european.roman_value(found["numeral"]))
    return f"der {said}"


def _plain_year(found: re.Match[str], language: Language) -> str | None:
    value = int(found.group())
    ahead = found.string[max(0, found.start() - 16) : found.start()]
    cue = re.search(
        r"\b(?:[Ii]m Jahre?|[Jj]ahre?|[Ss]eit|[Vv]on|[Bb]is|[Aa]b|[Uu]m|[Aa]nno|[Gg]eboren|[Vv]or|[Nn]ach|[Ii]n|"
        r"Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|Frühling|Sommer|Herbst|Winter|Ende|Anfang|Mitte) $",
        ahead,
    )
    counts = re.match(r" [A-ZÄÖÜ%€]", text_behind(found))
    return _year(value) if cue or not counts else None


_MONTH: Final = r"(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|(?:Jan|Feb|Mär|Apr|Jun|Jul|Aug|Sept?|Okt|Nov|Dez)\.?)"
_KINDS: Final = (
    Kind("named_date", re.compile(rf"(?P<day>\d{{1,2}})\.[ ]?(?P<month>{_MONTH})(?!\w)(?:[ ](?P<year>\d{{4}}))?(?!\w)"), _named_date),
    Kind("numeric_date", re.compile(r"(?P<day>\d{1,2})\.[ ]?(?P<month>\d{1,2})\.(?:[ ]?(?P<year>\d{4}|\d{2}))?(?![\w]|\.\d)"), _numeric_date),
    Kind("iso_date", re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::\d\d)?Z?)?(?![\w-])"), _iso),
    Kind("street", re.compile(r"(?P<stem>[^\W\d_]{2,}(?:-|s)?)str\.(?!\w)"), lambda found, _: f"{found['stem']}straße"),
    Kind("time", re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>[0-5]\d))?(?:[:.]\d\d)?[ ]Uhr(?!\w)"), _time),
    Kind("ruler", re.compile(r"(?<=[a-zäöü] )(?P<numeral>[IVX]{1,6})\.(?=[ ][^\W\d_]|[ ]?[,;)]|$)"), _ruler),
    Kind("ordinal", re.compile(r"(?P<value>\d{1,3})\.(?=[ ][^\W\d_])"), _dotted_ordinal),
    Kind("year", re.compile(r"1[1-9]\d\d(?![\w%°€$]|[.,:]\d|[-–]\d)"), _plain_year),
    european.roman_kind("kapitel band teil akt szene buch phase artikel abschnitt anhang stufe typ", "", lambda value: str(value)),
)  # fmt: skip


@lru_cache(maxsize=4)
def language(code: str) -> Language:
    """German; in Switzerland an apostrophe groups digits and a dot may come before decimals."""
    del code
    return Language(
        code="de",
        decimal=",",
        grouping=".' ",
        cardinal=_cardinal,
        ordinal=_ordinal,
        year=_year,
        words=_WORDS,
        date=_date,
        clock=_clock,
        amount=_amount,
        fraction=_fraction,
        currencies=_CURRENCIES,
        scales={
            "Tausend": ("Tausend", "Tausend"),
            "Million": ("Million", "Millionen"),
            "Millionen": ("Million", "Millionen"),
            "Milliarde": ("Milliarde", "Milliarden"),
            "Milliarden": ("Milliarde", "Milliarden"),
            "Mio.": ("Million", "Millionen"),
            "Mrd.": ("Milliarde", "Milliarden"),
            "Mio": ("Million", "Millionen"),
            "Mrd": ("Milliarde", "Milliarden"),
            "Tsd.": ("Tausend", "Tausend"),
        },
        units=_UNITS,
        abbreviations=_ABBREVIATIONS,
        cutting=_CUTTING,
        kinds=_KINDS,
        letter_kinds=(
            european.capitals_kind(
                word_set("nato uno nasa unesco tüv aids ufo edeka ikea bafög fifa uefa rewe")
            ),
        ),
        before_noun=_before,
    )
