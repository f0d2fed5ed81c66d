"""What the store finds wrong with a library, what it mends, and what lies in the trash."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from studio.errors import ProfileNotFoundError
from studio.store import Problem, ProfileStore, SegmentFiles
from studio.store.blobs import pack_tokens
from tests.store.samples import (
    FINGERPRINT,
    contents,
    draft,
    expected_tree,
    files,
    make,
    tree,
    visible,
)


def put(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


LATER = datetime(2026, 6, 1, tzinfo=UTC)


def context(what: str) -> bytes:
    tokens = files(what).tokens
    assert tokens is not None
    return pack_tokens(tokens)


def test_a_whole_library_has_no_problems(store: ProfileStore) -> None:
    make(store, "Anna")
    store.write_context("anna", "csm", FINGERPRINT, lambda path: put(path, context("x")))
    store.delete(make(store, "Boris").id)
    before = tree(store.layout.root)
    assert store.check() == []
    assert store.check(repair=True) == []
    assert tree(store.layout.root) == before


def test_garbage_is_found_and_then_deleted(store: ProfileStore) -> None:
    make(store, "Anna")
    clean = tree(store.layout.root)
    folder = store.layout.owner_dir / "anna"
    put(store.layout.owner_dir / ".tmp-0011" / "reference" / "one.flac")
    for name in (
        ".tmp-22",
        "reference/.tmp-33",
        "reference/left-over.flac",
        "originals/left-over.flac",
        "voice_tokens/left-over.safetensors",
        "cached_context/.tmp-44.safetensors",
        f"cached_context/csm-{FINGERPRINT}.safetensors",
    ):
        put(folder / name)
    littered = tree(store.layout.root)
    found = store.check()
    assert len(found) == 8
    assert not any(problem.repaired for problem in found)
    assert {problem.profile for problem in found} == {"", "anna"}
    assert tree(store.layout.root) == littered
    assert [problem.repaired for problem in store.check(repair=True)] == [True] * 8
    assert tree(store.layout.root) == clean
    assert store.check() == []


def test_the_next_save_sweeps_too(store: ProfileStore) -> None:
    anna = make(store, "Anna")
    clean = tree(store.layout.root)
    put(store.layout.owner_dir / ".tmp-0011" / "reference" / "one.flac")
    put(store.layout.owner_dir / "anna" / "reference" / "left-over.flac")
    store.update(anna, expected_revision=1)
    assert tree(store.layout.root) == clean


def test_of_an_engines_contexts_the_newest_stays(store: ProfileStore) -> None:
    make(store, "Anna")
    newest = store.write_context("anna", "csm", FINGERPRINT, lambda path: put(path, context("n")))
    older = put(newest.with_name(f"csm-{'cd' * 32}.safetensors"), context("o"))
    past = newest.stat().st_mtime_ns - 10**9
    os.utime(older, ns=(past, past))
    other = store.write_context("anna", "basic", FINGERPRINT, lambda path: put(path, context("b")))
    torn = put(newest.with_name(f"third-{FINGERPRINT}.safetensors"), context("t")[:-9])
    found = store.check(repair=True)
    assert {problem.problem.split()[0] for problem in found} == {
        f"cached_context/{older.name}",
        f"cached_context/{torn.name}",
    }
    assert newest.exists()
    assert other.exists()


def test_a_damaged_clip_is_quarantined_and_the_voice_goes_on(store: ProfileStore) -> None:
    anna = make(store, "Anna", "one", "two", "three")
    folder = store.layout.owner_dir / "anna"
    (folder / "reference" / "one.flac").write_bytes(b"rotten")
    (folder / "reference" / "two.flac").unlink()
    before = tree(store.layout.root)
    found = store.check()
    assert [problem.repaired for problem in found] == [False, False]
    assert re.search(r"reference/one\.flac is not the one that was saved", found[0].problem)
    assert re.search(r"reference/two\.flac is missing", found[1].problem)
    assert tree(store.layout.root) == before

    mended = store.check(repair=True)
    assert [problem.repaired for problem in mended] == [True, True]
    assert "kept in local/.quarantine/" in mended[0].problem
    now = store.load("anna")
    assert now == anna.model_copy(update={"segments": anna.segments[2:], "revision": 2})
    assert contents(store, "anna")
    assert store.check() == []
    (place,) = store.layout.quarantine_dir.iterdir()
    assert (place / "reference" / "one.flac").read_bytes() == b"rotten"
    assert (place / "originals" / "two.flac").read_bytes() == files("Anna/two").original
    assert "“Grüße”" in (place / "metadata.json").read_text("utf-8")
    assert place.name not in {listed.id for listed in store.list()}


def test_a_damaged_original_or_tokens_cost_only_themselves(store: ProfileStore) -> None:
    make(store, "Anna")
    folder = store.layout.owner_dir / "anna"
    (folder / "originals" / "one.flac").write_bytes(b"rotten")
    (folder / "voice_tokens" / "one.safetensors").unlink()
    assert [problem.repaired for problem in store.check(repair=True)] == [True, True]
    assert store.original("anna", "one") is None
    assert store.tokens("anna", "one") is None
    assert store.load("anna").segments[0].frames is None
    assert store.reference("anna", "one") == files("Anna/one").reference
    assert tree(store.layout.root) - expected_tree(store) == {
        f"local/.quarantine/{place.name}/{name}"
        for place in store.layout.quarantine_dir.iterdir()
        for name in ("metadata.json", "originals/one.flac")
    }


def test_the_last_clip_is_never_taken_out(store: ProfileStore) -> None:
    anna = make(store, "Anna")
    rotten = put(store.layout.owner_dir / "anna" / "reference" / "one.flac", b"rotten")
    (problem,) = store.check(repair=True)
    assert not problem.repaired
    assert "Restore it from an export" in problem.problem
    assert rotten.read_bytes() == b"rotten"
    assert store.load("anna") == anna


def test_a_damaged_profile_does_not_hide_the_problems_of_others(store: ProfileStore) -> None:
    make(store, "Anna")
    make(store, "Boris")
    put(store.layout.owner_dir / "anna" / "metadata.json", b"{")
    put(store.layout.owner_dir / "anna" / "reference" / "orphan.flac")
    put(store.layout.owner_dir / "boris" / "reference" / "orphan.flac")
    found = store.check(repair=True)
    assert [(problem.profile, problem.repaired) for problem in found] == [
        ("anna", False),
        ("boris", True),
    ]
    assert (store.layout.owner_dir / "anna" / "reference" / "orphan.flac").exists()


def test_problems_are_plain_values() -> None:
    assert Problem("anna", "x", repaired=True) == Problem("anna", "x", repaired=True)


# The trash


def test_a_deleted_voice_comes_back_as_it_was(store: ProfileStore) -> None:
    make(store, "Anna", "one", "two")
    make(store, "Boris")
    before = visible(store)
    deleted = store.delete("anna")
    assert deleted.id == "anna"
    assert visible(store).keys() == {"boris"}
    with pytest.raises(ProfileNotFoundError):
        store.reference("anna", "one")
    assert ProfileStore(store.layout.root).undo_delete(deleted.ticket).id == "anna"
    assert visible(store) == before
    with pytest.raises(ProfileNotFoundError, match=r"'Anna' was brought back already.*id anna"):
        store.undo_delete(deleted.ticket)


def test_the_name_of_a_deleted_voice_is_free(store: ProfileStore) -> None:
    first = make(store, "Anna", "old")
    ticket = store.delete("anna").ticket
    second = make(store, "ANNA", "new")
    back = store.undo_delete(ticket)
    assert (back.name, back.revision) == ("Anna (2)", 2)
    assert back.segments == first.segments
    assert store.load(second.id) == second


def test_the_id_of_a_deleted_voice_stays_its_own(store: ProfileStore) -> None:
    """Pages and scripts may still hold it, and must not reach another voice by it."""
    make(store, "Anna", "old")
    ticket = store.delete("anna").ticket
    assert make(store, "Anna", "new").id == "anna-2"
    assert store.create(draft("Anna (3)", profile_id="anna", created_at=LATER), {}).id == "anna-3"
    with pytest.raises(ProfileNotFoundError):
        store.load("anna")
    assert store.undo_delete(ticket).id == "anna"
    assert store.reference("anna", "old") == files("Anna/old").reference
    for profile_id in ("anna", "anna-2"):
        store.delete(profile_id)
    store.empty_trash()
    assert store.free_id("Anna") == "anna"


def test_what_was_deleted_is_listed_and_found_by_name(store: ProfileStore) -> None:
    make(store, "Anna")
    boris = store.delete(make(store, "Boris").id)
    store.delete("anna")
    older = aged(store, boris.ticket, timedelta(hours=1))
    assert [(one.id, one.name) for one in store.deleted()] == [("anna", "Anna"), ("boris", "Boris")]
    boris = store.deleted()[1]
    assert boris.ticket == older
    assert boris.kept_until - datetime.now(UTC) > timedelta(days=29)
    for wanted in ("Boris", "boris", "id:boris", boris.ticket):
        assert store.find_deleted(wanted) == boris
    with pytest.raises(ProfileNotFoundError, match=r"'Carla'.*Deleted were: 'Anna', 'Boris'"):
        store.find_deleted("Carla")


def test_a_deleted_voice_is_not_guessed(store: ProfileStore) -> None:
    first = store.delete(make(store, "Anna").id)
    second = store.delete(make(store, "ANNA").id)
    with pytest.raises(ProfileNotFoundError, match="more than one") as refused:
        store.find_deleted("anna")
    assert first.ticket in str(refused.value)
    assert second.ticket in str(refused.value)
    assert store.find_deleted("id:anna") == first
    assert store.find_deleted("id:anna-2") == second


def test_what_became_of_a_deleted_voice_is_told(store: ProfileStore) -> None:
    ticket = store.delete(make(store, "Anna").id).ticket
    renamed = store.undo_delete(ticket).model_copy(update={"name": "Bea"})
    store.update(renamed, expected_revision=1)
    for ask in (store.undo_delete, store.find_deleted):
        with pytest.raises(ProfileNotFoundError, match="'Bea' was brought back already"):
            ask(ticket)
    with pytest.raises(ProfileNotFoundError, match="'Bea' is not deleted"):
        store.find_deleted("Bea")
    again = aged(store, store.delete("anna").ticket, timedelta(seconds=-60))
    with pytest.raises(ProfileNotFoundError, match=f"deleted again.*{again}"):
        store.undo_delete(ticket)
    store.empty_trash()
    with pytest.raises(ProfileNotFoundError, match=r"gone for good.*30 days"):
        store.undo_delete(ticket)


def test_an_emptied_trash_leaves_nothing_on_the_disk(store: ProfileStore) -> None:
    make(store, "Boris")
    clean = tree(store.layout.root)
    tickets = [store.delete(make(store, name).id).ticket for name in ("Anna", "Carla")]
    assert store.empty_trash() == 2
    assert tree(store.layout.root) == clean
    for ticket in tickets:
        with pytest.raises(ProfileNotFoundError):
            store.undo_delete(ticket)
    assert store.empty_trash() == 0


def test_after_a_month_the_trash_is_swept(store: ProfileStore) -> None:
    tickets = [store.delete(make(store, name).id).ticket for name in ("Anna", "Boris", "Carla")]
    ages = [timedelta(days=31), timedelta(days=29), timedelta(days=-1)]
    old, young, ahead = map(partial(aged, store), tickets, ages)
    (problem,) = store.check()
    assert "more than 30 days ago" in problem.problem
    assert {path.name for path in store.layout.trash_dir.iterdir()} == {old, young, ahead}
    assert [problem.repaired for problem in store.check(repair=True)] == [True]
    assert {path.name for path in store.layout.trash_dir.iterdir()} == {young, ahead}

    aged(store, young, timedelta(days=40))
    store.delete(make(store, "Dora").id)
    assert not list(store.layout.trash_dir.glob("*-boris"))
    assert store.undo_delete(ahead).name == "Carla"


def aged(store: ProfileStore, ticket: str, age: timedelta) -> str:
    """The same deleted voice, as if it had been deleted earlier."""
    stamp = f"{datetime.now(UTC) - age:%Y%m%dt%H%M%Sz}"
    older = f"{stamp}-{ticket.split('-', 1)[1]}"
    (store.layout.trash_dir / ticket).rename(store.layout.trash_dir / older)
    return older


def test_somebody_elses_folder_in_the_trash_is_left_alone(store: ProfileStore) -> None:
    store.delete(make(store, "Anna").id)
    mine = put(store.layout.trash_dir / "mine" / "x")
    odd = put(store.layout.trash_dir / "99999999t999999z-00112233-x" / "x")
    store.check(repair=True)
    assert mine.exists()
    assert odd.exists()
    with pytest.raises(ProfileNotFoundError):
        store.undo_delete("mine")


def test_a_voice_without_clips_can_be_kept(store: ProfileStore) -> None:
    store.create(draft("Empty", profile_id="empty"), {})
    assert store.check(repair=True) == []
    filled = store.update(
        store.load("empty").model_copy(update={"segments": draft("x", "one").segments}),
        expected_revision=1,
        add={"one": SegmentFiles(reference=b"first")},
    )
    assert filled.segments[0].original_sha256 is None
