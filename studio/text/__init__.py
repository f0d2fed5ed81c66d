"""Text as it is typed to what is said: sentences in words, for every engine."""

from studio.text.lexicon import Lexicon, read_lexicon
from studio.text.prepared import PreparedText, Sentence, Word
from studio.text.preparing import prepare, sentence_ends

__all__ = [
    "Lexicon",
    "PreparedText",
    "Sentence",
    "Word",
    "prepare",
    "read_lexicon",
    "sentence_ends",
]
