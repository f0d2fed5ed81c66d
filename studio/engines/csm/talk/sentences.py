"""A text as the pieces that are spoken as turns of their own: sentences, whole where they fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from studio.text.prepared import PreparedText, Sentence

LONGEST: Final = 240
"""Characters. About 16 s of speech: CSM was trained on turns, and drifts in longer ones."""

SHORTEST: Final = 24
"""Characters. "No. Well." said in one breath sounds better than as two turns of one word."""


@dataclass(frozen=True)
class SentencePiece:
    """Sentences that are spoken as one turn. Letters that are spelt stand together in ``text``,
    as in the transcripts that CSM has learnt from."""

    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        return " ".join(sentence.compact for sentence in self.sentences)

    @property
    def end(self) -> int:
        """How many characters of the text as it was typed it reaches."""
        return self.sentences[-1].end

    def reached(self, share: float) -> int:
        """Characters of the whole text that are read when ``share`` of this piece is said."""
        left = share * sum(len(sentence.spoken) for sentence in self.sentences)
        for sentence in self.sentences:
            if left < len(sentence.spoken):
                return sentence.reached(int(left))
            left -= len(sentence.spoken)
        return self.end


def pieces(text: PreparedText) -> list[SentencePiece]:
    """``text`` cut where a speaker would pause; a piece too short to stand alone is joined."""
    found: list[SentencePiece] = []
    for sentence in text.within(LONGEST).sentences:
        if found and _belongs(found[-1], sentence):
            found[-1] = SentencePiece((*found[-1].sentences, sentence))
        else:
            found.append(SentencePiece((sentence,)))
    return found


def _belongs(last: SentencePiece, more: Sentence) -> bool:
    return len(last.text) < SHORTEST and len(last.text) + len(more.compact) < LONGEST
