"""Speech as codes, frame by frame, from what was read."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from studio.engines.csm.model.sampling import Sampling
from studio.engines.csm.talk.budget import check_voice, kept_turns, most_frames, room_for_reply
from studio.engines.csm.talk.context import ReadTurns
from studio.engines.csm.talk.prefill import Prefill, forget, keep, with_turns
from studio.engines.csm.talk.prompt import Frames, PromptText, PromptTurn, Rows, count, end_frame
from studio.errors import EngineError
from studio.types import Progress, Segment, SpeechOptions

Frame = NDArray[np.int16]
"""The codes of one frame, [codebooks]."""


@dataclass(frozen=True, eq=False)
class _Plan:
    """What a reply needs before its first frame: it is ``turn``, whose codes are still missing or
    are those of the clip that it continues."""

    memory: ReadTurns
    turn: PromptTurn
    most: int

    @property
    def rows(self) -> tuple[Rows, ...]:
        begun = () if self.turn.codes is None else (self.turn.codes,)
        return (*self.memory.unread, self.turn.ids, *begun)


class VoiceModel:
    """Reads voices and speaks with them. Holds the model and its tokenizer, nothing about a voice.

    Threads may share it.
    """

    def __init__(self, reader: Prefill, text: PromptText) -> None:
        self.reader = reader
        self.text = text
        self._shape = reader.model.shape

    def prepare(
        self,
        segments: Sequence[Segment],
        base: ReadTurns | None = None,
        *,
        continued: bool = False,
        progress: Progress | None = None,
    ) -> ReadTurns:
        """Read ``segments`` as the voice or, after ``base``, as turns of its conversation.

        ``continued`` holds back the last clip of a voice: the first text is then spoken as its
        continuation (one turn, no end frame between), rather than as a turn of its own.

        Raises:
            EngineError: a segment lacks what is needed, or the voice leaves no room to speak.
            TextError: the turns do not fit after the voice.
        """
        return self.reader.read(self.lay_out(segments, base, continued=continued), progress)

    def lay_out(
        self, segments: Sequence[Segment], base: ReadTurns | None = None, *, continued: bool = False
    ) -> ReadTurns:
        """``prepare`` without the reading, which is then left to the first reply."""
        turns = [self.text.voice_turn(segment, self._shape) for segment in segments]
        if base is not None:
            needed = sum(turn.positions for turn in turns)
            return with_turns(self._make_room(base, needed), turns)
        check_voice(turns, self._shape.max_positions)
        held = turns.pop() if continued and turns else None
        return with_turns(ReadTurns(pinned=len(turns), held_back=held), turns)

    def speak(
        self,
        memory: ReadTurns,
        text: str,
        options: SpeechOptions,
        *,
        speaker: int | None = None,
        most: int | None = None,
    ) -> FrameStream:
        """Begin to speak ``text`` after ``memory``, as ``speaker`` (without one: as the voice).

        The reply is cut at ``most`` frames, or at fewer: what the text can need, or what fits.

        Raises:
            TextError: there is nothing in ``text``, or it is too long for the model.
        """
        plan = self._plan(memory, text, speaker, most)
        return FrameStream(self.reader, plan, options)

    def _plan(self, memory: ReadTurns, text: str, speaker: int | None, most: int | None) -> _Plan:
        turn = self.text.turn(text, _speaker_of(memory) if speaker is None else speaker, None)
        longest = most_frames(turn.text, turn.ids)
        most = longest if most is None else min(most, longest)
        if memory.held_back is not None:
            begun = memory.held_back
            turn = self.text.turn(f"{begun.text} {turn.text}", begun.speaker, begun.codes)
        ready = _Plan(memory, turn, most)
        needed = count(ready.rows) - count(memory.unread) + most + 1
        ready = replace(ready, memory=self._make_room(memory, needed))
        used = ready.memory.read + count(ready.rows)
        room = room_for_reply(self._shape.max_positions, used, 0)
        return replace(ready, most=min(most, room))

    def _make_room(self, memory: ReadTurns, needed: int) -> ReadTurns:
        turns = memory.turns
        kept = kept_turns(turns, memory.pinned, needed, self._shape.max_positions)
        return memory if len(kept) == len(turns) else forget(memory, kept)


class FrameStream(Iterator[Frame]):
    """A reply while it is spoken: an iterator of frames int16 [codebooks].

    Closing it stops within one frame. ``memory`` is there only when it was spoken to its end, so
    a cancelled reply leaves nothing behind.
    """

    def __init__(self, reader: Prefill, plan: _Plan, options: SpeechOptions) -> None:
        self._reader = reader
        self._plan = plan
        self._options = options
        self._memory: ReadTurns | None = None
        self.most_frames = plan.most
        self.cut_short = False
        """It came to ``most_frames`` without having ended by itself."""
        self._finishing = False
        self._frames = self._make()

    def __next__(self) -> Frame:
        return next(self._frames)

    def close(self) -> None:
        """Stop; safe to call at any time, also after the end."""
        self._frames.close()

    def finish(self) -> None:
        """End it after the frame that was taken last, as if the model had; ask for the next one
        to let it happen."""
        self._finishing = True

    @property
    def memory(self) -> ReadTurns:
        """All that was read before, and this reply.

        Raises:
            EngineError: it was not spoken to its end.
        """
        if self._memory is None:
            raise EngineError("The reply was not spoken to its end, so it cannot be gone on from.")
        return self._memory

    def _make(self) -> Generator[Frame, None, None]:
        plan, reader = self._plan, self._reader
        sampling = Sampling(self._options.temperature, self._options.top_k)
        generator = torch.Generator(reader.model.device).manual_seed(self._options.seed)
        most = max(plan.most, 1)  # whether it ends at once is known only from its first frame
        said: list[Frame] = []
        ended = False
        with reader.working() as step:
            hidden = reader.continue_from(step, plan.memory, plan.rows)
            start = plan.memory.read + count(plan.rows)
            run = step.run(hidden, start, sampling, generator)
            launched = 0
            while not (ended or self.cut_short or self._finishing):
                while launched < min(most, len(said) + 1 + run.ahead):
                    run.launch()
                    launched += 1
                codes = run.take().numpy().astype(np.int16)
                ended = not codes.any()
                if not ended:
                    said.append(codes)
                    yield codes
                    self.cut_short = len(said) >= most
            # The last frame was read only if it was followed by the end. What was launched after
            # it is forgotten: it stands behind all that is kept.
            read = len(said) if ended else len(said) - 1
            pieces = keep(step, plan.memory, start + read)
        self._memory = self._remember(pieces, said, read)

    def _remember(
        self, pieces: tuple[torch.Tensor, ...], said: list[Frame], read: int
    ) -> ReadTurns:
        """The memory after ``said``, of which the first ``read`` frames were read."""
        memory, turn = self._plan.memory, self._plan.turn
        books = self._reader.model.shape.codebooks
        new: Frames = np.stack(said, axis=1) if said else np.zeros((books, 0), np.int16)
        codes = new if turn.codes is None else np.concatenate([turn.codes, new], axis=1)
        last = new[:, read:]
        return ReadTurns(
            pieces=pieces,
            unread=(*((last,) if last.shape[1] else ()), end_frame(books)),
            turns=(*memory.turns, replace(turn, codes=codes)),
            # The turn that begins with the clip of the voice is the voice.
            pinned=memory.pinned + (memory.held_back is not None),
        )


def _speaker_of(memory: ReadTurns) -> int:
    voice = memory.turns[: memory.pinned]
    return voice[-1].speaker if voice else 0
