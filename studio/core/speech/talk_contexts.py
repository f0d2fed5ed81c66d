"""What engines have read of conversations: each goes on where it was, all within one budget."""

from __future__ import annotations

import threading
import weakref
from dataclasses import replace

from studio.core.engines.contexts import PreparedVoice
from studio.engines.base import Context, Rereadable


class ConversationContext:
    """What an engine has read of one conversation: the voice, and what the voice said so far.

    It goes on only while engine and voice stay what they are; otherwise it begins with the voice
    anew. For one reply at a time.
    """

    def __init__(self) -> None:
        self._key = ""
        self._said: Context | None = None
        self._is_let_go = False
        self._lock = threading.Lock()
        self.voice_positions = 0
        self.last_positions = 0
        """Those that the last reply added, its text included."""
        self.is_speaking = False
        """A reply is under way: what it goes on from is needed."""
        self.voice_bytes = 0
        self.nbytes = 0
        """Memory that is held, that of the voice included, which others share."""

    @property
    def key(self) -> str:
        """What the voice is known by that it begins with."""
        return self._key

    @property
    def positions(self) -> int:
        """Those of the voice and of what was said."""
        said = self._said
        return 0 if said is None else said.positions

    def after(self, voice: PreparedVoice) -> PreparedVoice:
        """``voice`` with the conversation behind it."""
        with self._lock:
            if voice.key != self._key or self._said is None:
                self._key, self._said = voice.key, voice.context
                self.voice_positions = voice.context.positions
                self.last_positions = 0
            elif self._is_let_go and isinstance(self._said, Rereadable):
                self._said = self._said.resumed(voice.context)
            self._is_let_go = False
            self.voice_bytes = voice.context.nbytes
            self.nbytes = self._said.nbytes
            return replace(voice, context=self._said)

    def went_on(self, context: Context) -> None:
        """``context`` is what the engine has read now."""
        with self._lock:
            self.last_positions = max(0, context.positions - self.positions)
            self._said = context
            self.nbytes = context.nbytes

    def let_go(self) -> None:
        """Hold as little as possible, unless a reply is under way; the next one waits a little."""
        with self._lock:
            if self.is_speaking or self._said is None:
                return
            # Where nothing was said yet, the voice is all there is, and others keep it.
            has_said = self._said.positions > self.voice_positions
            self._said = (
                self._said.let_go() if has_said and isinstance(self._said, Rereadable) else None
            )
            self._is_let_go = True
            self.voice_bytes = self.nbytes = 0


class ConversationContexts:
    """All conversations that are open. Thread-safe.

    Together they hold ``most_bytes``: of those in which no reply is under way, the one that was
    quiet the longest is let go first.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._quietest_first: list[weakref.ref[ConversationContext]] = []

    @property
    def nbytes(self) -> int:
        """Memory that they hold; a voice in which several are held counts once."""
        with self._lock:
            return _held([talk for ref in self._quietest_first if (talk := ref()) is not None])

    def went_on(self, talk: ConversationContext) -> None:
        """Something was read, or said, in ``talk``."""
        with self._lock:
            talks = [one for ref in self._quietest_first if (one := ref()) is not None]
            talks = [*(one for one in talks if one is not talk), talk]
            self._quietest_first = [weakref.ref(one) for one in talks]
            for one in talks:
                if _held(talks) <= self._most_bytes:
                    return
                one.let_go()


def _held(talks: list[ConversationContext]) -> int:
    voices = {talk.key: talk.voice_bytes for talk in talks if talk.nbytes}
    return sum(voices.values()) + sum(talk.nbytes - talk.voice_bytes for talk in talks)
