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
from studio.engines.csm.talk.context import CsmContext, ReadTurns
from studio.engines.csm.talk.generating import FrameStream, VoiceModel
from studio.engines.csm.talk.guards import Guard, Judgement
from studio.engines.csm.talk.reserve import MOST, Reserve
from studio.engines.csm.talk.sentences import SentencePiece, pieces
from studio.errors import TextError
from studio.text.prepared import PreparedText
from studio.types import FRAME_SAMPLES, SpeechFrame, SpeechOptions

RAMP: Final = (1, 1, 2)
"""Frames of the first chunks. The first one alone, so that sound begins at once."""

CHUNK: Final = 4
"""Frames of all later chunks: on a CPU a call of the codec costs much the same for 1 as for 4."""

FRAMES_PER_CHARACTER: Final = 0.83
"""At 15 characters a second, the pace of people who read aloud."""

MOST_TRIES: Final = 3
"""How often a sentence is begun when it goes wrong."""

_WRONG: Final = frozenset({Judgement.SILENT, Judgement.STUCK})

_SEED_STEP: Final = 1_000_003
_SEEDS: Final = 2**32

_NOTES: Final = {
    Judgement.SILENT: "A sentence was stopped because the model had fallen silent.",
    Judgement.STUCK: "A sentence was stopped because the model repeated one sound.",
}
LEFT_OUT: Final = "A sentence was left out: the model stayed silent three times."
CUT_SHORT: Final = "A sentence was stopped when it had become longer than its text can be."

TRAILING_SAMPLES: Final = 960
"""40 ms of silence: the last frame, which alone knows that all is said."""


def speak(
    voices: VoiceModel,
    codec: MimiCodec,
    context: CsmContext,
    text: PreparedText,
    options: SpeechOptions,
    *,
    caution: bool = True,
) -> Generator[SpeechFrame, None, None]:
    """``text`` as frames. ``context`` goes on from it once the last frame was taken.

    Without ``caution``, and at temperature 0, only the length is guarded, so that what is heard is
    what the model says. With it, frames of a text of several sentences go out a little later than
    they are made, so that a later sentence that goes wrong can be begun anew before anything of it
    is heard.

    Raises:
        TextError: there is nothing in ``text`` to speak, or it does not fit into the model.
    """
    turns = pieces(text)
    if not turns:
        raise TextError("There is nothing in this text that can be spoken. Write it in words.")
    memory = context.memory
    outgoing = _Outgoing()
    # At temperature 0 another seed says the same.
    is_watched = caution and options.temperature > 0
    # Before a single sentence there is nothing that could be kept back.
    reserve = Reserve(MOST if len(turns) > 1 and is_watched else 0)
    with codec.stream() as stream:
        sizes = _chunk_sizes()
        for number, piece in enumerate(turns):
            seed = (options.seed + _SEED_STEP * number) % _SEEDS
            own = replace(options, seed=seed)
            saying = _Saying(voices, memory, piece, own, stream, reserve, is_watched=is_watched)
            with closing(saying.frames(sizes)) as frames:
                for frame in frames:
                    yield outgoing.numbered(frame)
                    if piece is turns[-1] and not saying.is_unheard:
                        reserve.end()
            memory = saying.memory
            outgoing.tell(saying.note)
    for frame in reserve.rest():
        yield outgoing.numbered(frame)
    yield outgoing.numbered(SpeechFrame(0, np.zeros(TRAILING_SAMPLES, np.float32), len(text.text)))
    context.memory = memory


class _Outgoing:
    """What goes out: numbered, with the notes, and never further back in the text."""

    def __init__(self) -> None:
        self._count = 0
        self._reached = 0
        self._notes: list[str] = []

    def tell(self, note: str) -> None:
        """Put ``note`` on the next frame."""
        self._notes += [note] if note else []

    def numbered(self, frame: SpeechFrame) -> SpeechFrame:
        self._reached = max(self._reached, frame.text_end)
        note = " ".join(self._notes)
        self._notes.clear()
        self._count += 1
        return replace(frame, index=self._count - 1, text_end=self._reached, note=note)


class _Saying:
    """One sentence on its way. It is begun anew, with another seed, when it has gone wrong and
    nobody has heard anything of it, or nothing but silence."""

    def __init__(
        self,
        voices: VoiceModel,
        before: ReadTurns,
        piece: SentencePiece,
        options: SpeechOptions,
        stream: MimiStream,
        reserve: Reserve,
        *,
        is_watched: bool,
    ) -> None:
        self.memory = before
        self.note = ""
        self._voices = voices
        self._piece = piece
        self._options = options
        self._stream = stream
        self._reserve = reserve
        self._is_watched = is_watched
        # Where a sentence begins behind frames that are still kept back, it may be unsaid.
        self._mark = stream.mark() if reserve.holds(1) else None
        self._made = 0

    @property
    def is_unheard(self) -> bool:
        """Whether all that was made of it is still kept back."""
        return self._reserve.holds(self._made)

    def frames(self, sizes: Iterator[int]) -> Generator[SpeechFrame, None, None]:
        before = self.memory
        for left in reversed(range(MOST_TRIES)):
            reply = self._voices.speak(before, self._piece.text, self._options)
            self._made = 0
            with closing(reply):
                judgement = yield from self._follow(reply, sizes, can_begin_anew=left > 0)
                if judgement is not None:
                    self.memory = reply.memory
                    self.note = CUT_SHORT if reply.cut_short else _NOTES.get(judgement, "")
                    return
            if self._mark is not None and self.is_unheard:
                self._reserve.take_back(self._made)
                self._stream.rewind(self._mark)
            seed = (self._options.seed + 1) % _SEEDS
            self._options = replace(self._options, seed=seed)
        self.note = LEFT_OUT

    def _follow(
        self, reply: FrameStream, sizes: Iterator[int], *, can_begin_anew: bool
    ) -> Generator[SpeechFrame, None, Judgement | None]:
        """The frames of ``reply``, which is ended when the guard says so; None to begin anew."""
        expected = len(self._piece.text) * FRAMES_PER_CHARACTER
        guard = Guard(expected)
        judgement = Judgement.FINE
        for chunk in _chunks(reply, sizes):
            samples = self._stream.decode(chunk).reshape(-1, FRAME_SAMPLES)
            for codes, sound in zip(chunk.T, samples, strict=True):
                self._made += 1
                if judgement is Judgement.FINE and self._is_watched:
                    judgement = guard.hear(codes, sound)
                reached = self._piece.reached(self._made / expected)
                frame = SpeechFrame(0, sound, reached, np.ascontiguousarray(codes))
                yield from self._reserve.add(frame)
            if judgement is Judgement.NOTHING_HEARD:
                return None
            unsayable = self._mark is not None and self.is_unheard
            if judgement in _WRONG and unsayable and can_begin_anew:
                return None
            if judgement is not Judgement.FINE:
                reply.finish()
        return judgement


def _chunks(reply: FrameStream, sizes: Iterator[int]) -> Iterator[NDArray[np.int16]]:
    """The frames of ``reply`` in chunks [codebooks, n] of ``sizes``; the last may be smaller."""
    while chunk := list(islice(reply, next(sizes))):
        yield np.stack(chunk, axis=1)


def _chunk_sizes() -> Iterator[int]:
    yield from RAMP
    while True:
        yield CHUNK
