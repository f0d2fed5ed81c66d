"""Frames that are kept back come out in order, steadily, and by count alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from studio.engines.csm.talk.reserve import MOST, Reserve
from studio.types import SpeechFrame


def frame(number: int) -> SpeechFrame:
    return SpeechFrame(number, np.zeros(0, np.float32), 0)


def added(reserve: Reserve, numbers: range) -> list[list[int]]:
    """The numbers of the frames that go out for each one added."""
    return [[out.index for out in reserve.add(frame(number))] for number in numbers]


def test_the_first_frames_go_out_at_once_and_the_flow_never_ebbs() -> None:
    out = added(Reserve(MOST), range(200))
    assert out[:2] == [[0], [1]]
    assert all(one or two for one, two in pairwise(out))
    flat = [number for numbers in out for number in numbers]
    assert flat == list(range(200 - MOST))
    for made in range(1, 201):  # the listener has two thirds of what was made, or more
        assert 3 * sum(map(len, out[:made])) >= 2 * made - 2


@pytest.mark.parametrize("made", [1, 30, 200])
def test_the_rest_comes_at_the_end(made: int) -> None:
    reserve = Reserve(MOST)
    out = [number for numbers in added(reserve, range(made)) for number in numbers]
    assert out + [one.index for one in reserve.rest()] == list(range(made))


def test_what_is_taken_back_is_never_heard_and_the_flow_goes_on() -> None:
    reserve = Reserve(MOST)
    before = [n for numbers in added(reserve, range(60)) for n in numbers]
    unsaid = added(reserve, range(60, 75))
    assert reserve.holds(15)
    assert sum(map(len, unsaid)) >= 10
    reserve.take_back(15)
    after = [n for numbers in [*unsaid, *added(reserve, range(75, 90))] for n in numbers]
    heard = before + after + [one.index for one in reserve.rest()]
    assert heard == [*range(60), *range(75, 90)]


def test_a_reserve_of_nothing_keeps_nothing_back() -> None:
    assert added(Reserve(0), range(7)) == [[number] for number in range(7)]


def test_one_that_was_ended_lets_go_with_the_next_frame() -> None:
    reserve = Reserve(MOST)
    out = [n for numbers in added(reserve, range(60)) for n in numbers]
    reserve.end()
    assert out + added(reserve, range(60, 61))[0] == list(range(61))
    assert list(reserve.rest()) == []
