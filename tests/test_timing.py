from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio import timing
from studio.timing import SpeechTimer


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still until the test turns it: the value is the time."""
    now = [0.0]
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    return now


def made(clock: list[float], seconds: list[float]) -> Iterator[float]:
    for item in seconds:
        clock[0] += item
        yield item
    clock[0] += 100.0  # tidying up after the last frame is compute too


def test_the_listeners_time_does_not_count(clock: list[float]) -> None:
    timer = SpeechTimer()
    for _ in timer.over(made(clock, [0.5, 0.25, 0.25])):
        clock[0] += 10.0
    assert timer.first_s == 0.5
    assert timer.compute_s == 101.0


def test_the_first_sound_counts_from_the_request_not_from_the_first_pull(
    clock: list[float],
) -> None:
    timer = SpeechTimer()
    clock[0] += 3.0
    next(timer.over(made(clock, [0.5])))
    assert timer.first_s == 3.5
    assert timer.compute_s == 0.5


def test_nothing_made_has_no_first_sound() -> None:
    timer = SpeechTimer()
    assert list(timer.over([])) == []
    assert timer.first_s is None


def test_closing_closes_what_is_timed() -> None:
    closed = []

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    stream = SpeechTimer().over(endless())
    next(stream)
    stream.close()
    assert closed == [True]
