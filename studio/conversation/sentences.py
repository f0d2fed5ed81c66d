"""Sentences out of a stream of text, each as soon as it is complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def sentences(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the sentences of the text that arrives in ``pieces``.

    A sentence is yielded when the start of the next one shows that it is over. Nothing is changed:
    joined, the sentences are the text, only without white space at its very end, so that none of
    them is blank. White space between two sentences leads the second.
    """
    from sentence_stream import SentenceBoundaryDetector

    detector = SentenceBoundaryDetector()
    waiting = ""
    for piece in pieces:
        waiting += piece
        for found in detector.add_chunk(piece):
            length = _length_in(waiting, found)
            yield waiting[:length]
            waiting = waiting[length:]
    tail = waiting.rstrip()
    if tail:
        yield tail


def _length_in(text: str, sentence: str) -> int:
    """How much of ``text`` is ``sentence``, which the detector hands out without its asterisks
    and outer white space."""
    position = 0
    for char in sentence:
        position = text.index(char, position) + 1
    return position
