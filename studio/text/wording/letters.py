"""Abbreviations, initials, capitals, and letters joined to digits or by "&"."""

from __future__ import annotations

import re
from typing import Final

from studio.text.wording.language import Kind, Language
from studio.text.wording.nearby import text_behind
from studio.text.wording.numbers import digits
from studio.text.wording.spelling import spell
from studio.text.wording.word_sets import word_set

_PLURAL: Final = re.compile(r"(s|'s|'S|S')?$")
_VOWELS: Final = frozenset("AEIOUYÀÁÂÃÄÅÆÈÉÊËÌÍÎÏÒÓÔÕÖØÙÚÛÜÝ")
_HARD: Final = re.compile(
    r"[BCDFGHJKLMNPQRSTVWXZ]{4}"
    r"|^[BCDFGHJKLMNPQRTVWXZ][BCDFGJKLMNPQSTVXZ][BCDFGHJKMNPQSTVWXZ]"
    r"|[BCDFGHJKMPQVWXZ][BCDFGJKLMNPQRVWXZ]$"
    r"|[AEIOU]{4}"
)


_ONSETS: Final = word_set(
    """
    bl br ch cl cr dr fl fr gl gr kl kn kr pf ph pl pr ps qu rh sc sch sh sk sl sm sn sp sq st
    str sw th tr ts tw tz vl vr wh wr zw gn gh kh ly my by ny sy ty
    """
)


def is_pronounceable(letters: str) -> bool:
    """Whether capitals could be a word: with vowels, and no heap of consonants."""
    has_vowel = any(letter in _VOWELS for letter in letters)
    onset = letters[:2].casefold()
    is_onset = onset in _ONSETS or any(letter in _VOWELS for letter in letters[:2])
    return has_vowel and is_onset and not (letters.isascii() and _HARD.search(letters))


def _abbreviation(found: re.Match[str], language: Language) -> str | None:
    written = found.group()
    key = re.sub(r"\s+", " ", written.casefold())
    for form in (key, key.replace(" ", ""), key.rstrip(".")):
        words = language.abbreviations.get(form)
        if words is not None:
            return (
                words[:1].upper() + words[1:] if written[:1].isupper() and len(key) > 2 else words
            )
    return None


def _initials(found: re.Match[str], language: Language) -> str:
    return " ".join(spell(letter) for letter in re.findall(r"[^\W\d_]", found.group()))


def _dotted(found: re.Match[str], language: Language) -> str:
    return spell(re.sub(r"\W", "", found["letters"])) + (found["end"] or "")


def _joined(found: re.Match[str], language: Language) -> str:
    first, last = found["first"], found["last"]
    said = f"{spell(first)} {language.words['and']} {spell(last)}"
    return said + (found["end"] or "")


def _letters_and_digits(found: re.Match[str], language: Language) -> str:
    return _mixed(found.group(), language)


def _mixed(written: str, language: Language) -> str:
    said: list[str] = []
    for run in re.findall(r"[^\W\d_²³]+(?:'s)?|\d+", written):
        if not run.isdigit():
            is_word = len(run) > 2 + (not said) and not run.isupper() and _VOWEL.search(run)
            said.append(run if is_word else spell(run))
        elif len(run) > 2 or (run[0] == "0" and len(run) > 1):
            said.append(digits(run, language))
        else:
            said.append(language.cardinal(int(run)))
    return " ".join(said)


def _capitals(found: re.Match[str], language: Language) -> str | None:
    """Where no list of words is at hand: letters that can be no word are spelt, shouting is not."""
    letters, end = found["letters"], found["end"] or ""
    if not is_pronounceable(letters) or len(letters) == 1:
        return spell(letters) + end.lower()
    if len(letters) > 4 or _is_shouted(found):
        return (letters + end).lower()
    return None


def _is_shouted(found: re.Match[str]) -> bool:
    """Whether a neighbour is a longer word in capitals."""
    around = found.string[max(0, found.start() - 24) : found.start()], text_behind(found)
    before = re.search(r"([^\W\d_]{2,})[\s,]+$", around[0])
    behind = re.match(r"[\s,]+([^\W\d_]{2,})", around[1])
    return any(
        word is not None and word[1].isupper() and len(word[1]) > 4 for word in (before, behind)
    )


_VOWEL: Final = re.compile(r"[aeiouyà-ÿ]", re.I)
_UPPER: Final = "A-ZÀ-ÖØ-Þ"


def kinds(language: Language) -> tuple[Kind, ...]:
    """The kinds of letters in ``language``."""
    dotted = [word for word in language.abbreviations if not word[-1:].isalpha() or " " in word]
    plain = [word for word in language.abbreviations if word not in dotted]
    written = "|".join(
        re.escape(word).replace(r"\ ", r"\ ?") for word in sorted(dotted, key=len, reverse=True)
    )
    bare = "|".join(re.escape(word) for word in sorted(plain, key=len, reverse=True))
    return (
        Kind(
            "abbreviation",
            re.compile(rf"(?:(?:{written or '(?!)'})|(?:{bare or '(?!)'})\.?(?!\w))(?!\w)", re.I),
            _abbreviation,
        ),
        Kind("initials", re.compile(rf"(?:[{_UPPER}]\.[ ]?)+(?=[{_UPPER}][^\W\d_]+)"), _initials),
        Kind(
            "dotted",
            re.compile(r"(?P<letters>(?:[^\W\d_¼-¾²³⅐-⅞]\.[ ]?)+[^\W\d_¼-¾²³⅐-⅞]\.?)"
                r"(?![^\W_])(?P<end>'s)?"),
            _dotted,
        ),
        Kind(
            "joined",
            re.compile(
                rf"(?P<first>[{_UPPER}]{{1,4}})[ ]?&[ ]?"
                rf"(?P<last>[{_UPPER}]{{1,4}})(?P<end>'?s)?(?!\w)"
            ),
            _joined,
        ),
        *language.letter_kinds,
        Kind(
            "letters_and_digits",
            re.compile(r"(?=[^\W_]{0,60}\d)(?=[^\W_]{0,60}[^\W\d_])[^\W_²³]+(?:-(?=[^\W_]{0,60}\d)[^\W_²³]+)*"),
            _letters_and_digits,
        ),
        Kind(
            "capitals",
            re.compile(rf"(?P<letters>[{_UPPER}]{{2,}})(?P<end>s|'s)?(?!\w|-\d*[a-z]{{9}})"),
            _capitals,
        ),
    )  # fmt: skip
