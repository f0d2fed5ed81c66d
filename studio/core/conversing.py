"""A conversation with one voice: who said what so far, and the next reply as a stream."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from studio.conversation.history import History
from studio.conversation.writers import ReplyWriter
from studio.core.contexts import ConversationContext
from studio.core.utterance import Utterance
from studio.types import Emotion, SpeechFrame, SpeechStats

REMEMBERED_TURNS: Final = 40
"""Turns that a reply is written from: more than a person holds in mind, and bounded."""


@dataclass(frozen=True)
class ContextUse:
    """Positions of the model's context: used by the ``voice``, by the talk so far (``history``),
    and the ``most`` there are."""

    voice: int
    history: int
    most: int

    @property
    def free(self) -> int:
        return self.most - self.voice - self.history


class Reply(Iterator[SpeechFrame]):
    """The voice's next turn: iterate over it for the sound; ``text`` is what it says.

    The turn enters the conversation only when it was spoken to its end.
    """

    def __init__(self, utterance: Utterance, on_spoken: Callable[[], None]) -> None:
        self._utterance = utterance
        self._on_spoken = on_spoken
        self._frames = self._make_frames()

    def __next__(self) -> SpeechFrame:
        return next(self._frames)

    def close(self) -> None:
        """Stop within one frame; the turn is not kept."""
        self._frames.close()
        self._utterance.close()

    @property
    def text(self) -> str:
        return self._utterance.text

    @property
    def emotion(self) -> Emotion:
        return self._utterance.options.emotion

    @property
    def seed(self) -> int:
        return self._utterance.options.seed

    @property
    def notes(self) -> tuple[str, ...]:
        return self._utterance.notes

    @property
    def ttfa_s(self) -> float | None:
        """Seconds from the request to the first frame; None before it."""
        return self._utterance.ttfa_s

    @property
    def stats(self) -> SpeechStats:
        """Figures of the finished reply; EngineError before that."""
        return self._utterance.stats

    def _make_frames(self) -> Generator[SpeechFrame, None, None]:
        with closing(self._utterance):
            yield from self._utterance
        self._on_spoken()


class Conversation:
    """Turns between a person and one voice. One reply at a time.

    Example:
        talk = studio.converse("Ada", writer="rules")
        for frame in talk.reply("Good morning!"):
            play(frame.samples)
    """

    def __init__(
        self, speak: Callable[..., Utterance], writer: ReplyWriter, persona: str = ""
    ) -> None:
        self._speak = speak
        self._writer = writer
        self._persona = persona
        self._said = ConversationContext()
        self._most: int | None = None
        self.history = History()

    @property
    def context_use(self) -> ContextUse | None:
        """How full the model's context is after the last reply; None for an engine whose context
        does not fill up, and before the first reply."""
        if self._most is None:
            return None
        voice = self._said.voice_positions
        return ContextUse(voice, self._said.positions - voice, self._most)

    def reply(self, text: str, **options: object) -> Reply:
        """Answer ``text``; ``options`` are those of ``Studio.speak``.

        Raises:
            TextError, OptionsError, EngineError: the conversation is as it was before.
        """
        asked = self.history.add("user", text)
        words = "".join(self._writer.write(asked.pruned(REMEMBERED_TURNS), self._persona))
        utterance = self._speak(words, conversation=self._said, **options)

        def keep() -> None:
            self.history = asked.add("voice", utterance.text, utterance.options.emotion)
            self._most = utterance.max_positions

        return Reply(utterance, keep)
