"""What a text is for an engine: sentences in words, each knowing where it was typed.

All positions count characters (Unicode code points) of the text as it was typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

PAUSES = ",;:.!?…—"
"""The marks that ``Sentence.spoken`` keeps. A dash stands between spaces, the others behind their
word."""


@dataclass(frozen=True)
class Word:
    """What is said as one: a word, letters that are spelt, or what one pronunciation covers.

    ``spoken`` begins at character ``at`` of ``Sentence.spoken`` and stands for what was typed from
    ``start`` to ``end``; words that were typed as one ("$12" is "twelve dollars") share that.
    ``is_spelt``: letters with a space between them ("B B C"). ``phonemes`` is how the person wants
    it said, as written in a lexicon, without the slashes; "" leaves it to the engine.
    """

    spoken: str
    at: int
    start: int
    end: int
    is_spelt: bool = False
    phonemes: str = ""


@dataclass(frozen=True)
class Sentence:
    """One sentence: ``text`` as typed, ``spoken`` as a good reader says it, in words.

    The sentences of a text follow one another without a gap: ``start`` is where the one before
    ended, and the last one ends where the text does. ``text`` has no white space at its ends.
    ``ends_paragraph``: a longer pause belongs behind it.
    """

    text: str
    start: int
    end: int
    spoken: str
    words: tuple[Word, ...]
    ends_paragraph: bool = False

    @cached_property
    def compact(self) -> str:
        """``spoken`` with spelt letters written together ("the BBC"), as readers that know
        abbreviations like them best."""
        pieces = []
        done = 0
        for word in self.words:
            if word.is_spelt:
                pieces += [self.spoken[done : word.at], word.spoken.replace(" ", "")]
                done = word.at + len(word.spoken)
        return "".join([*pieces, self.spoken[done:]])

    def reached(self, spoken_chars: int) -> int:
        """Characters of the whole text that are read once so many of ``spoken`` are said."""
        reached = self.start
        for word in self.words:
            if word.at + len(word.spoken) > spoken_chars:
                return reached
            reached = word.end
        return self.end


@dataclass(frozen=True)
class PreparedText:
    """``text`` as it was typed, and its sentences. Without sentences there is nothing to say."""

    text: str
    language: str
    sentences: tuple[Sentence, ...]

    @property
    def spoken(self) -> str:
        """All that is said, in words."""
        return " ".join(sentence.spoken for sentence in self.sentences)
