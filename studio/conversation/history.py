"""The record of a conversation: turns in order, as a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, get_args

from studio.types import Emotion

Role = Literal["user", "voice"]


@dataclass(frozen=True)
class Turn:
    """One turn: what was said, by the person ("user") or by the voice, how and when."""

    role: Role
    text: str
    emotion: Emotion = Emotion.NEUTRAL
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        if self.role not in get_args(Role):
            raise ValueError(f"A turn is the user's or the voice's, not {self.role!r}.")


@dataclass(frozen=True)
class History:
    """Turns, the oldest first. Never changes: ``add`` and ``pruned`` give a new one.

    Example:
        history = History().add("user", "Hello").add("voice", "Good morning.")
    """

    turns: tuple[Turn, ...] = ()

    def __len__(self) -> int:
        return len(self.turns)

    def __iter__(self) -> Iterator[Turn]:
        return iter(self.turns)

    def add(
        self,
        role: Role,
        text: str,
        emotion: Emotion = Emotion.NEUTRAL,
        at: datetime | None = None,
    ) -> History:
        """This history with one more turn at its end; ``at`` is now unless given."""
        turn = Turn(role, text, emotion, at) if at is not None else Turn(role, text, emotion)
        return History((*self.turns, turn))

    def pruned(self, max_turns: int) -> History:
        """The last turns, at most ``max_turns``, from a turn of the user on.

        A reply whose question is gone would mislead whoever reads it, so it goes as well; the
        newest turn always stays.
        """
        if max_turns < 1:
            raise ValueError(f"A history keeps at least one turn, not {max_turns}.")
        kept = self.turns[-max_turns:]
        while len(kept) > 1 and len(kept) < len(self.turns) and kept[0].role == "voice":
            kept = kept[1:]
        return History(kept)

    @property
    def last_user_text(self) -> str:
        """What the person said last; empty when they have not spoken yet."""
        return next((turn.text for turn in reversed(self.turns) if turn.role == "user"), "")
