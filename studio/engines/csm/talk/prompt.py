"""What the backbone reads: turns of a conversation as rows of text ids and of audio frames.

A turn is laid out as Sesame's own generator does it: the tokens of ``<bos>[speaker]text<eos>``,
then its frames, then one frame of zeros. That last frame is audio like any other to the backbone:
the embeddings of code 0 of all codebooks are summed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.csm.files.shape import CsmShape
from studio.errors import EngineError, EngineUnavailableError, TextError
from studio.types import Segment

_BEGIN: Final = "<|begin_of_text|>"
_END: Final = "<|end_of_text|>"

Text = NDArray[np.int64]
"""Token ids [n]: n rows of text."""

Frames = NDArray[np.int16]
"""Codes [codebooks, n]: n rows of audio."""

Rows = Text | Frames
"""What is read in one piece; each has one row for each position."""


def count(rows: Sequence[Rows]) -> int:
    """How many positions ``rows`` take."""
    return sum(piece.shape[-1] for piece in rows)


def skip(rows: Sequence[Rows], positions: int) -> Iterator[Rows]:
    """``rows`` without the first ``positions`` of them."""
    for piece in rows:
        size = piece.shape[-1]
        if positions < size:
            yield piece[..., positions:]
        positions = max(0, positions - size)


@dataclass(frozen=True, eq=False)
class PromptTurn:
    """Something that was said: ``ids`` are the tokens of ``text``, ``codes`` int16 [codebooks, n]
    its sound, or None where only the text is known."""

    speaker: int
    text: str
    ids: Text
    codes: Frames | None

    @property
    def rows(self) -> tuple[Rows, ...]:
        if self.codes is None:
            return (self.ids,)
        return (self.ids, self.codes, end_frame(self.codes.shape[0]))

    @property
    def positions(self) -> int:
        return count(self.rows)


def end_frame(codebooks: int) -> Frames:
    """The frame that ends the sound of a turn."""
    return np.zeros((codebooks, 1), np.int16)


class PromptText:
    """Text as tokens, by the tokenizer of the checkpoint. Threads may share it."""

    def __init__(self, tokenizer_path: Path, shape: CsmShape) -> None:
        """Read ``tokenizer.json``.

        Raises:
            EngineUnavailableError: the file is missing or damaged, or is not that of the model.
        """
        try:
            found = tokenizer_path.stat()
            self._tokenizer = _read(tokenizer_path, found.st_size, found.st_mtime_ns)
        except Exception as error:  # tokenizers raises bare Exception for every kind of bad file
            raise EngineUnavailableError(
                f"The tokenizer {tokenizer_path.name} of the model is missing or damaged. "
                "Fetch the model again."
            ) from error
        begin, end = self._tokenizer.token_to_id(_BEGIN), self._tokenizer.token_to_id(_END)
        vocabulary = self._tokenizer.get_vocab_size()
        if begin != shape.begin_id or end is None or vocabulary > shape.text_vocabulary:
            raise EngineUnavailableError(
                f"The tokenizer {tokenizer_path.name} does not belong to this model. "
                "Fetch the model again."
            )
        self._begin, self._end = begin, end

    def ids(self, text: str, speaker: int) -> Text:
        """Tokens of ``text`` said by ``speaker``, with the marks around them."""
        words = self._tokenizer.encode(f"[{speaker}]{text}", add_special_tokens=False).ids
        return np.array([self._begin, *words, self._end], np.int64)

    def turn(self, text: str, speaker: int, codes: Frames | None) -> PromptTurn:
        """A turn of ``text``, which may not be empty.

        Raises:
            TextError: ``text`` has nothing in it.
        """
        text = text.strip()
        if not text:
            raise TextError("There is nothing to say. Write at least one word.")
        return PromptTurn(speaker, text, self.ids(text, speaker), codes)

    def voice_turn(self, segment: Segment, shape: CsmShape) -> PromptTurn:
        """The turn that a segment of a voice prompt is.

        Raises:
            EngineError: it has no transcript, no codec tokens, or tokens of another codec.
        """
        if not segment.transcript.strip():
            raise EngineError(
                "This voice cannot be used without the words of its clip. "
                "Add the transcript of the clip to the voice."
            )
        if segment.tokens is None:
            raise EngineError(
                "This voice has no codec tokens yet. Save it again, so that they are made."
            )
        codes = segment.tokens.codes
        fits = codes.ndim == 2 and codes.shape[0] == shape.codebooks and codes.shape[1] > 0
        if not fits or codes.min() < 0 or codes.max() >= shape.codes:
            raise EngineError(
                "The codec tokens of this voice do not fit this model. "
                "Save the voice again, so that they are made anew."
            )
        return self.turn(segment.transcript, segment.speaker, codes.astype(np.int16))


@lru_cache(maxsize=1)
def _read(path: Path, size: int, changed_ns: int) -> Any:
    """The tokenizer in the file at ``path``, which is of ``size`` and was changed at that time.

    Kept, because it is read to see whether the model can speak, and again to speak: one of Llama's
    size takes 0.3 s.
    """
    from tokenizers import Tokenizer  # type: ignore[import-untyped]

    tokenizer = Tokenizer.from_file(str(path))
    # "<|end_of_text|>" in a person's text is text; it must not end the turn.
    tokenizer.encode_special_tokens = True
    return tokenizer
