"""Which espeak-ng voice speaks a language, and which letters that voice can read."""

from __future__ import annotations

import unicodedata
from typing import Final

DEFAULT_VOICE: Final = "en-us"

# Where espeak-ng's name is not the language code itself.
_VOICES: Final = {
    "en": "en-us",
    "en-us": "en-us",
    "en-gb": "en",
    "no": "nb",
    "zh": "cmn",
    "es-mx": "es-419",
    "pt-br": "pt-br",
}

_OWN_NAMES: Final = frozenset({
    "af", "am", "ar", "as", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "eo",
    "es", "et", "eu", "fa", "fi", "fr", "ga", "gu", "he", "hi", "hr", "hu", "hy", "id", "is", "it",
    "ja", "ka", "kk", "kn", "ko", "ku", "ky", "la", "lt", "lv", "mk", "ml", "mr", "ms", "mt", "my",
    "nb", "ne", "nl", "pa", "pl", "pt", "ro", "ru", "sd", "sk", "sl", "sq", "sr", "sv", "sw", "ta",
    "te", "th", "tr", "tt", "ug", "uk", "ur", "uz", "vi",
})  # fmt: skip

LANGUAGES: Final = _OWN_NAMES | frozenset(_VOICES)
"""Codes of the languages that espeak-ng speaks and this engine knows."""

# Scripts by the first word of a letter's Unicode name. Every voice reads Latin letters.
_SCRIPTS: Final = {
    "CYRILLIC": frozenset(["be", "bg", "kk", "ky", "mk", "ru", "sr", "tt", "uk"]),
    "GREEK": frozenset(["el"]),
    "ARABIC": frozenset(["ar", "fa", "ku", "sd", "ug", "ur"]),
    "HEBREW": frozenset(["he"]),
    "DEVANAGARI": frozenset(["hi", "mr", "ne"]),
    "BENGALI": frozenset(["as", "bn"]),
    "GURMUKHI": frozenset(["pa"]),
    "GUJARATI": frozenset(["gu"]),
    "TAMIL": frozenset(["ta"]),
    "TELUGU": frozenset(["te"]),
    "KANNADA": frozenset(["kn"]),
    "MALAYALAM": frozenset(["ml"]),
    "THAI": frozenset(["th"]),
    "MYANMAR": frozenset(["my"]),
    "GEORGIAN": frozenset(["ka"]),
    "ARMENIAN": frozenset(["hy"]),
    "ETHIOPIC": frozenset(["am"]),
    "HANGUL": frozenset(["ko"]),
    "HIRAGANA": frozenset(["ja"]),
    "KATAKANA": frozenset(["ja"]),
    "CJK": frozenset(["zh", "ja"]),
}

_SCRIPT_NAMES: Final = {"CJK": "Chinese characters", "HANGUL": "Korean letters"}


def espeak_voice(language: str) -> str:
    """The espeak-ng voice for a language code such as ``en``, ``en-gb`` or ``fr``.

    A language that espeak-ng does not speak gets the English voice: a wrong accent is better
    than silence, and the profile stays usable.
    """
    code = language.lower()
    base = code.split("-")[0]
    if code in _VOICES:
        return _VOICES[code]
    return _VOICES.get(base, base if base in _OWN_NAMES else DEFAULT_VOICE)


def script_of(letter: str) -> str:
    """The script of one letter, such as ``LATIN`` or ``CYRILLIC``; "" for what has no script."""
    if letter.isascii():
        return "LATIN"
    name = unicodedata.name(letter, "")
    if "MODIFIER" in name or "COMBINING" in name:
        return ""
    return name.split(" ")[0]


def can_read(language: str, script: str) -> bool:
    """Whether the voice for ``language`` reads letters of ``script``."""
    if script in ("LATIN", ""):
        return True
    return language.lower().split("-")[0] in _SCRIPTS.get(script, frozenset())


def describe_script(script: str) -> str:
    """``script`` in words for a person: "Cyrillic letters"."""
    return _SCRIPT_NAMES.get(script, f"{script.capitalize()} letters")
