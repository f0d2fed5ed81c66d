"""One utterance: a stream of frames that knows its own figures."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, nullcontext

import numpy as np

from studio.core.closing import Closing
from studio.core.engines.contexts import PreparedVoice
from studio.core.engines.pool import Used
from studio.engines.base import Context, Engine
from studio.errors import EngineError
from studio.text.prepared import PreparedText
from studio.timing import SpeechTimer
from studio.types import Audio, SpeechFrame, SpeechOptions, SpeechStats


class Utterance(Iterator[SpeechFrame], Closing):
    """Iterate over it to speak; nothing is computed before the first frame is asked for.

    ``prepare`` gives the engine that speaks in the end, which may be another one than the
    ``engine`` asked for. The voice's context is forked, and the fork is handed to ``on_spoken``
    only when the last frame was made: a cancelled or failed utterance leaves no trace.
    ``while_spoken`` is entered for as long as the engine speaks, and ``turn`` for all of it. Use it
    from one thread.

    Example:
        with studio.speak("ada", "Hello.") as utterance:
            for frame in utterance:
                play(frame.samples)
        utterance.stats.rtf
    """

    def __init__(
        self,
        engine: Engine,
        prepare: Callable[[], Used[PreparedVoice]],
        text: PreparedText,
        options: SpeechOptions,
        *,
        profile_revision: int,
        notes: tuple[str, ...] = (),
        on_spoken: Callable[[Context], None] | None = None,
        while_spoken: Callable[[], AbstractContextManager[None]] = nullcontext,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.prepared = text
        self.text = text.text
        self.options = options
        self.notes = notes
        self.positions = 0
        """Positions of the engine's context that the frames so far take: one for each frame of
        codec tokens, none in an engine without them."""
        self._engine = engine
        self._prepare = prepare
        self._profile_revision = profile_revision
        self._on_spoken = on_spoken
        self._while_spoken = while_spoken
        self._turn = turn
        self._whole: Callable[[], None] = _nothing
        self._over: Callable[[], None] = _nothing
        self._timer = SpeechTimer()
        self._samples = 0
        self._stats: SpeechStats | None = None
        self._frames = self._make_frames()

    def __next__(self) -> SpeechFrame:
        return next(self._frames)

    def tell(self, *, whole: Callable[[], None], over: Callable[[], None]) -> Utterance:
        """This utterance, which calls ``whole`` once it was spoken to its end, and ``over`` when it
        ends, however it does."""
        self._whole, self._over = whole, over
        return self

    def close(self) -> None:
        """Stop within one frame; safe to call at any time, also after the end."""
        self._frames.close()
        self._end()

    def audio(self) -> Audio:
        """All of it, collected. What was already taken frame by frame is not in it."""
        pieces = [frame.samples for frame in self]
        return Audio(np.concatenate(pieces) if pieces else np.zeros(0, np.float32))

    @property
    def stats(self) -> SpeechStats:
        """The figures of the finished utterance.

        Raises:
            EngineError: it was not spoken to its end.
        """
        if self._stats is None:
            raise EngineError("The utterance was not spoken to its end, so it has no figures yet.")
        return self._stats

    @property
    def max_positions(self) -> int | None:
        """Positions that the engine's context has; None where it does not fill up."""
        return self._engine.info.max_positions

    @property
    def ttfa_s(self) -> float | None:
        """Seconds from the request to the first frame; None before it."""
        return self._timer.first_s

    @property
    def made_s(self) -> float:
        """Seconds of sound so far."""
        return self._samples / self._engine.info.sample_rate

    @property
    def rtf(self) -> float:
        """Seconds of computing for each second of sound so far; 0 before the first."""
        return self._timer.compute_s / self.made_s if self.made_s else 0.0

    def _make_frames(self) -> Generator[SpeechFrame, None, None]:
        try:
            with self._turn():
                yield from self._speak()
            self._whole()
        finally:
            self._end()

    def _end(self) -> None:
        over = self._over
        self._whole = self._over = _nothing  # both know this utterance, which could then not go
        over()

    def _speak(self) -> Generator[SpeechFrame, None, None]:
        # Anew, because it may have waited for its turn: takes of a comparison come one by one.
        self._timer = SpeechTimer()
        ready = self._prepare()
        self._engine, voice = ready.engine, ready.made
        self.notes = (*self.notes, *ready.notes)
        context = voice.context.fork()
        info = self._engine.info
        stream = self._engine.stream(context, self.prepared, self.options)
        with self._while_spoken(), closing(self._timer.over(stream)) as frames:
            for frame in frames:
                self._samples += len(frame.samples)
                self.positions += frame.tokens is not None
                if frame.note:
                    self.notes = (*self.notes, frame.note)
                yield frame
        self._stats = SpeechStats(
            engine=info.name,
            seed=self.options.seed,
            emotion=self.options.emotion,
            sample_rate=info.sample_rate,
            duration_s=self.made_s,
            ttfa_s=self._timer.first_s or 0.0,
            rtf=self.rtf,
            profile_revision=self._profile_revision,
            context_was_cached=voice.was_cached,
            notes=self.notes,
            stage=voice.stage,
        )
        if self._on_spoken is not None:
            self._on_spoken(context)


def _nothing() -> None:
    """Nobody wants to be told."""
