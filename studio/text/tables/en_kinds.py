"""What only English has to be told: named dates, years, decades, Roman numerals, capitals."""

from __future__ import annotations

import re
from typing import Final

from studio.text.tables import en_words
from studio.text.wording.language import Kind, Language
from studio.text.wording.letters import is_pronounceable
from studio.text.wording.nearby import text_ahead, text_behind
from studio.text.wording.numbers import digits, spoken_number
from studio.text.wording.spelling import spell
from studio.text.wording.word_sets import word_set


def _ordinal(found: re.Match[str], language: Language) -> str | None:
    value = found["value"].replace(",", "")
    return None if len(value) > 12 else language.ordinal(int(value))


_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1_000}

_ROMAN: Final = r"(?=[IVXLCM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"


def roman(written: str) -> int:
    """The value of a Roman numeral in capitals."""
    values = [_VALUES[letter] for letter in written]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )


_NOT_ROMAN: Final = word_set(
    """
    I IV VI XX XL CD CV DC DI DIM DM LI MC MD MI MIX MM CC CCC LIV LV VIM CIVIC CI MILD CM LCD
    """
)

_PRONOUN_BEHIND: Final = re.compile(
    r"(?:'| (?:am|think|thought|know|knew|will|would|can|could|do|did|do|want|need|like|love|say|"
    r"see|saw|feel|felt|hope|guess|believe|wish|met|told|must|should|may|might|never|always|just|really)\b)"
)  # fmt: skip


def _roman_numeral(found: re.Match[str], language: Language) -> str | None:
    written = found["numeral"]
    ahead = text_ahead(found)
    previous = re.search(r"([^\W\d_]+)\.?[ ]$", ahead)
    before = previous[1] if previous else ""
    small, is_name = before.casefold(), before[:1].isupper()
    possessive = "'s" if found["possessive"] else ""
    if (
        small in en_words.NUMBERED_THINGS
        and (is_name or len(written) > 1)
        and not (written == "I" and not is_name)
    ):
        return language.cardinal(roman(written)) + possessive
    if is_name and small in en_words.ORDINAL_NAMES:
        title = re.search(
            r"\b(?:King|Queen|Pope|Emperor|Empress|Tsar|Kaiser|Prince|Sultan|Saint)\b", ahead
        )
        if written == "I" and not title and _PRONOUN_BEHIND.match(found.string, found.end()):
            return None
        if small == "malcolm" and written == "X":
            return None
        return f"the {language.ordinal(roman(written))}{possessive}"
    if re.match(r" [Cc]entur(?:y|ies)\b|(?:st|nd|rd|th)\b", text_behind(found)):
        return None if written == "I" else language.ordinal(roman(written))
    if written in _NOT_ROMAN or len(written) < 2 or not re.fullmatch("[IVX]+", written):
        return None
    return language.cardinal(roman(written)) + possessive


def _small_roman(found: re.Match[str], language: Language) -> str | None:
    written = found["numeral"].upper()
    previous = re.search(r"([^\W\d_]+)\.?[ ]$", text_ahead(found))
    things = en_words.NUMBERED_THINGS | {"p", "pp"}
    if (
        previous is None
        or previous[1].casefold() not in things
        or not re.fullmatch(_ROMAN, written)
    ):
        return None
    return language.cardinal(roman(written))


def _street(found: re.Match[str], language: Language) -> str | None:
    """ "St." before a name is "Saint", behind one "Street"; both may be: "St. James St."."""
    behind = re.match(r"[ ]?([^\W\d_]+)", text_behind(found))
    ahead = re.search(r"([^\W_]+)[ ]$", text_ahead(found))
    before = ahead[1] if ahead else ""
    is_behind_name = before[:1].isupper() or re.search(r"\d(?:st|nd|rd|th)$", before)
    follows = bool(behind) and behind[1][0].isupper()  # type: ignore[index]
    starter = bool(behind) and behind[1].casefold() in language.cutting.starters  # type: ignore[index]
    place = found["what"]
    if place == "Ft":
        return "Fort" if follows and not starter and not before[-1:].isdigit() else None
    if is_behind_name and (not follows or starter or before.casefold() not in _LEADING):
        if place == "St" and not (follows and not starter):
            return "Street"
        if place == "Dr":
            return "Drive" if not follows else None
        if place == "St" and before.casefold() not in _LEADING:
            return "Saint" if _looks_saintly(behind[1] if behind else "") else "Street"
    if place == "St" and follows:
        return "Saint"
    return None


_LEADING: Final = word_set(
    """
    the at in of near to from by on and with for mount fort port lake west east north south
    """
)

_SAINTS: Final = word_set(
    """
    anne ann andrew andrews anthony augustine bernard catherine charles christopher claire
    clair cloud denis elizabeth francis george helena helens ives james john johns joseph
    kitts lawrence leger louis lucia luke margaret mark martin mary matthew michael moritz
    nicholas olaf pancras patrick paul pauls peter peters petersburg stephen thomas tropez
    valentine vincent vitus albans asaph barts gallen pierre
    """
)


def _looks_saintly(word: str) -> bool:
    return word.casefold().removesuffix("'s") in _SAINTS


def _capitals(found: re.Match[str], language: Language) -> str | None:
    letters, end = found["letters"], (found["end"] or "").lower()
    small = letters.casefold()
    if small in en_words.SPECIAL_ACRONYMS and not end:
        special = en_words.SPECIAL_ACRONYMS[small]
        return " ".join(spell(word) if word.isupper() else word for word in special.split())
    if _is_word(small, letters, found):
        return small + end
    return spell(letters) + end


def _is_word(small: str, letters: str, found: re.Match[str]) -> bool:
    if small in en_words.SPOKEN_ACRONYMS:
        return True
    if small in en_words.AMBIGUOUS or (
        small in en_words.SPELT_ACRONYMS and small in en_words.SHORT_WORDS
    ):
        return _is_shouted(found)
    if small in en_words.SPELT_ACRONYMS:
        return False
    if small in en_words.SHORT_WORDS or small.removesuffix("s") in en_words.SHORT_WORDS:
        return True
    return len(letters) >= 4 and is_pronounceable(letters)


def _is_shouted(found: re.Match[str]) -> bool:
    """Whether a neighbour is a word in capitals that is no abbreviation."""
    before = re.search(r"([A-Z]+(?:'[A-Z]+)?)[ ,]+$", text_ahead(found))
    behind = re.match(r"[ ,]+([A-Z]+(?:'[A-Z]+)?)(?![a-z])", text_behind(found))
    for word in (before, behind):
        if word is None or (word[1] == "I" and behind is None):
            continue
        small = word[1].casefold()
        if (
            small in en_words.SHORT_WORDS
            and small not in ("a", "i")
            and small not in en_words.SPELT_ACRONYMS
        ):
            return True
        if len(small) >= 5 and small not in en_words.SPELT_ACRONYMS and is_pronounceable(word[1]):
            return True
    return False


def _feet(found: re.Match[str], language: Language) -> str | None:
    if found.string.count("'", 0, found.start()) % 2 and not found["inches"]:
        return None
    feet = language.cardinal(int(found["feet"]))
    if found["inches"]:
        return f"{feet} foot {language.cardinal(int(found['inches']))}"
    return f"{feet} {'foot' if found['feet'] == '1' else 'feet'}"


def _inches(found: re.Match[str], language: Language) -> str | None:
    if len(re.findall(r'(?<!\d)"', text_ahead(found))) % 2:
        return None  # it closes a quotation
    attributive = re.match(r" [a-z]{3,}", text_behind(found)) is not None
    one = found["number"] == "1" or attributive
    return f"{spoken_number(found['number'], language)} {'inch' if one else 'inches'}"


def _pence(found: re.Match[str], language: Language) -> str:
    return f"{language.cardinal(int(found['number']))} {'penny' if found['number'] == '1' else 'pence'}"


def _page(found: re.Match[str], language: Language) -> str:
    words = {
        "p": "page", "pp": "pages", "vol": "volume", "vols": "volumes", "ch": "chapter", "fig": "figure",
        "figs": "figures", "sec": "section", "art": "article", "eq": "equation", "nos": "numbers",
        "no": "number", "par": "paragraph", "op": "opus", "nr": "number", "ref": "reference",
    }  # fmt: skip
    word = words[found["what"].lower()]
    return word.capitalize() if found["what"][0].isupper() else word


def _multiple(found: re.Match[str], language: Language) -> str:
    return f"{spoken_number(found['number'], language)} times"


def _hashtag(found: re.Match[str], language: Language) -> str:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", found.group())
    said = [language.cardinal(int(word)) if word.isdigit() else word for word in words]
    return " ".join(["hashtag", *said])


def _handle(found: re.Match[str], language: Language) -> str:
    parts = re.findall(r"[^\W\d_]+|\d+|_", found.group())
    said = [
        "underscore" if part == "_" else digits(part, language) if part.isdigit() else part
        for part in parts
    ]
    return " ".join(["at", *said])


def _either(found: re.Match[str], language: Language) -> str:
    first, last = found["first"], found["last"]
    return f"{first} {'' if last.lower() in ('or', 'and') or first.lower() in ('or', 'and') else 'or '}{last}"


_NUMBER: Final = r"\d{1,3}(?:,\d{3})+|\d+"

KINDS: Final = (
    Kind("street", re.compile(r"(?P<what>St|Dr|Ft)\.(?!\w)"), _street),
    Kind(
        "page",
        re.compile(
            r"(?P<what>[Pp]{1,2}|[Vv]ols?|[Cc]h|[Ff]igs?|[Ss]ec|[Aa]rt|[Ee]q|[Nn]os?|[Pp]ar|[Oo]p|[Nn]r|[Rr]ef)\.(?=[ ]?[\divxIVX])"
        ),
        _page,
    ),
    Kind(
        "ordinal",
        re.compile(rf"(?P<value>{_NUMBER})(?:st|nd|rd|th|ST|ND|RD|TH)(?![^\W_])"),
        _ordinal,
    ),
    Kind(
        "feet", re.compile(r"(?P<feet>\d{1,3})'(?:[ ]?(?P<inches>\d{1,2})(?:\"|'')?)?(?!\w)"), _feet
    ),
    Kind("inches", re.compile(rf"(?P<number>{_NUMBER}|\d+\.\d+)\"(?!\w)"), _inches),
    Kind("pence", re.compile(r"(?P<number>\d{1,2})p(?!\w)"), _pence),
    Kind(
        "multiple",
        re.compile(r"(?P<number>\d{1,4}(?:\.\d+)?)[x×](?![\w]|[ ]?[\d+=*/)])"),
        _multiple,
    ),
    Kind(
        "small_roman",
        re.compile(r"(?P<numeral>[ivxl]{1,6})(?P<possessive>(?!))?(?![\w'&-])"),
        _small_roman,
    ),
    Kind(
        "roman",
        re.compile(rf"(?P<numeral>{_ROMAN})(?P<possessive>'s)?(?![\w'&-]|\.[A-Z])"),
        _roman_numeral,
    ),
    Kind("hashtag", re.compile(r"#[^\W\d]\w{2,60}(?!-\d)"), _hashtag),
    Kind("handle", re.compile(r"@[^\W\d_]\w{1,40}"), _handle),
)

"""Before the kinds of all languages, and in this order."""

LETTER_KINDS: Final = (
    Kind("either", re.compile(r"(?P<first>[a-zA-Z]?[a-z]+)/(?P<last>[a-z]{2,})(?![\w/.-])"), _either),
    Kind("sharp", re.compile(r"[A-G]#(?!\w)"), lambda found, _: f"{found.group()[0]} sharp"),
    Kind("net", re.compile(r"\.NET(?!\w)"), lambda _found, _: "dot net"),
    Kind("capitals", re.compile(r"(?P<letters>[A-Z]{2,})(?P<end>'?s|'S)?(?![\w&$])"), _capitals),
)  # fmt: skip

"""Before the kinds of letters of all languages."""
