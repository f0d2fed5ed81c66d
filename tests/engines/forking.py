"""Lends as ZeroGPU does, except that there is no card: work runs in a real forked process.

Arguments and what is yielded are pickled; of an exception only the name of its class comes back;
closing sets a flag that the process looks at after each step; a process that came to its end serves
the next call too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from multiprocessing.reduction import ForkingPickler
from multiprocessing.synchronize import Event
from typing import Any

from studio.engines.base import Work

FORK = get_context("fork")


class AbortedError(Exception):
    """As Gradio's errors: the sentence is its message, and str() quotes it."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return repr(self.message)


@dataclass
class Forked:
    """One process. ``answers`` ends when the process does."""

    process: ForkProcess
    asked: Connection
    answers: Connection
    stop: Event

    @classmethod
    def start(cls, task: Work) -> Forked:
        for_it, asked = Pipe(duplex=False)
        answers, from_it = Pipe(duplex=False)
        stop = FORK.Event()
        process = FORK.Process(
            target=_serve, args=(task, for_it, from_it, stop, (asked, answers)), daemon=True
        )
        process.start()
        for_it.close()
        from_it.close()
        return cls(process, asked, answers, stop)

    def end(self) -> None:
        self.asked.close()
        self.answers.close()
        self.process.join()


@dataclass
class Lender:
    """Stands where ``spaces.GPU`` does. ``refusal`` is what it says instead of lending."""

    refusal: str = ""
    seconds: list[float] = field(default_factory=list)
    """For how long each call asked."""
    sizes: list[int] = field(default_factory=list)
    """Bytes of each pickle, in either direction."""
    started: int = 0
    """Processes."""
    idle: Forked | None = None

    def __call__(self, task: Work, *, duration: Callable[..., float]) -> Work:
        def lent(*given: Any) -> Generator[Any, None, None]:
            self.seconds.append(duration(*given))
            if self.refusal:
                raise AbortedError(self.refusal)
            worker, self.idle = self.idle or self._start(task), None
            self._send(worker, given)
            while True:
                try:
                    kind, value = self._receive(worker)
                except EOFError:
                    raise AbortedError("GPU task aborted") from None
                if kind == "end":
                    self.idle = worker
                    return
                if kind == "exception":
                    worker.end()
                    raise AbortedError(value)
                try:
                    yield value
                except GeneratorExit:
                    worker.stop.set()
                    while self._receive(worker)[0] != "end":
                        pass
                    self.idle = worker
                    raise

        return lent

    def end(self) -> None:
        """End the idle process, with all that it made."""
        if self.idle is not None:
            self.idle.end()
            self.idle = None

    def forget(self) -> None:
        """What was counted."""
        self.seconds, self.sizes, self.started = [], [], 0

    def _start(self, task: Work) -> Forked:
        self.started += 1
        return Forked.start(task)

    def _send(self, worker: Forked, given: Any) -> None:
        sent = ForkingPickler.dumps(given)
        self.sizes.append(len(sent))
        worker.asked.send_bytes(sent)

    def _receive(self, worker: Forked) -> Any:
        received = worker.answers.recv_bytes()
        self.sizes.append(len(received))
        return ForkingPickler.loads(received)


def _serve(
    task: Work,
    asked: Connection,
    answers: Connection,
    stop: Event,
    others: tuple[Connection, Connection],
) -> None:
    for other in others:
        other.close()

    def answer(kind: str, value: Any = None) -> None:
        answers.send_bytes(ForkingPickler.dumps((kind, value)))

    def work(given: Any) -> None:
        made = task(*given)
        while True:
            try:
                item = next(made)
            except StopIteration:
                return
            except Exception as error:
                answer("exception", type(error).__name__)
                return
            if stop.is_set():
                made.close()
                return
            answer("item", item)

    while True:
        try:
            given = ForkingPickler.loads(asked.recv_bytes())
        except EOFError:
            return
        stop.clear()
        thread = threading.Thread(target=work, args=(given,))
        thread.start()
        thread.join()
        answer("end")
