"""Where the pronunciations that people write down come from: one file for all, one text a voice."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from studio.errors import TextError
from studio.profile import MAX_LEXICON_CHARS
from studio.settings import Settings
from studio.text.lexicon import Lexicon, parse_lexicon, read_lexicon

FILE_NAME: Final = "lexicon.txt"
"""Beside the voices of all owners."""


def common_lexicon(settings: Settings) -> Lexicon:
    """The lexicon of all voices; without entries where there is none.

    Raises:
        TextError: the file that the settings name is not there, or cannot be used.
    """
    if settings.lexicon is None:
        return read_lexicon(settings.profiles_dir / FILE_NAME)
    if not settings.lexicon.exists():
        raise TextError(
            f"The lexicon {str(settings.lexicon)!r}, which the setting 'lexicon' names, is not "
            f"there. Make the file, or take the setting away."
        )
    return read_lexicon(settings.lexicon)


@lru_cache(maxsize=32)
def voice_lexicon(text: str, name: str) -> Lexicon:
    """The lexicon of the voice ``name``.

    Raises:
        TextError: it is too long, or a line is no entry.
    """
    if len(text) > MAX_LEXICON_CHARS:
        raise TextError(
            f"The lexicon of {name!r} has {len(text):,} characters; {MAX_LEXICON_CHARS:,} is the "
            f"most for one voice. Put words that all voices share into {FILE_NAME}."
        )
    return parse_lexicon(text, f"The lexicon of {name!r}")
