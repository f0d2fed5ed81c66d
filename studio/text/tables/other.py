"""Languages without a table, Hindi among them: read as written, their numbers left to the engine.

espeak-ng puts numbers into words in all the languages that it speaks.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from studio.text.wording.language import Cutting, Language, Money


@lru_cache(maxsize=64)
def language(code: str) -> Language:
    """The language ``code``, of which nothing is known but where its sentences end."""
    return Language(
        code=code,
        decimal=".",
        grouping=",",
        cardinal=str,
        ordinal=str,
        year=str,
        words=defaultdict(str, {"and": "&", "at": "@", "plus": "+", "percent": "%"}),
        date=lambda day, month, year: f"{day}/{month}" if year is None else f"{day}/{month}/{year}",
        clock=lambda hour, minute, _: f"{hour}:{minute:02d}",
        amount=lambda whole, cents, money: f"{whole or 0}.{cents:02d} {money.many}",
        fraction=lambda upper, lower: f"{upper}/{lower}",
        currencies=dict[str, Money](),
        scales={},
        units={},
        abbreviations={},
        cutting=Cutting(frozenset(), frozenset(), frozenset(), frozenset()),
        reads_numbers=False,
    )
