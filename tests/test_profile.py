"""Names of voices, and the schema of their metadata."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from studio.errors import ProfileNameError
from studio.profile import MAX_NAME_CHARS, ProfileMetadata, clean_name, name_key
from studio.store.document import decode, encode
from studio.store.layout import is_id, slug

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=120)
"""Every code point, half characters and unassigned ones included."""


def cleaned(name: str) -> str | None:
    try:
        return clean_name(name)
    except ProfileNameError:
        return None


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Anna", "Anna"),
        ("  Anna \t\n calm  ", "Anna calm"),
        ("Anna\0", "Anna"),
        ("\u202eannA\u202c", "annA"),
        ("\ufeffAnna\u200b", "Anna"),
        ("e\u0301", "é"),
        ("e\u200e\u0301", "é"),
        ("👩\u200d👧 and me", "👩\u200d👧 and me"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("<img onerror=alert(1)>", "<img onerror=alert(1)>"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("A\u2028B\x85C", "A B C"),
        ("Ａ\u3000Ｂ", "Ａ Ｂ"),
        ("half \ud83d here", "half here"),
    ],
)
def test_a_name_is_kept_as_typed_but_for_what_nobody_sees(typed: str, shown: str) -> None:
    assert clean_name(typed) == shown


@pytest.mark.parametrize(
    "nothing", ["", " ", "\n\t", "\0", "\u202e\u200b", "\u200d \u200d", "\ud83d"]
)
def test_a_name_that_shows_nothing_is_refused(nothing: str) -> None:
    with pytest.raises(ProfileNameError, match="needs a name"):
        clean_name(nothing)


def test_a_long_name_is_refused_with_both_lengths() -> None:
    assert clean_name("x" * MAX_NAME_CHARS) == "x" * MAX_NAME_CHARS
    with pytest.raises(ProfileNameError, match=r"300 characters; 80 is the most"):
        clean_name("x" * 300)


@given(ANY_TEXT)
def test_whatever_is_typed_ends_as_one_visible_line_or_a_sentence(typed: str) -> None:
    name = cleaned(typed)
    if name is None:
        return
    assert clean_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert 0 < len(name) <= MAX_NAME_CHARS
    assert len(name.splitlines()) == 1
    assert name == name.strip()
    assert name.encode()


@given(ANY_TEXT)
def test_every_name_can_be_saved_and_read_again(typed: str) -> None:
    name = cleaned(typed)
    if name is not None:
        metadata = profile(name=name)
        assert decode(encode(metadata)) == metadata


@given(ANY_TEXT)
def test_every_name_makes_an_id_that_is_safe_as_a_folder(typed: str) -> None:
    name = cleaned(typed)
    if name is not None:
        made = slug(name)
        assert is_id(made)
        assert is_id(f"{made}-100")
        assert made == slug(name)


@given(ANY_TEXT)
def test_names_that_differ_only_in_case_are_the_same_name(typed: str) -> None:
    name = cleaned(typed)
    if name is not None:
        assert name_key(name) == name_key(name.casefold())
        assert name_key(f" {name} ") == name_key(name)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Anna", "anna", True),
        ("Straße", "STRASSE", True),
        ("Ａｎｎａ", "Anna", True),
        ("An\u200dna", "Anna", True),
        ("Anna", "Änna", False),
        ("Anna", "Anna 2", False),
        ("Анна", "Anna", False),
    ],
)
def test_which_names_read_the_same(one: str, other: str, same: bool) -> None:
    assert (name_key(one) == name_key(other)) is same


def profile(**changes: Any) -> ProfileMetadata:
    now = datetime(2026, 5, 3, 12, 30, tzinfo=UTC)
    known: dict[str, Any] = {
        "id": "anna",
        "name": "Anna",
        "created_at": now,
        "updated_at": now,
        "consent": {"statement": "I am the speaker.", "given_at": now},
        "segments": (),
    }
    return ProfileMetadata(**{**known, **changes})


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "Anna"},
        {"id": "anna\n"},
        {"id": "../anna"},
        {"id": ""},
        {"name": ""},
        {"name": "Anna\u202e"},
        {"language": "english"},
        {"revision": 0},
        {"created_at": datetime(2026, 5, 3)},
        {"tags": ("",)},
        {"tags": ("x" * 100,)},
        {"defaults": {"temperature": float("nan")}},
        {"defaults": {"seed": -1}},
        {"characteristics": {"f0_median_hz": float("inf")}},
        {"colour": "red"},
    ],
)
def test_what_no_profile_can_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        profile(**wrong)


def test_a_profile_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        profile().name = "Boris"


def test_the_names_in_the_file_are_the_published_ones() -> None:
    """A change here is a new format version, with a migration."""
    assert list(json.loads(encode(profile()))) == [
        "format_version",
        "revision",
        "id",
        "name",
        "language",
        "created_at",
        "updated_at",
        "consent",
        "tags",
        "characteristics",
        "segments",
        "defaults",
        "persona",
        "starter",
    ]
