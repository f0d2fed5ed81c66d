"""A save that fails or is killed at any of its system calls leaves the old version or the new.

Each action is run once for every change it makes on the disk, with that change failing, failing
for good, or the process killed in it. After each, the library is opened anew.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.disk import write_new
from studio.errors import StorageError, StudioError
from studio.profile import ProfileMetadata
from studio.store import ProfileStore, SegmentFiles
from studio.store.archives.archive import export_profile, import_profile
from studio.store.blobs import pack_tokens
from studio.store.layout import TEMPORARY
from studio.types import CodecTokens
from tests.store.faults import DONE, Disk, in_child
from tests.store.samples import (
    FINGERPRINT,
    draft,
    expected_tree,
    files,
    make,
    record,
    tree,
    visible,
)

Action = Callable[[ProfileStore], object]


def context(what: str) -> bytes:
    return pack_tokens(CodecTokens(np.ones((2, 50), np.int16), "engine", what))


def create(store: ProfileStore) -> object:
    made = draft("Carla", "one", "two", profile_id="carla")
    return store.create(made, {"one": files("c1"), "two": files("c2", tokens=False)})


def update(store: ProfileStore) -> object:
    anna = store.load("anna")
    fresh = record("three", transcript="a new clip")
    return store.update(
        anna.model_copy(update={"segments": (fresh, anna.segments[1]), "tags": ("new",)}),
        expected_revision=1,
        add={"three": files("three"), "two": SegmentFiles()},
        remove=["one"],
    )


def rename(store: ProfileStore) -> object:
    anna = store.load("anna")
    return store.update(anna.model_copy(update={"name": "Ännchen"}), expected_revision=1)


def delete(store: ProfileStore) -> object:
    return store.delete(store.find("Dora"))


def undo_delete(store: ProfileStore) -> object:
    return store.undo_delete(ticket(store, "emil"))


def undo_delete_under_a_new_name(store: ProfileStore) -> object:
    return store.undo_delete(ticket(store, "dora"))


def empty_trash(store: ProfileStore) -> object:
    return store.empty_trash()


def write_context(store: ProfileStore) -> object:
    def write(path: Path) -> None:
        write_new(path, [context("new")])

    return store.write_context("anna", "csm", "cd" * 32, write)


def import_one(store: ProfileStore) -> object:
    return import_profile(store, store.layout.root.parent / "anna.voiceprofile")


def first_save(store: ProfileStore) -> object:
    return create(ProfileStore(store.layout.root, "newcomer"))


def repair(store: ProfileStore) -> object:
    return store.check(repair=True)


SAVES: list[Action] = [
    create,
    update,
    rename,
    delete,
    undo_delete,
    undo_delete_under_a_new_name,
    empty_trash,
    write_context,
    import_one,
    first_save,
]


def ticket(store: ProfileStore, profile_id: str) -> str:
    found = list(store.layout.trash_dir.glob(f"*-{profile_id}"))
    return found[0].name if found else f"20260101t000000z-{'0' * 8}-{profile_id}"


def small(store: ProfileStore, name: str) -> ProfileMetadata:
    metadata = draft(name, "one", profile_id=store.free_id(name))
    return store.create(metadata, {"one": SegmentFiles(reference=name.encode())})


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Anna with a cached context, Dora, deleted Emil and another Dora, and an archive."""
    place = tmp_path_factory.mktemp("library")
    store = ProfileStore(place / "profiles")
    make(store, "Anna", "one", "two")
    store.write_context("anna", "csm", FINGERPRINT, lambda path: put(path, context("old")))
    export_profile(store, "anna", place / "anna.voiceprofile")
    for name in ("Dora", "Emil"):
        store.delete(small(store, name).id)
    small(store, "Dora")
    return place


@pytest.fixture
def fresh(library: Path, tmp_path: Path) -> Iterator[Callable[[], ProfileStore]]:
    """Makes a copy of the library, the same each time."""
    place = tmp_path / "copy"

    def copy() -> ProfileStore:
        shutil.rmtree(place, ignore_errors=True)
        # Linked and not copied: the store never writes into a file that is there.
        shutil.copytree(library, place, copy_function=os.link)
        return ProfileStore(place / "profiles")

    return copy


def put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def seen(store: ProfileStore) -> dict[str, Any]:
    """The library of both owners as a person sees it, its trash and its contexts."""
    again = ProfileStore(store.layout.root)
    newcomer = ProfileStore(store.layout.root, "newcomer")
    contexts = [again.context_file("anna", "csm", print_) for print_ in (FINGERPRINT, "cd" * 32)]
    return {
        "profiles": visible(again),
        "newcomer": visible(newcomer),
        "trash": len(list(again.layout.trash_dir.iterdir())),
        "contexts": [path and path.read_bytes() for path in contexts],
    }


def is_old_or_new(now: dict[str, Any], old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Profiles never mix. Contexts are derived: each may be missing, or wait to be swept."""
    contexts = zip(now["contexts"], old["contexts"], new["contexts"], strict=True)
    whole = all(mine in (None, before, after) for mine, before, after in contexts)
    emptied = now["profiles"] == old["profiles"] and new["trash"] <= now["trash"] <= old["trash"]
    return whole and (emptied or settled(now) in (settled(old), settled(new)))


def settled(state: dict[str, Any]) -> dict[str, Any]:
    return {what: value for what, value in state.items() if what != "contexts"}


def assert_whole(
    act: Action,
    fresh: Callable[[], ProfileStore],
    spoil: Callable[[Action, ProfileStore, int], bool],
) -> None:
    """Spoil ``act`` at its 1st, 2nd, ... change, until one run has none left to spoil.

    ``spoil`` says whether the action claimed to be done.
    """
    store = fresh()
    old = seen(store)
    with Disk() as disk:
        act(store)
    new = seen(store)
    assert new != old
    for at in range(1, disk.count + 1):
        store = fresh()
        said_done = spoil(act, store, at)
        place = f"at {at} of {disk.count}, {disk.names[at - 1]}"
        now = seen(store)
        assert is_old_or_new(now, old, new), place
        assert not said_done or now["profiles"] == new["profiles"], place
        for owner in ("local", "newcomer"):
            ProfileStore(store.layout.root, owner).check(repair=True)
            assert ProfileStore(store.layout.root, owner).check() == [], place
        assert clutter(store) == set(), place
        if settled(now) != settled(new):
            act(ProfileStore(store.layout.root))
        in_the_end = seen(store)
        assert is_old_or_new(in_the_end, old, new), place
        assert settled(in_the_end) == settled(new), place


def clutter(store: ProfileStore) -> set[str]:
    """Files that no profile needs, outside the trash and the cached contexts."""
    needed = expected_tree(store) | expected_tree(ProfileStore(store.layout.root, "newcomer"))
    return {
        path
        for path in tree(store.layout.root) - needed
        if not path.startswith("local/.trash/20") and "/cached_context/csm-" not in path
    }


@pytest.mark.parametrize("act", SAVES, ids=lambda act: act.__name__)
def test_killed_at_any_change(act: Action, fresh: Callable[[], ProfileStore]) -> None:
    def spoil(act: Action, store: ProfileStore, at: int) -> bool:
        def dying() -> None:
            with Disk(fail_at=at, kill=True):
                act(store)

        assert in_child(dying) == -signal.SIGKILL
        return False

    assert_whole(act, fresh, spoil)


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize("act", SAVES, ids=lambda act: act.__name__)
def test_refused_by_the_disk_at_any_change(
    act: Action, fresh: Callable[[], ProfileStore], for_good: bool
) -> None:
    said: list[str] = []

    def spoil(act: Action, store: ProfileStore, at: int) -> bool:
        error = (errno.ENOSPC, errno.EIO, errno.EACCES)[at % 3]
        with Disk(fail_at=at, error=error, for_good=for_good):
            try:
                act(store)
            except StorageError as refused:
                said.append(str(refused))
            else:
                return True
        stray = [path for path in tree(store.layout.root) if TEMPORARY in path]
        assert for_good or not stray, f"{stray} left after a failure at {at}"
        return False

    assert_whole(act, fresh, spoil)
    assert said
    assert all("MB free" in words or "may not write" in words for words in said)


def test_writes_that_stop_half_way_are_continued(fresh: Callable[[], ProfileStore]) -> None:
    for act in SAVES:
        store = fresh()
        act(store)
        expected = seen(store)
        store = fresh()
        with Disk(short=True):
            act(store)
        assert seen(store) == expected


def test_no_change_goes_round_the_counted_calls(
    fresh: Callable[[], ProfileStore], tmp_path: Path
) -> None:
    """The shim would be blind to a file that is opened for writing in another way."""
    for act in SAVES:
        store = fresh()
        opened: list[str] = []
        watch_opens(opened)
        with Disk() as disk:
            act(store)
        unwatch()
        assert len(opened) == disk.names.count("open"), act


_watched: list[list[str]] = []


def watch_opens(into: list[str]) -> None:
    if not _hooked:
        sys.addaudithook(_note_open)
        _hooked.append(True)
    _watched.append(into)


def unwatch() -> None:
    _watched.clear()


_hooked: list[bool] = []


def _note_open(event: str, args: tuple[object, ...]) -> None:
    if not _watched or event != "open" or not isinstance(args[2], int):
        return
    if args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        _watched[-1].append(str(args[0]))


def test_a_repair_that_is_killed_can_be_repeated(library: Path, tmp_path: Path) -> None:
    def broken() -> ProfileStore:
        place = tmp_path / "broken"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(library, place)
        store = ProfileStore(place / "profiles")
        folder = store.layout.owner_dir / "anna"
        (folder / "reference" / "one.flac").write_bytes(b"other")
        (folder / "voice_tokens" / "two.safetensors").unlink()
        (store.layout.owner_dir / f"{TEMPORARY}0123").mkdir()
        return store

    store = broken()
    with Disk() as disk:
        repair(store)
    expected = visible(store)
    for at in range(1, disk.count + 1):
        store = broken()

        def dying(store: ProfileStore = store, at: int = at) -> None:
            with Disk(fail_at=at, kill=True):
                repair(store)

        assert in_child(dying) == -signal.SIGKILL
        again = ProfileStore(store.layout.root)
        again.check(repair=True)
        assert again.check() == []
        mended = again.load("anna")
        assert [segment.id for segment in mended.segments] == ["two"]
        assert visible(again).keys() == expected.keys()
        kept = list(again.layout.quarantine_dir.glob("*/reference/one.flac"))
        assert [path.read_bytes() for path in kept] == [b"other"]


def test_killed_at_any_moment(fresh: Callable[[], ProfileStore]) -> None:
    """Saves in a loop, killed from outside at 20 moments: the last whole version stays."""
    store = fresh()
    for _ in range(20):
        before = store.load("anna").revision
        ready, tell = os.pipe()
        child = os.fork()
        if not child:
            try:
                while True:
                    anna = store.load("anna")
                    changed = anna.model_copy(update={"persona": f"{anna.revision}" * 500})
                    store.update(changed, expected_revision=anna.revision)
                    os.write(tell, b".")
            finally:
                os._exit(4)
        os.read(ready, 3)
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        for descriptor in (ready, tell):
            os.close(descriptor)
        anna = ProfileStore(store.layout.root).load("anna")
        assert anna.revision > before
        assert anna.persona == f"{anna.revision - 1}" * 500
    store.check(repair=True)
    assert store.check() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 1 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this account may not mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_real_disk_that_is_full(small_disk: Path) -> None:
    store = ProfileStore(small_disk / "profiles")
    anna = make(store, "Anna")
    before, files_before = visible(store), tree(small_disk)
    large = SegmentFiles(reference=os.urandom(2_000_000))
    acts: list[Callable[[], object]] = [
        lambda: store.create(draft("Boris", "one"), {"one": large}),
        lambda: store.update(
            anna.model_copy(update={"segments": (*anna.segments, record("two"))}),
            expected_revision=1,
            add={"two": large},
        ),
        lambda: store.write_context(
            "anna", "csm", FINGERPRINT, lambda path: put(path, bytes(2_000_000))
        ),
    ]
    for act in acts:
        with pytest.raises(StorageError, match=r"disk is full \([\d.]+ MB free in .*Free some"):
            act()
        assert visible(store) == before
        assert tree(small_disk) - {".lock"} == files_before
    store.update(anna.model_copy(update={"tags": ("fits",)}), expected_revision=1)


def test_an_export_onto_a_real_full_disk_keeps_the_old_file(
    small_disk: Path, store: ProfileStore
) -> None:
    large = SegmentFiles(reference=os.urandom(2_000_000))
    make(store, "Anna")
    store.create(draft("Boris", "one", profile_id="boris"), {"one": large})
    target = small_disk / "voice.voiceprofile"
    export_profile(store, "anna", target)
    before = target.read_bytes()
    with pytest.raises(StorageError, match="'Boris' was not exported: the disk is full"):
        export_profile(store, "boris", target)
    assert target.read_bytes() == before
    assert tree(small_disk) == {"voice.voiceprofile"}


def test_a_real_disk_that_can_only_be_read(small_disk: Path) -> None:
    store = ProfileStore(small_disk / "profiles")
    anna = make(store, "Anna")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    again = ProfileStore(small_disk / "profiles")
    assert visible(again)
    assert again.check() == []
    with pytest.raises(StorageError, match="can only be read"):
        again.update(anna, expected_revision=1)


def test_a_disk_error_is_an_error_of_the_studio(store: ProfileStore) -> None:
    with Disk(fail_at=1, error=errno.EIO), pytest.raises(StudioError, match="Check the disk"):
        make(store, "Anna")
    assert in_child(lambda: make(store, "Anna")) == DONE
