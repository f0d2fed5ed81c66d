"""Profiles that were cut short, edited, corrupted or written by somebody else.

One bad profile is listed with what is wrong; the others are as if nothing had happened.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio import profile as profile_schema
from studio.errors import (
    ProfileDamagedError,
    ProfileError,
    ProfileTooNewError,
)
from studio.store import ProfileStore, migrations
from studio.types import Prompting
from tests.store.samples import contents, make, visible


@pytest.fixture
def metadata_file(store: ProfileStore) -> Path:
    """That of Anna, who has a neighbour."""
    make(store, "Anna", "one", "two")
    make(store, "Boris")
    return store.layout.owner_dir / "anna" / "metadata.json"


def edited(path: Path, *keys: str | int, value: object) -> None:
    raw = json.loads(path.read_text("utf-8"))
    place: Any = raw
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path.write_text(json.dumps(raw), "utf-8")


def assert_only_anna_is_damaged(store: ProfileStore, words: str = "") -> None:
    anna, boris = ProfileStore(store.layout.root).list()
    assert (anna.id, anna.metadata) == ("anna", None)
    assert anna.error is not None
    assert "damaged" in anna.error
    assert "Restore it from an export or a backup, or delete it" in anna.error
    assert words in anna.error
    assert boris.metadata is not None
    with pytest.raises(ProfileDamagedError):
        store.load("anna")
    assert contents(store, "boris")
    found = store.check(repair=True)
    assert [(problem.profile, problem.repaired) for problem in found] == [("anna", False)]


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        (("colour",), "red", "colour"),
        (("segments", 0, "colour"), "red", "segments.0.colour"),
        (("segments", 0, "report", "colour"), "red", "colour"),
        (("name",), 7, "name"),
        (("name",), "", "name"),
        (("name",), "two\nlines", "control or direction"),
        (("name",), "right\u202eleft", "control or direction"),
        (("name",), "x" * 1_000, "name"),
        (("revision",), "1", "revision"),
        (("revision",), 0, "revision"),
        (("revision",), True, "revision"),
        (("revision",), 1.5, "revision"),
        (("revision",), None, "revision"),
        (("id",), "boris", "belongs to a voice 'boris'"),
        (("id",), "../boris", "id"),
        (("created_at",), "yesterday", "created_at"),
        (("created_at",), "2026-05-03T12:30:00", "created_at"),
        (("consent",), None, "consent"),
        (("consent", "statement"), "", "consent.statement"),
        (("tags",), "a,b", "tags"),
        (("segments",), {}, "segments"),
        (("segments", 0, "id"), "../../x", "segments.0.id"),
        (("segments", 0, "id"), "two", "same id"),
        (("segments", 0, "sha256"), "abc", "sha256"),
        (("segments", 0, "duration_s"), -1, "duration_s"),
        (("segments", 0, "duration_s"), 10**400, "duration_s"),
        (("segments", 0, "emotion"), "sleepy", "emotion"),
        (("segments", 0, "report", "snr_db"), "loud", "snr_db"),
        (("segments", 0, "transcript"), "\ud83d", "hex escape"),
        (("defaults", "temperature"), 1e9, "temperature"),
        (("format_version",), None, "format"),
        (("format_version",), "1", "format"),
        (("format_version",), True, "format"),
        (("format_version",), 0, "format"),
    ],
)
def test_metadata_edited_by_hand_is_told_apart(
    store: ProfileStore, metadata_file: Path, keys: tuple[str | int, ...], value: object, words: str
) -> None:
    edited(metadata_file, *keys, value=value)
    assert_only_anna_is_damaged(store, words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "line 1 is not valid JSON"),
        (b"\0" * 4_096, "not valid JSON"),
        (b"null", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b'"anna"', "not a JSON object"),
        (b"{}", "which format"),
        (b"\xff\xfe{\0}\0", "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b'{"format_version": 1, "format_version": 1}', "twice"),
        (b'{"format_version": NaN}', "NaN is not a number"),
        (b'{"format_version": -Infinity}', "Infinity is not a number"),
        (b"[" * 2_000_000, "nested too deeply"),
        (b'{"a":' * 700_000, "nested too deeply"),
        (b'{"format_version": 1' + b"0" * 10_000 + b"}", "damaged"),
        (b" " * 64_000_000, "more than 4 MB"),
        (b"PK\3\4 not json at all", "not valid JSON"),
    ],
    ids=lambda value: value[:16].decode("latin1") if isinstance(value, bytes) else "",
)
def test_metadata_that_is_something_else_is_told_apart(
    store: ProfileStore, metadata_file: Path, content: bytes, words: str
) -> None:
    metadata_file.write_bytes(content)
    assert_only_anna_is_damaged(store, words)


def test_a_number_too_large_to_be_one_is_damage(store: ProfileStore, metadata_file: Path) -> None:
    text = metadata_file.read_text("utf-8").replace('"snr_db": 31.5', '"snr_db": 1e999', 1)
    metadata_file.write_text(text, "utf-8")
    assert_only_anna_is_damaged(store)


def test_a_byte_order_mark_before_good_metadata_is_damage(
    store: ProfileStore, metadata_file: Path
) -> None:
    metadata_file.write_bytes(b"\xef\xbb\xbf" + metadata_file.read_bytes())
    assert_only_anna_is_damaged(store)


@pytest.mark.parametrize("become", ["missing", "folder", "pipe", "link", "loop"])
def test_metadata_that_is_no_file_is_told_apart(
    store: ProfileStore, metadata_file: Path, tmp_path: Path, become: str
) -> None:
    metadata_file.rename(tmp_path / "aside.json")
    if become == "folder":
        metadata_file.mkdir()
    elif become == "pipe":
        os.mkfifo(metadata_file)
    elif become == "link":
        metadata_file.symlink_to(tmp_path / "aside.json")
    elif become == "loop":
        metadata_file.symlink_to(metadata_file)
    assert_only_anna_is_damaged(store)


def test_metadata_cut_short_anywhere_is_damage(store: ProfileStore, metadata_file: Path) -> None:
    whole = metadata_file.read_bytes()
    for length in [*range(0, len(whole) - 2, 37), len(whole) - 2]:
        metadata_file.write_bytes(whole[:length])
        with pytest.raises(ProfileDamagedError):
            store.load("anna")


def test_a_flipped_bit_never_does_worse_than_damage(
    store: ProfileStore, metadata_file: Path
) -> None:
    whole = metadata_file.read_bytes()
    for place in range(0, len(whole), 11):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << (place % 8)
        metadata_file.write_bytes(flipped)
        try:
            found = store.load("anna")
        except ProfileError:
            continue
        assert found.id == "anna"  # only a letter of a text or a digit of a level changed
        assert len(store.list()) == 2
    metadata_file.write_bytes(whole)
    assert len(visible(store)) == 2


@pytest.mark.parametrize("part", ["reference", "originals", "voice_tokens"])
def test_a_changed_file_is_noticed_when_it_is_read(
    store: ProfileStore, metadata_file: Path, part: str
) -> None:
    read: dict[str, Callable[[], object]] = {
        "reference": lambda: store.reference("anna", "one"),
        "originals": lambda: store.original("anna", "one"),
        "voice_tokens": lambda: store.tokens("anna", "one"),
    }
    (path,) = (metadata_file.parent / part).glob("one.*")
    whole = path.read_bytes()
    changes: list[bytes] = [b"", whole[:-1], whole + b"x", whole[1:]]
    for place in range(0, len(whole), max(1, len(whole) // 40)):
        changes.append(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
    for content in changes:
        path.write_bytes(content)
        with pytest.raises(ProfileDamagedError, match=rf"{path.name} is not the one that was sav"):
            read[part]()
    path.unlink()
    with pytest.raises(ProfileDamagedError, match=rf"{path.name} is missing"):
        read[part]()
    path.mkdir()
    with pytest.raises(ProfileDamagedError, match="is not a file"):
        read[part]()
    path.rmdir()
    path.write_bytes(whole)
    assert read[part]()
    assert store.reference("anna", "two")
    assert visible(store)


def test_a_listing_reads_no_clips(store: ProfileStore, metadata_file: Path) -> None:
    for path in metadata_file.parent.glob("*/*"):
        path.write_bytes(b"damaged")
    assert all(listed.metadata for listed in store.list())


def test_a_damaged_profile_can_be_deleted_and_brought_back(
    store: ProfileStore, metadata_file: Path
) -> None:
    metadata_file.write_bytes(b"{")
    ticket = store.delete(store.find("anna")).ticket
    assert [listed.id for listed in store.list()] == ["boris"]
    with pytest.raises(ProfileDamagedError):
        store.undo_delete(ticket)
    assert metadata_file.read_bytes() == b"{"


def test_a_mended_file_is_noticed(store: ProfileStore, metadata_file: Path) -> None:
    whole = metadata_file.read_bytes()
    metadata_file.write_bytes(b"{")
    with pytest.raises(ProfileDamagedError):
        store.load("anna")
    metadata_file.write_bytes(whole)
    assert store.load("anna").name == "Anna"


def test_a_folder_that_cannot_be_a_voice_is_listed(store: ProfileStore) -> None:
    make(store, "Anna")
    (store.layout.owner_dir / "My voice").mkdir()
    listed = {entry.id: entry.error for entry in store.list()}
    assert listed["anna"] is None
    assert "Rename it" in (listed["My voice"] or "")


# Formats


def test_a_newer_format_is_refused_by_name(store: ProfileStore, metadata_file: Path) -> None:
    edited(metadata_file, "format_version", value=99)
    edited(metadata_file, "telepathy", value=True)
    with pytest.raises(ProfileTooNewError, match=r"format 99; .* up to \d+\). Update the studio"):
        store.load("anna")
    anna, boris = store.list()
    assert "Update the studio" in (anna.error or "")
    assert boris.metadata is not None
    before = metadata_file.read_bytes()
    with pytest.raises(ProfileTooNewError):
        store.update(store.load("boris").model_copy(update={"id": "anna"}), expected_revision=1)
    assert [problem.repaired for problem in store.check(repair=True)] == [False]
    assert metadata_file.read_bytes() == before


def test_there_is_a_migration_for_each_format_before_this_one() -> None:
    assert len(migrations.MIGRATIONS) == profile_schema.FORMAT_VERSION - 1


def test_an_older_format_is_brought_up_to_date(
    store: ProfileStore, metadata_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if this format and the next had called the persona otherwise, and there were a third."""
    now = profile_schema.FORMAT_VERSION
    later = now + 2

    def rename_persona(raw: dict[str, Any]) -> dict[str, Any]:
        return {"character": raw.pop("personality"), **raw}

    def rename_character(raw: dict[str, Any]) -> dict[str, Any]:
        return {"persona": raw.pop("character"), **raw}

    raw = json.loads(metadata_file.read_text("utf-8"))
    del raw["persona"]
    metadata_file.write_text(json.dumps({**raw, "personality": "dry humour"}), "utf-8")
    assert_only_anna_is_damaged(store, "personality")

    steps = [*migrations.MIGRATIONS, rename_persona, rename_character]
    monkeypatch.setattr(profile_schema, "FORMAT_VERSION", later)
    monkeypatch.setattr(migrations, "MIGRATIONS", steps)
    again = ProfileStore(store.layout.root)
    anna = again.load("anna")
    assert (anna.persona, anna.format_version) == ("dry humour", later)
    assert contents(again, "anna")
    again.update(anna, expected_revision=1)
    saved = json.loads(metadata_file.read_text("utf-8"))
    assert (saved["persona"], saved["format_version"], saved["revision"]) == (
        "dry humour",
        later,
        2,
    )
    edited(metadata_file, "format_version", value=now)
    with pytest.raises(ProfileDamagedError, match=f"not of format {now}"):
        again.load("anna")


def test_a_voice_of_format_1_is_prompted_in_two_segments(
    store: ProfileStore, metadata_file: Path
) -> None:
    raw = json.loads(metadata_file.read_text("utf-8"))
    del raw["defaults"]["prompting"]
    metadata_file.write_text(json.dumps({**raw, "format_version": 1}), "utf-8")
    anna = store.load("anna")
    assert anna.defaults.prompting is Prompting.TWO_SEGMENT
    assert [segment.consent for segment in anna.segments] == [None] * len(anna.segments)
    assert anna.format_version == profile_schema.FORMAT_VERSION
    del raw["defaults"]
    metadata_file.write_text(json.dumps({**raw, "format_version": 1}), "utf-8")
    assert ProfileStore(store.layout.root).load("anna") == anna
