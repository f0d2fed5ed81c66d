"""Cutting the power at any moment leaves the old version or the new; a finished save stays."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.errors import ProfileNotFoundError
from studio.store import ProfileStore, SegmentFiles
from tests.store.power_cut import Durable, Recorder
from tests.store.samples import draft, expected_tree, record, tree, visible

if not Path("/proc/self/fd").is_dir():
    pytest.skip("this system does not tell which file is open", allow_module_level=True)

Action = Callable[[ProfileStore], object]


def clip(text: str) -> SegmentFiles:
    return SegmentFiles(reference=text.encode() * 9)


def create(store: ProfileStore) -> object:
    return store.create(draft("Boris", "one", profile_id="boris"), {"one": clip("b")})


def update(store: ProfileStore) -> object:
    anna = store.load("anna")
    changed = anna.model_copy(update={"segments": (record("two"),), "tags": ("new",)})
    original = SegmentFiles(reference=b"second", original=b"the first of its folder")
    return store.update(changed, expected_revision=1, add={"two": original}, remove=["one"])


def delete(store: ProfileStore) -> object:
    return store.delete("anna")


def delete_and_undo(store: ProfileStore) -> object:
    ticket = store.delete("anna").ticket
    store.create(draft("Anna", "new", profile_id="anna"), {"new": clip("n")})
    return store.undo_delete(ticket)


def first_save(store: ProfileStore) -> object:
    return create(ProfileStore(store.layout.root / "deeper" / "root"))


@pytest.mark.parametrize("act", [create, update, delete, first_save], ids=lambda act: act.__name__)
def test_a_cut_leaves_the_old_version_or_the_new(act: Action, tmp_path: Path) -> None:
    root = tmp_path / "profiles"
    store = ProfileStore(root)
    store.create(draft("Anna", "one", profile_id="anna"), {"one": clip("a")})
    disk = Durable(root)
    old = everything(root)
    with Recorder() as recorder:
        act(store)
    new = everything(root)
    assert new != old
    cut = tmp_path / "cut"
    seen = []
    for done in range(len(recorder.changes) + 1):
        for how in disk.after_a_cut(cut):
            found = everything(cut)
            place = f"after {recorder.changes[:done][-1:]}: {how}"
            assert found in (old, new), place
            seen.append(found == new)
            if done == len(recorder.changes):
                assert found == new, f"saved and lost: {how}"
            again = ProfileStore(cut)
            again.check(repair=True)
            assert again.check() == []
            assert not any("/.tmp-" in path for path in tree(cut / "local"))
            shutil.rmtree(cut)
        if done < len(recorder.changes):
            disk.apply(recorder.changes[done])
    assert {True, False} == set(seen)


def test_each_step_of_a_delete_and_an_undo_is_whole(tmp_path: Path) -> None:
    """Several saves in a row: the voice is in the library or in the trash, never nowhere."""
    root = tmp_path / "profiles"
    store = ProfileStore(root)
    store.create(draft("Anna", "one", profile_id="anna"), {"one": clip("a")})
    disk = Durable(root)
    with Recorder() as recorder:
        delete_and_undo(store)
    cut = tmp_path / "cut"
    for change in recorder.changes:
        disk.apply(change)
        for how in disk.after_a_cut(cut):
            again = ProfileStore(cut)
            for trashed in list((cut / "local" / ".trash").glob("*")):
                again.undo_delete(trashed.name)
            heard = {
                again.reference(listed.id, segment.id)
                for listed in again.list()
                if listed.metadata
                for segment in listed.metadata.segments
            }
            assert clip("a").reference in heard, f"after {change}: {how}"
            assert all(listed.error is None for listed in again.list())
            shutil.rmtree(cut)


def test_a_cached_context_is_whole_or_missing(tmp_path: Path) -> None:
    root = tmp_path / "profiles"
    store = ProfileStore(root)
    store.create(draft("Anna", "one", profile_id="anna"), {"one": clip("a")})
    store.write_context("anna", "csm", "aa" * 32, lambda path: put(path, b"old"))
    disk = Durable(root)
    with Recorder() as recorder:
        store.write_context("anna", "csm", "bb" * 32, lambda path: put(path, b"new"))
    cut = tmp_path / "cut"
    for change in recorder.changes:
        disk.apply(change)
        for how in disk.after_a_cut(cut):
            again = ProfileStore(cut)
            for fingerprint, content in (("aa" * 32, b"old"), ("bb" * 32, b"new")):
                found = again.context_file("anna", "csm", fingerprint)
                assert found is None or found.read_bytes() == content, f"after {change}: {how}"
            shutil.rmtree(cut)


def put(path: Path, data: bytes) -> None:
    """As an engine writes it: without a sync."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.write(descriptor, data)
    os.close(descriptor)


def everything(root: Path) -> list[object]:
    """What both libraries below ``root`` show, and whether the trash can give Anna back."""
    found: list[object] = []
    for place in (root, root / "deeper" / "root"):
        store = ProfileStore(place)
        found.append(visible(store) if place.exists() else {})
    try:
        ProfileStore(root).load("anna")
        found.append("anna is there")
    except ProfileNotFoundError:
        found.append(len(list((root / "local" / ".trash").glob("*-anna/metadata.json"))))
    return found


def test_the_model_loses_what_was_not_synced(tmp_path: Path) -> None:
    """The model itself: without its syncs, the same save would be torn."""
    root = tmp_path / "profiles"
    store = ProfileStore(root)
    store.create(draft("Anna", "one", profile_id="anna"), {"one": clip("a")})
    disk = Durable(root)
    with Recorder() as recorder:
        update(store)
    for change in recorder.changes:
        if change.kind != "fsync":
            disk.apply(change)
    cut = tmp_path / "cut"
    broken = 0
    for _ in disk.after_a_cut(cut):
        broken += any(listed.error for listed in ProfileStore(cut).list())
        shutil.rmtree(cut)
    assert broken
    assert expected_tree(store) == tree(root)
