"""What a text is for an engine: sentences in words, each knowing where it was typed.

All positions count characters (Unicode code points) of the text as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final


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
    """One sentence: ``text`` as typed, ``spoken`` as a good reader says it, in words and the marks
    ,;:.!?…— (a dash between spaces, the others behind their word).

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

    def within(self, max_chars: int) -> PreparedText:
        """The same with every sentence that has more than ``max_chars`` spoken characters cut at
        clause marks, or else between words. A word is never cut, however long it is."""
        if all(len(sentence.spoken) <= max_chars for sentence in self.sentences):
            return self
        cut = [part for one in self.sentences for part in _cut(one, self.text, max_chars)]
        return replace(self, sentences=tuple(cut))


def _cut(sentence: Sentence, text: str, max_chars: int) -> Iterator[Sentence]:
    """``sentence`` in parts whose spoken form has at most ``max_chars``, cut at clause marks.

    A word is never cut, so one that is longer by itself is a part of its own.
    """
    cuts = _cuts(sentence.spoken, max_chars)
    groups: list[list[Word]] = [[] for _ in cuts]
    part = 0
    for word in sentence.words:
        while word.at + len(word.spoken) > cuts[part] and part < len(cuts) - 1 and (
            word.at >= cuts[part] or groups[part]
        ):  # fmt: skip
            part += 1
        groups[part].append(word)
    filled = [group for group in groups if group]
    start = sentence.start
    for number, group in enumerate(filled):
        is_last = number == len(filled) - 1
        following = sentence.words[-1] if is_last else filled[number + 1][0]
        # What was typed as one and is said in two parts is read when the first of them is.
        end = sentence.end if is_last else max(start, group[-1].end, following.start)
        begins = group[0].at
        stops = len(sentence.spoken) if is_last else following.at
        yield replace(
            sentence,
            text=text[start:end].strip(),
            start=start,
            end=end,
            spoken=sentence.spoken[begins:stops].strip(),
            words=tuple(
                replace(
                    word,
                    at=word.at - begins,
                    start=max(start, word.start),
                    end=max(start, word.end),
                )
                for word in group
            ),
            ends_paragraph=sentence.ends_paragraph and is_last,
        )
        start = end


_CLAUSES: Final = (re.compile(r"[;:—…]\s+"), re.compile(r",\s+"), re.compile(r"\s+"))


def _cuts(spoken: str, max_chars: int) -> list[int]:
    """Where to cut ``spoken`` so that no part is longer than ``max_chars``: behind a clause, else
    behind a word, else anywhere. The last number is its length."""
    cuts: list[int] = []
    start = 0
    while len(spoken) - start > max_chars:
        limit = start + max_chars
        cut = limit
        for pattern in _CLAUSES:
            found = [m.end() for m in pattern.finditer(spoken, start + max_chars // 3, limit + 1)]
            ends = [end for end in found if start < end <= limit + 1]
            if ends:
                cut = ends[-1]
                break
        cuts.append(cut)
        start = cut
    return [*cuts, len(spoken)]
