"""A conversation with one voice: who said what so far, and the next reply as a stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from studio import given
from studio.conversation.history import History
from studio.conversation.writers import ReplyWriter
from studio.core.speech.request import AS_USUAL, SpeechRequest
from studio.core.speech.talk_contexts import ConversationContext
from studio.core.speech.utterance import Utterance
from studio.types import Progress

REMEMBERED_TURNS: Final = 40
"""Turns that a reply is written from: more than a person holds in mind, and bounded."""


@dataclass(frozen=True)
class ContextUse:
    """Positions of the model's context: used by the ``voice``, by the talk before (``history``), by
    the ``reply`` that is being made or was made last, and the ``most`` there are."""

    voice: int
    history: int
    reply: int
    most: int

    @property
    def free(self) -> int:
        """What is left; while a reply is made to which old turns give way, not yet what they
        leave."""
        return max(0, self.most - self.voice - self.history - self.reply)


class Conversation:
    """Turns between a person and one voice. One reply at a time.

    Example:
        talk = studio.converse("ada", writer="rules")
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
        self._last = 0
        self._speaking: Utterance | None = None
        self.history = History()

    @property
    def context_use(self) -> ContextUse | None:
        """How full the model's context is now, with the reply under way or else the last one;
        None for an engine whose context does not fill up, and before the voice was read."""
        said, speaking = self._said, self._speaking
        if self._most is None or not said.positions:
            return None
        talk = said.positions - said.voice_positions
        if speaking is not None:
            return ContextUse(said.voice_positions, talk, speaking.positions, self._most)
        last = min(self._last, talk)
        return ContextUse(said.voice_positions, talk - last, last, self._most)

    def reply(
        self,
        text: str,
        request: SpeechRequest = AS_USUAL,
        *,
        on_progress: Progress | None = None,
    ) -> Utterance:
        """Answer ``text``, said as ``request`` asks for: the voice's next turn, which enters the
        conversation when it was spoken to its end. Raises as ``Studio.speak``.

        Raises:
            TextError, OptionsError, EngineError: the conversation is as it was before.
        """
        asked = self.history.add("user", given.text(text, "text"))
        words = "".join(self._writer.write(asked.pruned(REMEMBERED_TURNS), self._persona))
        utterance = self._speak(words, request, conversation=self._said, on_progress=on_progress)

        def keep() -> None:
            self.history = asked.add("voice", utterance.text, utterance.options.emotion)
            # What old turns have given way to added more than the context grew by.
            self._last = max(utterance.positions, self._said.last_positions)

        def rest() -> None:
            if self._speaking is utterance:
                self._speaking = None
                self._said.is_speaking = False

        self._most, self._speaking = utterance.max_positions, utterance
        self._said.is_speaking = True
        return utterance.tell(whole=keep, over=rest)
