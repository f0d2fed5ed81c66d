"""The starter voices as a page sees them come."""

from __future__ import annotations

import threading
from collections.abc import Callable

from studio.errors import StorageError
from studio.ui.starters import StarterVoices


class Library:
    """As much of a studio as makes starter voices, one for each ``go_on``."""

    def __init__(self, error: StorageError | None = None) -> None:
        self.go_on = threading.Semaphore(0)
        self.error = error

    def add_starter_voices(self, on_progress: Callable[[float, str], None]) -> None:
        for number, name in enumerate(("Ada", "Bruno")):
            on_progress(number / 2, f"Making {name}")
            assert self.go_on.acquire(timeout=10)
            if self.error is not None:
                raise self.error


def test_each_page_hears_of_every_voice_and_of_the_end() -> None:
    library = Library()
    starters = StarterVoices(library)  # type: ignore[arg-type]
    starters.start()
    steps = starters.steps()

    step = next(steps)
    while step.voices < 1:
        step = next(steps)
    assert "Making Ada" in step.shown
    library.go_on.release()
    step = next(steps)
    assert "Making Bruno" in step.shown
    library.go_on.release()
    step = next(steps)
    assert (step.voices, step.shown, step.done) == (2, "", True)
    assert list(steps) == []
    assert [late.done for late in starters.steps()] == [True]


def test_a_full_disk_is_said_on_the_page() -> None:
    library = Library(StorageError("The disk is full."))
    starters = StarterVoices(library)  # type: ignore[arg-type]
    library.go_on.release()
    starters.start()

    *_, last = starters.steps()
    assert "The disk is full." in last.shown
    assert last.done
