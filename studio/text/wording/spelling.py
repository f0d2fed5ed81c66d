"""Letters that are said one by one, and the reader's sign for them."""

from __future__ import annotations

import re
from typing import Final

SPELT: Final = "\x04"
"""Stands before each letter that is spelt, so that letters which belong together stay together."""

_HUMPS: Final = re.compile(r"[^\W\d_]+|\d+")


def spell(letters: str) -> str:
    """``letters`` as one group that is spelt: "bbc" is said "B B C"."""
    return "".join(f"{SPELT}{char.upper()}" for char in letters if char.isalnum())


def runs(written: str) -> list[str]:
    """The runs of letters and of digits in ``written``."""
    return _HUMPS.findall(written)
