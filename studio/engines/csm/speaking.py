"""From a text to sound: sentence by sentence as codes, and codes to sound in chunks that grow."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.codec.mimi import MimiCodec, MimiStream
from studio.engines.csm.context import CsmContext, Memory
from studio.engines.csm.generating import Reply, Voices
from studio.engines.csm.guards import Guard, Judgement
from studio.engines.csm.sentences import sentences
from studio.errors import TextError
from studio.types import FRAME_SAMPLES, SpeechFrame, SpeechOptions

RAMP: Final = (1, 1, 2)
"""Frames of the first chunks. The first one alone, so that sound begins at once."""

CHUNK: Final = 4
"""Frames of all later chunks: on a CPU a call of the codec costs much the same for 1 as for 4."""

FRAMES_PER_CHARACTER: Final = 0.83
"""At 15 characters a second, the pace of people who read aloud."""

MOST_TRIES: Final = 3
"""How often a sentence is begun when nothing but silence comes."""

_SEED_STEP: Final = 1_000_003
_SEEDS: Final = 2**32

_NOTES: Final = {
    Judgement.SILENT: "A sentence was stopped because the model had fallen silent.",
    Judgement.STUCK: "A sentence was stopped because the model repeated one sound.",
    Judgement.NOTHING_HEARD: "A sentence was left out: the model stayed silent three times.",
}
CUT_SHORT: Final = "A sentence was stopped when it had become longer than its text can be."

TRAILING_SAMPLES: Final = 960
"""40 ms of silence: the last frame, which alone knows that all is said."""

Spoken = tuple[NDArray[np.int16], NDArray[np.float32]]
"""Codes [codebooks] and sound [1920] of one frame."""


def speak(
    voices: Voices, codec: MimiCodec, context: CsmContext, text: str, options: SpeechOptions
) -> Iterator[SpeechFrame]:
    """``text`` as frames. ``context`` goes on from it once the last frame was taken.

    At temperature 0 only the length is guarded, so that what is heard is what the model says.

    Raises:
        TextError: there is nothing in ``text`` to speak, or it does not fit into the model.
    """
    pieces = sentences(text)
    if not pieces:
        raise TextError("There is nothing in this text that can be spoken. Write it in words.")
    memory = context.memory
    index = start = 0
    note = ""
    with codec.stream() as stream:
        sizes = _chunk_sizes()
        for number, sentence in enumerate(pieces):
            seed = (options.seed + _SEED_STEP * number) % _SEEDS
            saying = _Saying(voices, memory, sentence.text, replace(options, seed=seed))
            for codes, samples in saying.frames(stream, sizes):
                reached = min(sentence.end, start + saying.characters)
                yield SpeechFrame(index, samples, reached, codes, note)
                index, note = index + 1, ""
            memory, start, note = saying.memory, sentence.end, " ".join((note, saying.note)).strip()
    yield SpeechFrame(index, np.zeros(TRAILING_SAMPLES, np.float32), len(text), note=note)
    context.memory = memory


class _Saying:
    """One sentence on its way. It is begun anew while nothing but silence was heard of it."""

    def __init__(self, voices: Voices, before: Memory, text: str, options: SpeechOptions) -> None:
        self.memory = before
        self.note = ""
        self._voices = voices
        self._text = text
        self._options = options
        self._spoken = 0

    @property
    def characters(self) -> int:
        """How many characters can have been said by now, at a usual pace."""
        return min(len(self._text), round(self._spoken / FRAMES_PER_CHARACTER))

    def frames(self, stream: MimiStream, sizes: Iterator[int]) -> Iterator[Spoken]:
        before = self.memory
        for attempt in range(MOST_TRIES):
            seed = (self._options.seed + attempt) % _SEEDS
            reply = self._voices.speak(before, self._text, replace(self._options, seed=seed))
            self._spoken = 0
            with closing(reply):
                judgement = yield from self._follow(reply, stream, sizes)
                if judgement is not Judgement.NOTHING_HEARD:
                    self.memory = reply.memory
                    self.note = CUT_SHORT if reply.cut_short else _NOTES.get(judgement, "")
                    return
        self.note = _NOTES[Judgement.NOTHING_HEARD]

    def _follow(
        self, reply: Reply, stream: MimiStream, sizes: Iterator[int]
    ) -> Generator[Spoken, None, Judgement]:
        """The frames of ``reply``, which is ended when the guard says so."""
        guard = Guard(len(self._text) * FRAMES_PER_CHARACTER)
        judgement = Judgement.FINE
        for chunk in _chunks(reply, sizes):
            samples = stream.decode(chunk).reshape(-1, FRAME_SAMPLES)
            for codes, sound in zip(chunk.T, samples, strict=True):
                self._spoken += 1
                yield np.ascontiguousarray(codes), sound
                if judgement is Judgement.FINE and self._options.temperature > 0:
                    judgement = guard.hear(codes, sound)
            if judgement is Judgement.NOTHING_HEARD:
                return judgement
            if judgement is not Judgement.FINE:
                reply.finish()
        return judgement


def _chunks(reply: Reply, sizes: Iterator[int]) -> Iterator[NDArray[np.int16]]:
    """The frames of ``reply`` in chunks [codebooks, n] of ``sizes``; the last may be smaller."""
    while chunk := list(islice(reply, next(sizes))):
        yield np.stack(chunk, axis=1)


def _chunk_sizes() -> Iterator[int]:
    yield from RAMP
    while True:
        yield CHUNK
