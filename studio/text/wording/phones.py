"""Telephone numbers and other figures that are read out digit by digit."""

from __future__ import annotations

import re
from typing import Final

from studio.text.wording.language import Kind, Language
from studio.text.wording.nearby import text_ahead
from studio.text.wording.numbers import digits, whole_number

_CUE: Final = re.compile(
    r"(?:\b(?:call(?:s|ed|ing)?|phone[sd]?|tel(?:ephone)?|ring|rang|dial(?:led)?|text|fax|mobile|cell|"
    r"line|hotline|helpline|whatsapp|sms|number|contact|reach|"
    r"tel[eé]fono|tel[eé]fon|llama[rd]?|llame|m[oó]vil|n[uú]mero|t[eé]l[eé]phone|appelez|appeler|num[eé]ro|"
    r"telefono|chiama(?:re|te)?|cellulare|telefone|ligue|ligar|celular|"
    r"telefon|ruf(?:en|t)?|handy|anrufen|nummer)\b|☎|📞)[^.!?]{0,28}$",
    re.IGNORECASE,
)
_CODE_CUE: Final = re.compile(
    r"\b(?:order|account|acct|ref(?:erence)?|invoice|case|ticket|tracking|serial|code|pin|zip|postcode|"
    r"id|confirmation|booking|passport|card|isbn|room|flight|extension|ext|bus|model|"
    r"pedido|c[oó]digo|cuenta|commande|code postal|ordine|codice|bestellung|plz|konto)"
    r"(?: (?:number|no|nr|num|is|was))*\.?:? ?(?:#|nr\.? |no\.? |is )?$",
    re.IGNORECASE,
)
_ROOM_CUE: Final = re.compile(
    r"\b(?:[Rr]oom|[Ff]light|[Bb]us|[Rr]oute|[Hh]ighway|[Ss]uite|[Aa]partment|[Aa]pt\.?|"
    r"Boeing|Airbus) "
    r"(?:[A-Z]{2} ?)?$"
)
_ZIP: Final = re.compile(r"\b[A-Z]{2},? $")


def _has_cue(found: re.Match[str], cue: re.Pattern[str]) -> bool:
    return cue.search(found.string, max(0, found.start() - 60), found.start()) is not None


def groups_said(written: str, language: Language) -> str:
    """Groups of digits, a short pause after each. The French say groups of two as numbers."""
    if language.code == "fr" and re.fullmatch(r"\d\d(?:[ .-]\d\d){3,}", written):
        return ", ".join(whole_number(group, language) for group in re.findall(r"\d+", written))
    return ", ".join(digits(group, language) for group in re.findall(r"\d+", written))


def _international(found: re.Match[str], language: Language) -> str | None:
    figures = re.sub(r"\D", "", found.group())
    if not 7 <= len(figures) <= 15:
        return None
    return f"{language.words['plus']} {groups_said(found.group(), language)}"


def _north_american(found: re.Match[str], language: Language) -> str:
    said = []
    if found["country"]:
        said.append(digits(found["country"], language))
    area = found["area"]
    in_english = language.code.startswith("en")
    if area[1:] == "00" and in_english and area != "000":
        said = [" ".join([*said, f"{language.cardinal(int(area[0]))} hundred"])]
    else:
        said.append(digits(area, language))
        if len(said) == 2:
            said = [" ".join(said)]
    if found["letters"]:
        said.append(found["letters"].lower())
    else:
        said += [digits(found["exchange"], language), digits(found["line"], language)]
    if found["extension"]:
        said.append(f"extension {digits(found['extension'], language)}")
    return ", ".join(said)


def _local(found: re.Match[str], language: Language) -> str | None:
    is_round = found.group().endswith("00") and not found.group().endswith("000")
    if not _has_cue(found, _CUE) and (is_round or not language.code.startswith("en")):
        return None
    if re.search(r"\b(?:pages?|pp\.?|from|between|lines?) $", text_ahead(found)):
        return None
    return groups_said(found.group(), language)


def _grouped(found: re.Match[str], language: Language) -> str | None:
    """Digits in groups that are no amount: a zero in front, or groups of other lengths."""
    groups = re.findall(r"\d+", found.group())
    count = sum(map(len, groups))
    if count < 7 or len(groups) < 2:
        return None
    is_amount = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    if "/" in found.group() and not groups[0].startswith("0"):
        return None
    if groups[0].startswith("0") or _has_cue(found, _CUE) or _has_cue(found, _CODE_CUE):
        return groups_said(found.group(), language)
    if (
        is_amount
        or len(groups) < 3
        or (
            len(groups) == 3
            and all(len(g) == 4 for g in groups[:1])
            and len(groups[1]) == 4
            and count < 10
        )
    ):
        return None
    return groups_said(found.group(), language)


def _in_row(found: re.Match[str], language: Language) -> str | None:
    figures = found.group()
    if _has_cue(found, _CODE_CUE) and (len(figures) > 3 or figures[0] == "0"):
        return digits(figures, language)
    if language.code.startswith("en") and len(figures) == 3 and _has_cue(found, _ROOM_CUE):
        return _as_a_room(figures, language)
    if len(figures) == 5 and _ZIP.search(text_ahead(found)):
        return digits(figures, language)
    if not _has_cue(found, _CUE):
        return None
    if len(figures) == 3 and re.search(
        r"\b(?:call|dial|ring|phone)(?:ed|ing)? $", text_ahead(found), re.I
    ):
        return digits(figures, language)
    if 5 <= len(figures) <= 15 and not (len(figures) < 7 and figures.endswith("000")):
        size = 3 if len(figures) > 6 else len(figures)
        cut = [figures[:size], figures[size : 2 * size], figures[2 * size :]]
        return ", ".join(digits(part, language) for part in cut if part)
    return None


def _as_a_room(figures: str, language: Language) -> str | None:
    """Room 101 is "one oh one", flight 212 "two twelve"."""
    rest = int(figures[1:])
    if not rest:
        return None
    oh = "oh " if rest < 10 else ""
    return f"{language.cardinal(int(figures[0]))} {oh}{language.cardinal(rest)}"


def _zip_plus(found: re.Match[str], language: Language) -> str | None:
    if not _ZIP.search(text_ahead(found)) and not _has_cue(found, _CODE_CUE):
        return None
    return groups_said(found.group(), language)


SURE_KINDS: Final = (
    Kind(
        "international",
        re.compile(r"\+[ ]?\d{1,3}(?:[ .\-/]?\(?\d{1,11}\)?){1,6}(?!\w)"),
        _international,
    ),
    Kind(
        "north_american",
        re.compile(
            r"(?:(?P<country>1)[-. ])?\(?(?P<area>[2-9]\d\d)(?:\)[ ]?|[-. ])"
            r"(?:(?P<exchange>\d{3})[-. ](?P<line>\d{4})|(?P<letters>[A-Z]{3,9}))(?![\w-]|[.,]\d)"
            r"(?:,?[ ]?(?:ext\.?|x|extension)[ ]?(?P<extension>\d{1,6}))?(?!\w)"
        ),
        lambda found, language: (
            None if found["letters"] and not found["country"] else _north_american(found, language)
        ),
    ),
)  # fmt: skip
"""Before addresses, whose dots and dashes they share."""

KINDS: Final = (
    Kind("local", re.compile(r"\d{3}[-.]\d{4}(?![\w-]|[.,]\d)"), _local),
    Kind("zip", re.compile(r"\d{5}-\d{4}(?![\w-])"), _zip_plus),
    Kind(
        "insurance",
        re.compile(r"\d{3}-\d{2}-\d{4}(?![\w-])"),
        lambda found, language: groups_said(found.group(), language),
    ),
    Kind(
        "grouped",
        re.compile(
            r"\(?\d{1,6}\)?(?:[ ]?[-/.][ ]?\d{2,8}|[ ]\d{2,8}){1,6}(?:-\d|-X)?(?![\w-]|[.,/]\d)"
        ),
        _grouped,
    ),
    Kind("in_row", re.compile(r"\d{3,20}(?![\w-]|[.,:/]\d)"), _in_row),
)  # fmt: skip
