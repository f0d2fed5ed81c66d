from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.errors import ConsentError, ProfileError
from studio.profile import (
    MAX_CONSENT_CHARS,
    MAX_TAG_CHARS,
    MAX_TAGS,
    MAX_TRANSCRIPT_CHARS,
    Consent,
    clean_consent,
    clean_language,
    clean_tags,
    clean_transcript,
)

ANY_TEXT = st.text(st.characters(), max_size=200)


@given(ANY_TEXT)
@example("a \x00 b")
def test_a_transcript_can_always_be_written_and_stays_as_it_is(words: str) -> None:
    cleaned = clean_transcript(words)
    assert "\n" not in cleaned
    cleaned.encode("utf-8")
    assert clean_transcript(cleaned) == cleaned


def test_a_transcript_keeps_the_marks_its_script_needs() -> None:
    assert clean_transcript(" שלום\u200f  x\x00\n y ") == "שלום\u200f x y"


def test_a_transcript_longer_than_can_be_stored_is_refused() -> None:
    assert len(clean_transcript("a" * MAX_TRANSCRIPT_CHARS)) == MAX_TRANSCRIPT_CHARS
    with pytest.raises(ProfileError, match="5,001 characters"):
        clean_transcript("a" * (MAX_TRANSCRIPT_CHARS + 1))


@pytest.mark.parametrize("statement", ["", " \n ", "\x00", "a" * (MAX_CONSENT_CHARS + 1)])
def test_consent_that_says_nothing_or_too_much_is_refused(statement: str) -> None:
    with pytest.raises(ConsentError):
        clean_consent(statement)


@given(ANY_TEXT)
def test_consent_that_is_taken_can_be_stored(statement: str) -> None:
    try:
        cleaned = clean_consent(statement)
    except ConsentError:
        return
    Consent(statement=cleaned, given_at="2026-01-01T00:00:00Z")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "tag"), [("en", "en"), (" EN ", "en"), ("pt_BR", "pt-br"), ("gsw-ch", "gsw-ch")]
)
def test_a_language_is_taken_as_people_write_it(code: str, tag: str) -> None:
    assert clean_language(code) == tag


@pytest.mark.parametrize("code", ["", "english", "e", "en-", "../en", "e\x00n", "ëñ"])
def test_what_is_no_language_is_refused_with_examples(code: str) -> None:
    with pytest.raises(ProfileError, match="'en', 'de'"):
        clean_language(code)


def test_tags_are_stored_once_each_and_none_is_empty() -> None:
    longest = "é" * MAX_TAG_CHARS
    assert clean_tags([" deep ", "", "deep", "\u202e", "e\u0301" * MAX_TAG_CHARS]) == (
        "deep",
        longest,
    )
    many = [f"tag {number}" for number in range(MAX_TAGS)]
    assert clean_tags([*many, *many]) == tuple(many)


@pytest.mark.parametrize(
    ("tags", "says"),
    [
        (["deep", "x" * (MAX_TAG_CHARS + 1)], "has 41 characters; 40 is the most"),
        (["x" * 500], "has 500 characters; 40 is the most"),
        ([f"tag {number}" for number in range(MAX_TAGS + 1)], "21 tags are too many"),
    ],
)
def test_a_tag_is_never_cut_or_left_out(tags: list[str], says: str) -> None:
    with pytest.raises(ProfileError, match=says):
        clean_tags(tags)
