"""What stands beside what a reader has found. Not the whole text: that would take too long."""

from __future__ import annotations

import re
from typing import Final

NEAR_CHARS: Final = 80


def text_ahead(found: re.Match[str]) -> str:
    """The text just before ``found``."""
    return found.string[max(0, found.start() - NEAR_CHARS) : found.start()]


def text_behind(found: re.Match[str]) -> str:
    """The text just behind ``found``."""
    return found.string[found.end() : found.end() + NEAR_CHARS]
