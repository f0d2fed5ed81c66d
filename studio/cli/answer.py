"""What a command answers, and how it is laid out for people: aligned, with units."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """``data`` for machines, ``text`` for people; ``problem`` if there is something to mend."""

    data: dict[str, Any]
    text: str
    problem: str = ""


def plain(text: str) -> str:
    """``text`` on one line, without characters that would act on a terminal."""
    words = " ".join(text.split())
    return "".join(c if c.isprintable() or c == "\u200d" else "\ufffd" for c in words)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns two spaces apart; a head that starts with ">" stands over right-aligned figures."""
    cells = [[head.removeprefix(">") for head in heads], *([plain(c) for c in r] for r in rows)]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(heads))]
    lines = []
    for row in cells:
        padded = [
            " " * (width - _width(cell)) + cell
            if head.startswith(">")
            else cell + " " * (width - _width(cell))
            for head, cell, width in zip(heads, row, widths, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """Names and values, one pair to a line."""
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {plain(value)}" for name, value in rows)


def figure(value: float | None, unit: str, digits: int = 1) -> str:
    """``value`` with its unit, or a dash where it could not be measured."""
    return "–" if value is None else f"{value:.{digits}f} {unit}".rstrip()


def size(count: int) -> str:
    """``count`` bytes in MB or GB."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def _width(text: str) -> int:
    """Columns that ``text`` takes in a terminal: East Asian letters and emoji take two."""
    columns = 0
    for char in text:
        if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
            continue
        columns += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return columns
