"""From a prepared sentence to the phonemes that the network knows."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from studio.engines.kokoro.phonemes.english import EnglishReader
from studio.engines.kokoro.phonemes.espeak import Espeak
from studio.engines.kokoro.phonemes.ipa import LANGUAGES, read_ipa
from studio.text import Sentence

MAX_SYMBOLS: Final = 500
"""The network takes 510 with one at each end."""


@dataclass(frozen=True)
class Phonemes:
    """Symbols of one sentence, and for each how many characters of the whole text are read when it
    was said."""

    symbols: str
    reached: tuple[int, ...]

    def left_out(self, sentence: Sentence) -> list[str]:
        """Words of ``sentence``, which this is of, in letters that have no sound here."""
        said = {
            reached
            for symbol, reached in zip(self.symbols, self.reached, strict=True)
            if symbol.isalpha()
        }
        return [
            word.spoken
            for word in sentence.words
            if not word.spoken.isascii()
            and any(char.isalpha() for char in word.spoken)
            and not any(word.start < reached <= word.end for reached in said)
        ]

    def parts(self) -> Iterator[Phonemes]:
        """All of it, in parts that the network can take, cut between words; none for no sound."""
        rest = self
        while len(rest.symbols) > MAX_SYMBOLS:
            cut = max(rest.symbols.rfind(" ", 0, MAX_SYMBOLS), MAX_SYMBOLS // 2)
            yield Phonemes(rest.symbols[:cut], rest.reached[:cut])
            rest = Phonemes(rest.symbols[cut:], rest.reached[cut:])
        if any(symbol.isalpha() for symbol in rest.symbols):
            yield rest


class PhonemeReader:
    """Reads sentences of any language that the network can say. Any thread may call it."""

    def __init__(self, espeak: Espeak) -> None:
        self._espeak = espeak
        self._english: dict[bool, EnglishReader] = {}
        self._loading = threading.Lock()

    def read(self, sentence: Sentence, language: str) -> Phonemes:
        """The phonemes of ``sentence``; those that the network does not know are left out.

        Raises:
            EngineError: the process that reads other languages than English stopped.
        """
        code = language.lower()
        if code.split("-")[0] == "en":
            marked = self.english(british=code == "en-gb").read(sentence)
        else:
            marked = read_ipa(self._espeak, sentence, LANGUAGES[known_language(code)])
        known = vocabulary()
        kept = [(symbol, at) for symbol, at in marked if symbol in known]
        return Phonemes("".join(s for s, _ in kept), tuple(at for _, at in kept))

    def english(self, *, british: bool = False) -> EnglishReader:
        """The reader of one of the two kinds of English, loaded when it is first asked for."""
        with self._loading:
            if british not in self._english:
                self._english[british] = EnglishReader(british=british)
            return self._english[british]


def known_language(code: str) -> str:
    """The code under which the language is known: "pt-pt" is read as "pt"; "" if it is not."""
    for known in (code, code.split("-")[0]):
        if known in LANGUAGES or known == "en":
            return known
    return ""


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, int]:
    """The number of each symbol in the network's table; 0 stands at both ends of a sentence."""
    text = files("hibari").joinpath("assets", "vocab.json").read_text(encoding="utf-8")
    numbers: dict[str, int] = json.loads(text)
    return numbers
