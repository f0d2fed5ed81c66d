"""What a text is read as, in a form that tests compare: small letters, marks taken out."""

from __future__ import annotations

import re

from studio.text import prepare


def words(text: str, language: str = "en") -> str:
    """All that is said of ``text``, without marks."""
    return bare(prepare(text, language).spoken)


def bare(said: str) -> str:
    return " ".join(re.sub(r"[^\w' ]+", " ", said.casefold()).split())


def said_again(text: str, language: str) -> list[tuple[str, str]]:
    """Each spoken sentence of ``text``, and what is said of that when it is read once more."""
    sentences = prepare(text, language).sentences
    return [(one.spoken, prepare(one.spoken, language).spoken) for one in sentences]


def spoken(text: str, language: str = "en") -> list[str]:
    """The spoken sentences of ``text``, with their marks."""
    return [sentence.spoken for sentence in prepare(text, language).sentences]
