"""A library of its own for each test."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.store import ProfileStore
from tests.store.faults import Disk
from tests.store.samples import make


@pytest.fixture(autouse=True)
def without_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody cuts the power here, and waiting for the disk is most of the time of a save."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "profiles")


@pytest.fixture
def read_only(store: ProfileStore) -> Iterator[None]:
    """The voice Anna, on a disk that refuses every change."""
    make(store, "Anna")
    with Disk(fail_at=1, error=errno.EROFS, for_good=True):
        yield
