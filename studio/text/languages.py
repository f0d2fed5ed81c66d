"""Which table reads a language."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from studio.text.reading import TextReader
from studio.text.tables import de, en, es, fr, it, ja, other, pt, zh
from studio.text.wording.language import Language

_TABLES: Final[dict[str, Callable[[str], Language]]] = {
    "en": en.language, "es": es.language, "fr": fr.language, "it": it.language,
    "pt": pt.language, "de": de.language, "ja": ja.language, "zh": zh.language,
}  # fmt: skip


@lru_cache(maxsize=32)
def reader_of(code: str) -> TextReader:
    """The reader for a language code such as "en", "en-gb" or "pt-br"; made once."""
    tag = code.lower().replace("_", "-")
    return TextReader(_TABLES.get(tag.split("-")[0], other.language)(tag))
