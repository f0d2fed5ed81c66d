"""Who computes next: everybody in turn, with a place that is told, and a wait that can be ended."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from studio.core.engines.turns import Turns
from studio.errors import BusyError, Stopped

PATIENCE_S = 30


class Line:
    """Works that wait in threads of their own, one begun after the other, and note their order."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.order: list[str] = []
        self.told: dict[str, list[str]] = {}
        self.threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def wait(self, owner: str, name: str, tell: Callable[[str], None] = lambda _: None) -> None:
        """Line up; returns once the place is told."""
        is_told = threading.Event()
        sentences = self.told.setdefault(name, [])

        def progress(_share: float, doing: str) -> None:
            sentences.append(doing)
            is_told.set()
            tell(doing)

        def work() -> None:
            try:
                with self.turns.turn(owner, progress), self._lock:
                    self.order.append(name)
            except Stopped:
                with self._lock:
                    self.order.append(f"{name} left")

        thread = threading.Thread(target=work, daemon=True)
        self.threads.append(thread)
        thread.start()
        assert is_told.wait(PATIENCE_S)

    def end(self) -> list[str]:
        for thread in self.threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
        return self.order


def refusal(turns: Turns, owner: str) -> str:
    """What ``owner`` is told who asks in a thread of their own; "" if they are let in."""
    told: list[str] = []

    def work() -> None:
        try:
            with turns.turn(owner):
                pass
        except BusyError as error:
            told.append(str(error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    return "".join(told)


def test_who_asks_often_does_not_come_first() -> None:
    line = Line(Turns(slots=1))
    with line.turns.turn("anna"):
        for number in range(4):
            line.wait("anna", f"anna {number}")
        line.wait("berta", "berta 0")
        line.wait("clara", "clara 0")
        line.wait("berta", "berta 1")
    assert line.end() == [
        "berta 0", "clara 0", "anna 0", "berta 1", "anna 1", "anna 2", "anna 3",
    ]  # fmt: skip


def test_the_place_is_told_and_counts_those_who_come_before() -> None:
    line = Line(Turns(slots=1))
    with line.turns.turn("anna"):
        line.wait("anna", "anna 0")
        line.wait("anna", "anna 1")
        line.wait("berta", "berta 0")
    line.end()
    assert line.told["anna 0"][0] == "Waiting for a turn: one other is before you"
    assert line.told["anna 1"][0] == "Waiting for a turn: 2 others are before you"
    assert line.told["berta 0"][0] == "Waiting for a turn: one other is before you"


def test_who_stops_waiting_frees_the_place() -> None:
    line = Line(Turns(slots=1))
    leaves = threading.Event()

    def leave(_doing: str) -> None:
        if leaves.is_set():
            raise Stopped

    with line.turns.turn("anna"):
        line.wait("berta", "berta", leave)
        line.wait("clara", "clara")
        leaves.set()
        line.threads[0].join(PATIENCE_S)
        assert line.order == ["berta left"]
    assert line.end() == ["berta left", "clara"]


def test_a_work_that_fails_frees_its_slot() -> None:
    turns = Turns(slots=1)
    with pytest.raises(ZeroDivisionError), turns.turn("anna"):
        raise ZeroDivisionError
    with turns.turn("berta"):
        pass


def test_a_turn_within_a_turn_is_the_same_one() -> None:
    turns = Turns(slots=1)
    with turns.turn("anna"), turns.turn("anna"):
        pass
    line = Line(turns)
    with turns.turn("anna"):
        with turns.turn("anna"):
            pass
        line.wait("berta", "berta")  # it is still held
    line.end()


def test_too_many_are_refused_and_told_what_to_do() -> None:
    line = Line(Turns(slots=1, most_waiting=3, most_waiting_each=2))
    with line.turns.turn("anna"):
        line.wait("anna", "anna 0")
        line.wait("anna", "anna 1")
        assert "2 of your requests are waiting" in refusal(line.turns, "anna")
        line.wait("berta", "berta 0")
        assert "in a minute" in refusal(line.turns, "clara")
    line.end()
    with line.turns.turn("clara"):
        pass


def test_who_asks_all_the_time_has_to_pause() -> None:
    now = 0.0
    turns = Turns(slots=1, most_an_hour=3, clock=lambda: now)
    for _ in range(3):
        with turns.turn("anna"):
            pass
    with pytest.raises(BusyError, match="60 min"), turns.turn("anna"):
        pass
    with turns.turn("berta"):
        pass
    now = 3_600.0
    with turns.turn("anna"):
        pass


def test_on_ones_own_machine_nobody_waits() -> None:
    turns = Turns()
    begun = threading.Barrier(8, timeout=PATIENCE_S)

    def work() -> None:
        with turns.turn("anna"):
            begun.wait()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_200_works_of_many_owners_are_served_fairly_and_never_two_at_once() -> None:
    """No owner's last work ends later than twice the median of all owners, counted in works."""
    line = Line(Turns(slots=1, most_waiting=200, most_waiting_each=200))
    owners = {"anna": 60, **{f"owner {number}": 10 for number in range(14)}}
    with line.turns.turn("somebody"):
        for owner, count in owners.items():
            for number in range(count):
                line.wait(owner, f"{owner}: {number}")
        assert len(line.threads) == 200
        assert refusal(line.turns, "late")
    order = line.end()
    assert len(order) == 200
    waits = sorted(
        sum(place for place, name in enumerate(order) if name.startswith(f"{owner}:")) / count
        for owner, count in owners.items()
        if owner != "anna"
    )
    assert waits[-1] <= 2 * waits[len(waits) // 2]
    assert all(order.index(f"{owner}: 0") < len(owners) + 1 for owner in owners)
