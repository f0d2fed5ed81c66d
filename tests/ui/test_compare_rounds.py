"""Which round a Stop ends."""

from __future__ import annotations

from studio.ui.compare_rounds import RunningRounds


def test_stop_ends_the_round_of_that_visitor_only() -> None:
    rounds = RunningRounds()
    one, other = rounds.begin("one"), rounds.begin("other")
    rounds.stop("one")
    rounds.stop("nobody")

    assert one.is_set()
    assert not other.is_set()


def test_a_new_round_takes_the_place_of_the_one_before() -> None:
    rounds = RunningRounds()
    before, now = rounds.begin("one"), rounds.begin("one")

    assert before.is_set()
    assert not now.is_set()
