"""Several processes and threads on one library."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from studio.errors import (
    ProfileChangedError,
    ProfileDamagedError,
    ProfileExistsError,
    ProfileNotFoundError,
    StorageError,
)
from studio.store import ProfileStore
from studio.store.lock import locked
from tests.store.samples import draft, expected_tree, files, make, record, tree, visible


class Processes:
    """Forked children that wait for each other before they act, and report one line each."""

    def __init__(self) -> None:
        self._start, self._go = os.pipe()
        self._heard, self._tell = os.pipe()
        self._children: list[int] = []

    def start(self, act: Callable[[], str]) -> None:
        child = os.fork()
        if child:
            self._children.append(child)
            return
        try:
            os.close(self._go)
            os.read(self._start, 1)  # until the parent closes its end
            said = act()
        except BaseException as error:
            said = f"broke: {error!r}"
        os.write(self._tell, f"{said}\n".encode())
        os._exit(0)

    def outcomes(self) -> list[str]:
        os.close(self._go)
        os.close(self._tell)
        with os.fdopen(self._heard) as heard:
            lines = heard.read().splitlines()
        for child in self._children:
            os.waitpid(child, 0)
        os.close(self._start)
        return sorted(lines)


def test_of_many_saves_of_one_version_exactly_one_wins(store: ProfileStore) -> None:
    anna = make(store, "Anna")
    for revision in range(1, 6):
        processes = Processes()
        for number in range(8):

            def save(number: int = number, revision: int = revision) -> str:
                mine = ProfileStore(store.layout.root)
                changed = anna.model_copy(
                    update={
                        "tags": (f"by {number}",),
                        "segments": (*mine.load("anna").segments, record(f"r{revision}-{number}")),
                    }
                )
                add = {f"r{revision}-{number}": files(f"{number}")}
                try:
                    mine.update(changed, expected_revision=revision, add=add)
                except ProfileChangedError:
                    return "changed"
                return f"won {number}"

            processes.start(save)
        outcomes = processes.outcomes()
        assert outcomes[:7] == ["changed"] * 7
        assert outcomes[7].startswith("won ")
        now = store.load("anna")
        assert now.revision == revision + 1
        assert now.tags == (f"by {outcomes[7].split()[1]}",)
        assert len(now.segments) == revision + 1
        assert tree(store.layout.root) == expected_tree(store)
    assert store.check() == []


def test_of_many_new_voices_of_one_name_exactly_one_wins(store: ProfileStore) -> None:
    processes = Processes()
    for number in range(6):

        def create(number: int = number) -> str:
            mine = ProfileStore(store.layout.root)
            name = "Anna" if number % 2 else "ANNA"
            try:
                mine.create(draft(name, "one", profile_id="anna"), {"one": files(f"{number}")})
            except ProfileExistsError:
                return "exists"
            return "won"

        processes.start(create)
    assert processes.outcomes() == ["exists"] * 5 + ["won"]
    assert len(visible(store)) == 1


def test_voices_of_other_names_all_get_in(store: ProfileStore) -> None:
    processes = Processes()
    for number in range(6):

        def create(number: int = number) -> str:
            # The same id is wanted by all: each name folds to it.
            name = "Änna" if not number else f"Anna{'!' * number}"
            mine = ProfileStore(store.layout.root)
            return mine.create(draft(name, "one", profile_id="anna"), {"one": files(name)}).id

        processes.start(create)
    outcomes = processes.outcomes()
    assert outcomes == sorted(["anna", *(f"anna-{number}" for number in range(2, 7))])
    assert len(visible(store)) == 6


def test_only_one_process_deletes_a_voice(store: ProfileStore) -> None:
    make(store, "Anna")
    processes = Processes()
    for _ in range(4):

        def delete() -> str:
            try:
                ProfileStore(store.layout.root).delete("anna")
            except ProfileNotFoundError:
                return "gone"
            return "deleted"

        processes.start(delete)
    assert processes.outcomes() == ["deleted", "gone", "gone", "gone"]
    assert len(list(store.layout.trash_dir.iterdir())) == 1


def test_readers_see_whole_versions_while_others_save(store: ProfileStore) -> None:
    """Each version says in its tag which clip it has; no reader meets another pair."""
    make(store, "Anna", "v1", tags=("v1",))
    processes = Processes()

    def save() -> str:
        mine = ProfileStore(store.layout.root)
        for number in range(2, 60):
            anna = mine.load("anna")
            changed = anna.model_copy(
                update={"segments": (record(f"v{number}"),), "tags": (f"v{number}",)}
            )
            add = {f"v{number}": files(f"v{number}")}
            mine.update(
                changed, expected_revision=anna.revision, add=add, remove=[anna.segments[0].id]
            )
        return "saved"

    def read() -> str:
        mine = ProfileStore(store.layout.root)
        last = 0
        while last < 59:
            (listed,) = mine.list()
            if listed.metadata is None:
                return f"damaged: {listed.error}"
            segment = listed.metadata.segments[0].id
            if listed.metadata.tags != (segment,):
                return f"mixed: {listed.metadata.tags} and {segment}"
            if listed.metadata.revision < last:
                return "went back"
            last = listed.metadata.revision
            try:
                mine.reference("anna", segment)
            except (ProfileChangedError, ProfileNotFoundError):
                continue  # a newer version came in between, and the reader is told so
            except ProfileDamagedError as error:
                return f"damaged: {error}"
        return "whole"

    for act in (save, read, read):
        processes.start(act)
    assert processes.outcomes() == ["saved", "whole", "whole"]


def test_threads_of_one_process_take_turns(store: ProfileStore) -> None:
    anna = make(store, "Anna")

    def save(number: int) -> bool:
        try:
            store.update(anna.model_copy(update={"tags": (f"{number}",)}), expected_revision=1)
        except ProfileChangedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(save, range(16))) == 1
    assert store.load("anna").revision == 2


def test_a_save_that_waits_too_long_says_so_and_changes_nothing(store: ProfileStore) -> None:
    make(store, "Anna")
    hasty = ProfileStore(store.layout.root, lock_timeout_s=0.05)
    with held_elsewhere(store.layout.lock_file):
        with pytest.raises(StorageError, match=r"has been saving voices for 0\.05 s"):
            hasty.delete("anna")
        assert hasty.load("anna").name == "Anna"
    hasty.delete("anna")


@contextmanager
def held_elsewhere(lock_file: Path) -> Iterator[None]:
    """Another thread holds the lock; flock keeps threads apart as it does processes."""
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(lock_file, 1.0):
            held.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    try:
        yield
    finally:
        done.set()
        holder.join()


def test_the_lock_goes_with_the_process_that_held_it(store: ProfileStore) -> None:
    make(store, "Anna")
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        with locked(store.layout.lock_file, 1.0):
            os.write(tell, b".")
            os._exit(0)  # without letting go
    os.read(told, 1)
    os.waitpid(child, 0)
    for descriptor in (told, tell):
        os.close(descriptor)
    ProfileStore(store.layout.root, lock_timeout_s=0.5).delete("anna")
