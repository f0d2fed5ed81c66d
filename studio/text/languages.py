"""Which table reads a language."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Final

from studio.text.language import Language
from studio.text.reading import Reader

_TABLES: Final = frozenset(["en", "es", "fr", "it", "pt", "de", "hi", "ja", "zh"])
"""Languages with a table. Others are read as written, without numbers in words."""


@lru_cache(maxsize=32)
def reader_of(code: str) -> Reader:
    """The reader for a language code such as "en", "en-gb" or "pt-br"; made once."""
    base = code.lower().replace("_", "-").split("-")[0]
    table = import_module(f"studio.text.tables.{base if base in _TABLES else 'other'}")
    make: Callable[[str], Language] = table.language
    return Reader(make(code.lower().replace("_", "-")))
