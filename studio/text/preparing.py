"""From a text as typed to sentences that can be spoken."""

from __future__ import annotations

import re

from studio.text.lexicon import Lexicon
from studio.text.prepared import PreparedText, Sentence, Word

_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s+|\n+|$")


def prepare(
    text: str, language: str, lexicon: Lexicon | None = None, max_chars: int | None = None
) -> PreparedText:
    """``text`` as the sentences that a good reader of ``language`` would say.

    A sentence is cut where it ends and nowhere else; with ``max_chars`` one whose spoken form is
    longer is cut at clause marks too. Nothing is refused: of what cannot be read, what can be is.
    """
    sentences = []
    start = 0
    for match in _END.finditer(text):
        typed = text[start : match.end()]
        if any(char.isalnum() for char in typed):
            spoken = " ".join(typed.split())
            words = []
            for found in re.finditer(r"\S+", typed):
                at = len(" ".join(word.spoken for word in words)) + bool(words)
                words.append(Word(found[0], at, start + found.start(), start + found.end()))
            sentences.append(Sentence(typed.strip(), start, match.end(), spoken, tuple(words)))
            start = match.end()
    return PreparedText(text, language, tuple(sentences))
