"""What a Stop ends."""

from __future__ import annotations

from studio.ui.parts.stopping import RunningWork


def test_stop_ends_the_work_of_that_visitor_only() -> None:
    work = RunningWork()
    one, other = work.begin("one"), work.begin("other")
    work.stop("one")
    work.stop("nobody")

    assert one.is_set()
    assert not other.is_set()


def test_a_stop_that_comes_late_does_not_end_what_was_begun_since() -> None:
    work = RunningWork()
    work.begin("one", "first")
    now = work.begin("one", "second")
    work.stop("one", "first")
    assert not now.is_set()
    work.stop("one", "second")
    assert now.is_set()


def test_new_work_takes_the_place_of_the_one_before() -> None:
    work = RunningWork()
    before, now = work.begin("one"), work.begin("one")

    assert before.is_set()
    assert not now.is_set()
