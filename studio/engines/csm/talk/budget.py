"""How long a reply may get, and which turns have to be forgotten to make room for it.

Counted in positions of the backbone: one for each token of text, each frame and each end frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from studio.engines.csm.talk.prompt import PromptTurn, Text
from studio.errors import EngineError, TextError

FRAMES_PER_TOKEN: Final = 8
"""0.64 s for a token. A word is about 1.3 tokens, and a very slow speaker takes 0.6 s for it, so
this is more than anybody needs who still speaks the text."""

FRAMES_PER_DIGIT: Final = 6
"""More for digits: three of them are one token and "four hundred and eighty-seven"."""

FRAMES_BESIDES: Final = 25
"""2 s for what is not in the text: a breath before, a laugh, the silence after."""

_TOKENS_AROUND: Final = 5
"""The mark before the text, "[", the speaker, "]" and the mark after it are not spoken."""

LOW_WATER: Final = 0.6
"""How full the context may be after turns were dropped. Dropping means reading the rest again,
which on a CPU takes seconds, so it must not happen at every turn."""


def most_frames(text: str, ids: Text) -> int:
    """How many frames speaking ``text``, whose tokens are ``ids``, may take at most."""
    tokens = max(1, len(ids) - _TOKENS_AROUND)
    digits = sum(letter.isdigit() for letter in text)
    return FRAMES_BESIDES + FRAMES_PER_TOKEN * tokens + FRAMES_PER_DIGIT * digits


def room_for_reply(max_positions: int, used: int, text_rows: int) -> int:
    """Frames that fit after ``used`` positions and ``text_rows`` more, with the end frame."""
    return max(0, max_positions - used - text_rows - 1)


def check_voice(voice: Sequence[PromptTurn], max_positions: int) -> None:
    """See that a voice prompt leaves room for speech.

    Raises:
        EngineError: it takes more than half of all positions.
    """
    used = sum(turn.positions for turn in voice)
    if used > max_positions // 2:
        raise EngineError(
            f"The clips of this voice take {used} of the model's {max_positions} positions, and at "
            f"most {max_positions // 2} leave room to speak. Use shorter or fewer clips."
        )


def kept_turns(
    turns: Sequence[PromptTurn], pinned: int, needed: int, max_positions: int
) -> list[PromptTurn]:
    """``turns`` without the oldest ones that have to go for ``needed`` more positions.

    The first ``pinned`` are the voice and stay. When one must go, more go, down to the low-water
    mark. Nothing is dropped where all fits.

    Raises:
        TextError: it does not even fit after the voice alone.
    """
    positions = [turn.positions for turn in turns]
    if sum(positions) + needed <= max_positions:
        return list(turns)
    room = max_positions - sum(positions[:pinned])
    if needed > room:
        raise TextError(
            f"The text is too long to be spoken at once: it needs {needed} positions of the model, "
            f"and after the voice there are {room}. Say it in shorter parts."
        )
    first, free = pinned, int(LOW_WATER * max_positions)
    while first < len(turns) and sum(positions[:pinned]) + sum(positions[first:]) + needed > free:
        first += 1
    return [*turns[:pinned], *turns[first:]]
