"""Languages as people call them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

LANGUAGES: Final = (
    ("English", "en"), ("British English", "en-gb"), ("German", "de"), ("French", "fr"),
    ("Spanish", "es"), ("Italian", "it"), ("Portuguese", "pt"), ("Dutch", "nl"),
    ("Polish", "pl"), ("Swedish", "sv"), ("Danish", "da"), ("Norwegian", "nb"),
    ("Finnish", "fi"), ("Czech", "cs"), ("Hungarian", "hu"), ("Romanian", "ro"),
    ("Greek", "el"), ("Turkish", "tr"), ("Ukrainian", "uk"), ("Russian", "ru"),
    ("Hindi", "hi"), ("Chinese", "zh"), ("Japanese", "ja"), ("Korean", "ko"),
)  # fmt: skip
"""(name, code), those that most voices here are of first."""

_NAMES: Final = {code: name for name, code in LANGUAGES}


def language_name(code: str) -> str:
    """What people call the language ``code``, such as "pt-br"; the code itself if it is rare."""
    return _NAMES.get(code) or _NAMES.get(code.split("-")[0], repr(code))


def in_usual_order(codes: Iterable[str]) -> list[str]:
    """``codes`` in the order of ``LANGUAGES``, rare ones last."""
    order = list(_NAMES)
    return sorted(
        codes, key=lambda code: (order.index(code) if code in order else len(order), code)
    )
