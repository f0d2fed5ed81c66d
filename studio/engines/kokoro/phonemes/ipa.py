"""Other languages than English: espeak-ng's IPA in the network's alphabet.

The reference front end of Kokoro does the same for Spanish, French, Italian, Portuguese and Hindi,
which the network was trained on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from studio.engines.kokoro.phonemes.espeak import TIE, Espeak
from studio.text import Sentence, Word

Marked = list[tuple[str, int]]


@dataclass(frozen=True)
class IpaLanguage:
    """How a language is read and spoken. ``voice`` is espeak-ng's. ``natives`` begins the names of
    the published voices that speak it, and ``share`` of the way from English ones to them is gone
    by everybody who speaks it: as far as it wins words and leaves the person."""

    name: str
    voice: str
    natives: str
    share: float = 0.0


LANGUAGES: Final = {
    "es": IpaLanguage("Spanish", "es", "e"),
    "fr": IpaLanguage("French", "fr", "f", 0.5),
    "it": IpaLanguage("Italian", "it", "i", 0.5),
    "pt": IpaLanguage("Portuguese", "pt-br", "p", 0.5),
    "hi": IpaLanguage("Hindi", "hi", "h"),
}
"""Those that the network was trained on and espeak-ng reads."""

# Two sounds that espeak-ng ties into one, as one symbol of the network.
_TIED: Final = {
    "a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O", "ə^ʊ": "Q",
    "s^s": "S", "t^s": "ʦ", "t^ʃ": "ʧ", "ɔ^ɪ": "Y", "p^f": "pf", "ɔ^ø": "Y", "ɔ^y": "Y",
}  # fmt: skip

# Sounds without a symbol, as the nearest that has one.
_NEAREST: Final = str.maketrans({
    "ʏ": "y", "ɵ": "ø", "ɱ": "m", "ɫ": "l", "ʙ": "b", "ħ": "h", "ʀ": "ʁ", "ɭ": "l", "g": "ɡ",
    "-": None, TIE: None,
})  # fmt: skip

_MARK: Final = re.compile(r"[,.;:!?…—“”\"()]")


def read_ipa(espeak: Espeak, sentence: Sentence, language: IpaLanguage) -> Marked:
    """Phonemes of ``sentence``, and the marks between its words.

    Raises:
        EngineError: espeak-ng's process stopped.
    """
    marked: Marked = []
    done = 0
    # Words between two marks are read together: how one is said can depend on the next.
    for group in _between_marks(sentence):
        before = sentence.spoken[done : group[0].at]
        marked += _marks(before, marked[-1][1] if marked else sentence.start)
        marked += _group(espeak, group, language)
        done = group[-1].at + len(group[-1].spoken)
    return marked + _marks(sentence.spoken[done:], sentence.end)


def _between_marks(sentence: Sentence) -> list[list[Word]]:
    groups: list[list[Word]] = []
    done = 0
    for word in sentence.words:
        if not groups or _MARK.search(sentence.spoken[done : word.at]):
            groups.append([])
        groups[-1].append(word)
        done = word.at + len(word.spoken)
    return groups


def _marks(between: str, reached: int) -> Marked:
    """The marks of ``between`` with the spaces around them, and one space where there are none."""
    squeezed = "".join(
        " " if is_space else "".join(part)
        for is_space, part in groupby(between, key=lambda char: not _MARK.match(char))
    )
    return [(symbol, reached) for symbol in squeezed]


def _group(espeak: Espeak, words: list[Word], language: IpaLanguage) -> Marked:
    """Words that the lexicon gives phonemes for are said so, the others as espeak-ng reads them."""
    marked: Marked = []
    for has_own, part in groupby(words, key=lambda word: bool(word.phonemes)):
        some = list(part)
        if marked:
            marked.append((" ", marked[-1][1]))
        said = [w.phonemes for w in some] if has_own else _ipa_words(espeak, some, language)
        for place, symbols in enumerate(said):
            # Now and then espeak-ng joins or splits words: they are shared out evenly then.
            word = some[min(len(some) - 1, place * len(some) // max(1, len(said)))]
            marked += [(" ", word.start)] if place else []
            marked += [(symbol, word.end) for symbol in symbols]
    return marked


def _ipa_words(espeak: Espeak, words: list[Word], language: IpaLanguage) -> list[str]:
    text = " ".join(word.spoken for word in words)
    return [symbols(word) for word in espeak.phonemes(text, language.voice).split()]


def symbols(ipa: str) -> str:
    """espeak-ng's ``ipa`` with ties in the network's symbols."""
    for tied, symbol in _TIED.items():
        ipa = ipa.replace(tied, symbol)
    return ipa.translate(_NEAREST)
