"""A history is a value: it grows by copies, and forgets whole turns."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.conversation.history import History, Turn
from studio.types import Emotion


def talk(count: int) -> History:
    history = History()
    for number in range(count):
        history = history.add("user" if number % 2 == 0 else "voice", f"turn {number}")
    return history


def test_adding_leaves_the_old_history_as_it_was() -> None:
    empty = History()
    one = empty.add("user", "Hello")
    two = one.add("voice", "Good morning.", Emotion.HAPPY)
    assert len(empty) == 0
    assert [turn.text for turn in one] == ["Hello"]
    assert [(t.role, t.text, t.emotion) for t in two] == [
        ("user", "Hello", Emotion.NEUTRAL),
        ("voice", "Good morning.", Emotion.HAPPY),
    ]
    with pytest.raises(FrozenInstanceError):
        two.turns = ()  # type: ignore[misc]


def test_a_turn_knows_when_it_was_said() -> None:
    assert abs(talk(1).turns[0].at - datetime.now(UTC)) < timedelta(minutes=1)
    then = datetime(2024, 5, 3, 12, tzinfo=UTC)
    assert History().add("user", "Hello", at=then).turns[0].at == then


def test_there_are_two_roles() -> None:
    with pytest.raises(ValueError, match="narrator"):
        Turn("narrator", "It was dark.")  # type: ignore[arg-type]


def test_last_user_text() -> None:
    assert History().last_user_text == ""
    assert talk(4).last_user_text == "turn 2"


@given(count=st.integers(0, 30), most=st.integers(1, 30))
def test_pruning_keeps_the_newest_turns_from_a_question_on(count: int, most: int) -> None:
    whole = talk(count)
    kept = whole.pruned(most)
    assert len(kept) <= most
    assert kept.turns == whole.turns[count - len(kept) :]
    assert (len(kept) > 0) == (count > 0)
    if 1 < len(kept) < count:
        assert kept.turns[0].role == "user"
        assert len(kept) >= most - 1
    if count <= most:
        assert kept == whole


def test_pruning_to_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        talk(3).pruned(0)
