"""Number words from num2words, kept: it takes a while to import, and some time for each."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=16_384)
def number_words(value: int, language: str, form: str = "cardinal") -> str:
    """``value`` in words of ``language``, as num2words has them; ``form`` is its ``to``."""
    from num2words import num2words  # loads every language it has, half a second

    words: str = num2words(value, lang=language, to=form)
    return words
