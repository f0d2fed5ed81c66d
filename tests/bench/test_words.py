from __future__ import annotations

import pytest

from bench.words import word_errors


@pytest.mark.parametrize(
    ("heard", "errors"),
    [
        ("the old man looked", 0),
        ("the cold man looked", 1),
        ("old man looked", 1),
        ("the old man who looked", 1),
        ("", 4),
        ("a b c d e f", 6),
    ],
)
def test_word_errors_are_the_fewest_changes(heard: str, errors: int) -> None:
    assert word_errors(["the", "old", "man", "looked"], heard.split()) == errors


def test_nothing_said_makes_every_heard_word_an_error() -> None:
    assert word_errors([], ["two", "words"]) == 2
