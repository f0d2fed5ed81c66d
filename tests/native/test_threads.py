"""The choice of threads follows what the work takes, as it would on a quiet and a busy machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from studio.native.threads import TRY_AGAIN, Threads


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def used(threads: Threads, calls: int, *, all_s: float, one_s: float) -> list[int]:
    """What is chosen in ``calls`` that take ``all_s`` with all threads and ``one_s`` with one."""
    chosen = []
    for _ in range(calls):
        chosen.append(threads.choose())
        threads.took(chosen[-1], one_s if chosen[-1] == 1 else all_s)
    return chosen


def test_on_free_cores_all_are_used_always() -> None:
    assert used(Threads(), 200, all_s=2.0, one_s=7.0) == [4] * 200


def test_on_busy_cores_one_is_used_and_all_are_tried_now_and_then() -> None:
    threads = Threads()
    used(threads, 20, all_s=2.0, one_s=7.0)
    busy = used(threads, 200, all_s=60.0, one_s=14.0)
    assert busy.count(4) <= 200 // TRY_AGAIN + 2
    assert busy[-TRY_AGAIN:].count(1) >= TRY_AGAIN - 1


def test_all_are_used_again_when_the_cores_are_free() -> None:
    threads = Threads()
    used(threads, 20, all_s=2.0, one_s=7.0)
    used(threads, 200, all_s=60.0, one_s=14.0)
    assert used(threads, 20 * TRY_AGAIN, all_s=2.0, one_s=7.0)[-50:] == [4] * 50


def test_where_one_is_no_better_all_go_on() -> None:
    """Slower because there is more to do, as late in a long talk: not because of others."""
    threads = Threads()
    used(threads, 20, all_s=2.0, one_s=7.0)
    later = used(threads, 200, all_s=4.0, one_s=14.0)
    assert later.count(1) <= 2


def test_a_single_thread_is_all_there_is() -> None:
    torch.set_num_threads(1)
    assert used(Threads(), 20, all_s=2.0, one_s=2.0) == [1] * 20
