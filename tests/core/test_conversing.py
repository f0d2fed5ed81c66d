"""A conversation keeps what was spoken, and only that."""

from __future__ import annotations

import pytest

from studio import Studio
from studio.errors import OptionsError, TextError


def said(talk: object) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in talk.history.turns]  # type: ignore[attr-defined]


def test_the_echo_writer_reads_what_is_typed(studio: Studio) -> None:
    talk = studio.converse("anna", writer="echo")
    reply = talk.reply("Please read this.")
    assert reply.text == "Please read this."
    assert sum(len(frame.samples) for frame in reply) > 10_000
    assert said(talk) == [("user", "Please read this."), ("voice", "Please read this.")]


def test_the_rules_writer_answers(studio: Studio) -> None:
    talk = studio.converse("anna", writer="rules")
    first = talk.reply("Hello there!")
    list(first)
    assert first.text
    assert first.text != "Hello there!"
    assert first.stats.duration_s > 0.3


def test_a_cancelled_reply_leaves_no_turn(studio: Studio) -> None:
    talk = studio.converse("anna")
    reply = talk.reply("A long one. " * 30)
    next(reply)
    reply.close()
    assert said(talk) == []
    list(talk.reply("A short one."))
    assert len(said(talk)) == 2


def test_a_refused_text_leaves_the_conversation_as_it_was(studio: Studio) -> None:
    talk = studio.converse("anna")
    with pytest.raises(TextError):
        talk.reply("   ")
    assert said(talk) == []


def test_an_unknown_writer_lists_the_known_ones(studio: Studio) -> None:
    with pytest.raises(OptionsError, match="echo, rules"):
        studio.converse("anna", writer="oracle")
