"""The starter voices come once, whatever stops the first start, and those deleted stay away."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from studio.core.voices.starters import make_starters, read_starters
from studio.errors import ClipError, Stopped
from studio.profile import ProfileMetadata
from studio.store import ProfileStore
from tests.store.faults import DONE, Disk, in_child
from tests.store.samples import draft, files, record

NAMES = {starter.name for starter in read_starters()}


class Making:
    """Makes profiles as the studio does, without listening to the clips, which takes seconds."""

    def __init__(self, store: ProfileStore) -> None:
        self.store = store

    def __call__(self, name: str, clips: list[Any], **said: Any) -> ProfileMetadata:
        self.store.require_free_name(name)
        clip = record("one", source_name=clips[0].path.name)
        made = draft(name, profile_id=self.store.free_id(name), starter=said["starter"])
        return self.store.create(
            made.model_copy(update={"segments": (clip,)}),
            {"one": files(name, tokens=False, original=False)},
        )


def start(root: Path) -> list[ProfileMetadata]:
    store = ProfileStore(root)
    with Disk():  # which spares the waiting for a real one
        return make_starters(store, Making(store), None)


def names(root: Path) -> list[str]:
    return [entry.metadata.name for entry in ProfileStore(root).list() if entry.metadata]


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many changes of the disk the making takes."""
    store = ProfileStore(tmp_path_factory.mktemp("counted"))
    with Disk() as disk:
        make_starters(store, Making(store), None)
    return disk.count


def killed_at(step: int, root: Path) -> None:
    store = ProfileStore(root)

    def begin() -> None:
        with Disk(fail_at=step, kill=True):
            make_starters(store, Making(store), None)

    assert in_child(begin) in (DONE, -signal.SIGKILL)


def test_a_first_start_killed_at_any_step_is_gone_on_with(tmp_path: Path, steps: int) -> None:
    """At any step of the first voice, which the others repeat, and of the end."""
    each = steps // len(NAMES)
    assert each > 10
    for step in (*range(1, each + 6), *range(steps - 6, steps + 1)):
        root = tmp_path / "profiles"
        killed_at(step, root)
        start(root)
        assert sorted(names(root)) == sorted(NAMES), f"killed at step {step} of {steps}"
        assert start(root) == []
        shutil.rmtree(root)


def test_what_a_person_did_before_the_next_start_stays(tmp_path: Path, steps: int) -> None:
    """Killed around the second voice, one of those there are is deleted, and another renamed."""
    each = steps // len(NAMES)
    for step in range(2 * each - 8, 2 * each + 6):
        root = tmp_path / "profiles"
        killed_at(step, root)
        store = ProfileStore(root)
        there = [entry.metadata for entry in store.list() if entry.metadata]
        for voice in there[:1]:
            store.delete(voice.id)
        for voice in there[1:2]:
            store.update(voice.model_copy(update={"name": "Mine"}), expected_revision=1)
        start(root)
        gone = {voice.name for voice in there[:2]}
        mine = ["Mine"] if len(there) > 1 else []
        assert sorted(names(root)) == sorted([*(NAMES - gone), *mine]), f"killed at step {step}"
        shutil.rmtree(root)


@pytest.mark.parametrize("wrong", [Stopped(), ClipError("The clip is damaged.")])
def test_one_that_failed_is_made_at_the_next_start(tmp_path: Path, wrong: Exception) -> None:
    store = ProfileStore(tmp_path)
    make = Making(store)

    def make_two(name: str, clips: list[Any], **said: Any) -> ProfileMetadata:
        if len(store.list()) == 2:
            raise wrong
        return make(name, clips, **said)

    with pytest.raises(type(wrong)):
        make_starters(store, make_two, None)
    assert len(store.list()) == 2
    store.delete(store.list()[0].id)
    store.empty_trash()
    assert len(make_starters(store, make, None)) == len(NAMES) - 2
    assert len(store.list()) == len(NAMES) - 1
