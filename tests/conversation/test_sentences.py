"""Sentences leave the stream when they are complete, and the text stays as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.conversation.sentences import sentences

TEXT = "Good morning. How are you, Dr. Miller? I am *very* well! \n\n Let us begin."


def cut(text: str, sizes: list[int]) -> list[str]:
    pieces, position = [], 0
    for size in sizes:
        pieces.append(text[position : position + size])
        position += size
    return [*pieces, text[position:]]


def test_sentences_keep_every_character() -> None:
    assert list(sentences([TEXT])) == [
        "Good morning.",
        " How are you, Dr. Miller?",
        " I am *very* well!",
        " \n\n Let us begin.",
    ]


def test_a_sentence_is_handed_out_before_the_next_one_is_complete() -> None:
    def arriving() -> Iterator[str]:
        yield "Good morning. How"
        pytest.fail("the first sentence was held back")

    assert next(sentences(arriving())) == "Good morning."


@given(st.lists(st.integers(1, 9), max_size=40))
def test_the_way_a_text_is_cut_does_not_matter(sizes: list[int]) -> None:
    assert list(sentences(cut(TEXT, sizes))) == list(sentences([TEXT]))


ALPHABET = st.sampled_from([*"aB1 .!?…\n\r*'\")(”。！？”你好Ünd", "Dr. ", "** ", "\n * "])


@settings(max_examples=400, deadline=None)
@given(st.lists(ALPHABET | st.characters(), max_size=60), st.lists(st.integers(1, 7), max_size=30))
def test_joined_sentences_are_the_text(letters: list[str], sizes: list[int]) -> None:
    text = "".join(letters)
    found = list(sentences(cut(text, sizes)))
    assert "".join(found) == text.rstrip()
    assert all(sentence.strip() for sentence in found)


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_blank_text_has_no_sentences(text: str) -> None:
    assert list(sentences([text])) == []
    assert list(sentences([])) == []


@pytest.mark.timeout(30)
def test_a_long_text_without_stops_that_comes_letter_by_letter_is_read_quickly() -> None:
    text = "word and " * 550
    assert "".join(sentences(text)) == text.rstrip()
