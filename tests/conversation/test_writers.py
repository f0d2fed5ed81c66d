"""The writers, all by the route that writers of other packages take."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.conversation.history import History
from studio.conversation.rule_table import CLOSING
from studio.conversation.rules import RulesWriter
from studio.conversation.writers import load_spec, load_writer, writer_names
from studio.errors import OptionsError

MORNING = datetime(2024, 5, 3, 9, 5, tzinfo=UTC)


def rules(*said: str, persona: str = "", now: datetime = MORNING) -> list[str]:
    """The replies of the rules writer to what is said, one after the other."""
    writer, history, replies = RulesWriter(lambda: now), History(), []
    for text in said:
        history = history.add("user", text)
        reply = "".join(writer.write(history, persona))
        history = history.add("voice", reply)
        replies.append(reply)
    return replies


def test_built_in_writers_are_found_and_labelled() -> None:
    assert writer_names()[:2] == ["echo", "rules"]
    for name in writer_names():
        assert load_spec(name).name == name
        assert load_spec(name).label


def test_unknown_writer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(OptionsError, match=r"'oracle'.*echo, rules"):
        load_writer("oracle")


OTHER = """
from studio.conversation.writers import WriterSpec

class Parrot:
    def write(self, history, persona):
        yield "Squawk!"

SPEC = WriterSpec("parrot", "A parrot", Parrot)
NOT_A_SPEC = 7
"""


@pytest.fixture
def other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package that brings writers, one good and two broken."""
    (tmp_path / "parrot_writer.py").write_text(OTHER)
    info = tmp_path / "parrot_writer-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: parrot-writer\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[studio.writers]\nparrot = parrot_writer:SPEC\n"
        "wrong = parrot_writer:NOT_A_SPEC\ngone = parrot_writer:GONE\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("parrot_writer", None)


@pytest.mark.usefixtures("other_package")
def test_a_writer_of_another_package_is_found() -> None:
    assert writer_names() == ["echo", "rules", "gone", "parrot", "wrong"]
    assert "".join(load_writer("parrot").write(History(), "")) == "Squawk!"


@pytest.mark.usefixtures("other_package")
@pytest.mark.parametrize("name", ["wrong", "gone"])
def test_a_broken_writer_is_named(name: str) -> None:
    with pytest.raises(OptionsError, match=name):
        load_writer(name)


@given(st.text())
def test_echo_says_exactly_what_was_typed(text: str) -> None:
    history = History().add("user", text)
    assert "".join(load_writer("echo").write(history, "a pirate")) == text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("What time is it?", "It is 9:05 in the morning"),
        ("what's the time", "It is 9:05 in the morning"),
        ("What day is it today?", "Friday, May 3, 2024"),
        ("Are you a real person?", "no person behind these words"),
        ("Is this an AI?", "simple offline writer"),
        ("How are you?", "How are you|how are you"),
        ("Thank you so much!", "welcome|Gladly"),
        ("Goodbye!", "Goodbye"),
        ("Whose voice is this?", "voice"),
        ("I feel lonely.", "lonely"),
        ("I think my boss is wrong", "your boss is wrong|How sure"),
        ("I want to see my sister", "sister"),
        ("Tell me a joke", r"\?"),
        ("You are stupid", "only a few rules"),
        ("Why is the sky blue?", "do you think|would be yours"),
        ("I don’t want to die but I want to die", "emergency number"),
    ],
)
def test_rules_answer_what_was_said(said: str, expected: str) -> None:
    [reply] = rules(said)
    assert re.search(expected, reply), reply


@pytest.mark.parametrize(("hour", "daytime"), [(9, "morning"), (14, "afternoon"), (21, "evening")])
def test_greeting_fits_the_time_of_day(hour: int, daytime: str) -> None:
    replies = {
        rules(text, now=MORNING.replace(hour=hour))[0]
        for text in ("Hi", "hello", "Hello!", "hey", "Hey there", "Good day")
    }
    assert any(daytime in reply for reply in replies)
    assert not any(other in r for r in replies for other in {"morning", "evening"} - {daytime})


def test_name_is_remembered() -> None:
    before, meeting, *known = rules(
        "What is my name?",
        "My name is Zoë.",
        "What's my name?",
        "do you know my name",
        "say my name!",
    )
    assert "not told me" in before
    assert meeting.startswith("Nice to meet you, Zoë.")
    assert set(known) == {"You told me your name is Zoë."}


def test_own_words_come_back_turned_round() -> None:
    replies = {
        reply for filler in ("", " ", "!", ".") for reply in rules(f"I like my garden{filler}")
    }
    assert any("your garden" in reply for reply in replies)


def test_persona_introduces_itself_without_pretending() -> None:
    for asked in ("Who are you?", "What is your name?", "Tell me about yourself"):
        [reply] = rules(asked, persona="I am Ada, a lighthouse keeper. I like fog.")
        assert reply.startswith("I am Ada, a lighthouse keeper.")
        assert "simple offline writer" in reply
        assert "simple offline writer" in rules(asked)[0]


def test_the_same_words_get_the_same_reply_and_no_reply_twice_in_a_row() -> None:
    said = ["The garden is green."] * 6
    first, second = rules(*said), rules(*said)
    assert first == second
    assert all(a != b for a, b in pairwise(first))
    assert set(first) <= set(CLOSING)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_words_get_a_short_reply(text: str, persona: str) -> None:
    history = History().add("user", text)
    pieces = list(RulesWriter(lambda: MORNING).write(history, persona))
    reply = "".join(pieces)
    assert bool(reply) == bool(text.split())
    assert len(reply) < 400
    assert "{" not in reply or "{" in text + persona


def test_reply_comes_in_pieces() -> None:
    pieces = list(RulesWriter(lambda: MORNING).write(History().add("user", "Hello"), ""))
    assert len(pieces) > 3
