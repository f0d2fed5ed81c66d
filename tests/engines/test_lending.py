"""Work in a process that a card is lent to: what comes back, and how it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from studio.core.engines.pool import engine_setup
from studio.engines.base import Lend
from studio.engines.lending import lend_through, why_not_lent
from studio.errors import EngineError, TextError
from studio.settings import Settings
from tests.engines.forking import Lender

# From Python 3.12 on; ZeroGPU forks all the same.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


@pytest.fixture
def lender() -> Iterator[Lender]:
    lender = Lender()
    yield lender
    lender.end()


@pytest.fixture
def lend(lender: Lender) -> Lend:
    return lend_through(lender)


def seconds(*_given: Any) -> float:
    return 20.0


def test_work_is_done_elsewhere_and_asks_for_as_long_as_it_says(lend: Lend, lender: Lender) -> None:
    def count(most: int) -> Generator[tuple[int, int], None, None]:
        for number in range(most):
            yield number, os.getpid()

    counted = list(lend("count", count, lambda most: 5.0 * most)(3))
    assert [number for number, _ in counted] == [0, 1, 2]
    assert os.getpid() not in {process for _, process in counted}
    assert lender.seconds == [15.0]


def test_torch_works_in_one_thread_there_although_it_has_had_more_here(lend: Lend) -> None:
    def multiply() -> Generator[tuple[int, float], None, None]:
        ones = torch.ones(600, 600)
        yield torch.get_num_threads(), float((ones @ ones).sum())

    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        ones = torch.ones(600, 600)
        assert float((ones @ ones).sum()) == 600.0**3
        assert list(lend("multiply", multiply, seconds)()) == [(1, 600.0**3)]
    finally:
        torch.set_num_threads(threads)


def test_our_own_errors_arrive_as_they_are(lend: Lend, lender: Lender) -> None:
    def speak(text: str) -> Generator[int, None, None]:
        yield 1
        if len(text) > 5:
            raise TextError("The text is too long. Say it in shorter parts.")

    spoken = lend("speak", speak, seconds)
    made = spoken("Hello there.")
    assert next(made) == 1
    with pytest.raises(TextError, match=r"^The text is too long\. Say it in shorter parts\.$"):
        next(made)
    assert list(spoken("Hello")) == [1]
    assert lender.started == 1, "the process had come to its end in good order"


def test_any_other_error_is_a_sentence(lend: Lend) -> None:
    def fail() -> Generator[int, None, None]:
        yield 1
        raise ZeroDivisionError

    made = lend("fail", fail, seconds)()
    assert next(made) == 1
    with pytest.raises(EngineError, match=r"could not be used: ZeroDivisionError\. Try again"):
        next(made)


def test_a_process_that_dies_is_a_sentence(lend: Lend) -> None:
    def die() -> Generator[int, None, None]:
        yield 1
        os._exit(1)

    made = lend("die", die, seconds)()
    assert next(made) == 1
    with pytest.raises(EngineError, match=r"could not be used: GPU task aborted\. Try again"):
        next(made)


def test_a_refusal_is_a_sentence(lend: Lend, lender: Lender) -> None:
    lender.refusal = "You have exceeded your quota (60s requested vs. 12s left). "

    def nothing() -> Generator[int, None, None]:
        yield 1

    made = lend("nothing", nothing, seconds)()
    with pytest.raises(EngineError, match=r"used: You have .* 12s left\)\. Try again later, or"):
        next(made)
    assert lender.started == 0


def test_closing_ends_the_work(lend: Lend, tmp_path: Path) -> None:
    ended = tmp_path / "ended"

    def endless() -> Generator[bytes, None, None]:
        try:
            while True:
                yield bytes(10_000)
        finally:
            ended.write_text("in good order")

    with closing(lend("endless", endless, seconds)()) as made:
        next(made)
        assert not ended.exists()
    assert ended.read_text() == "in good order"


# Where it is lent


@pytest.fixture
def zero_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")


def test_nothing_is_lent_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    assert engine_setup(Settings.read()).lend is None


@pytest.mark.usefixtures("zero_gpu")
def test_on_such_a_space_the_package_spaces_lends(
    monkeypatch: pytest.MonkeyPatch, lender: Lender
) -> None:
    spaces = ModuleType("spaces")
    spaces.GPU = lender  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    assert why_not_lent() is None
    assert engine_setup(Settings.read(device="cpu")).lend is None
    lend = engine_setup(Settings.read()).lend
    assert lend is not None

    def answer() -> Generator[int, None, None]:
        yield 42

    assert list(lend("answer", answer, seconds)()) == [42]


@pytest.mark.usefixtures("zero_gpu")
def test_without_the_package_it_is_said_and_nothing_is_lent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "spaces", None)
    assert engine_setup(Settings.read()).lend is None
    assert "the package 'spaces' does not load" in (why_not_lent() or "")
