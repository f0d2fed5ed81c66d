"""What one thread makes for another, which may wait for it, and not for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from studio.types import Progress

T = TypeVar("T")


class Feed(Generic[T]):
    """Runs ``work`` in a thread of its own; what it hands to its argument arrives here in order.

    The maker goes on while the consumer is busy sending. Leaving a feed alone does not stop its
    work: tell the work itself. It runs in the context of whoever began it: there Gradio says who
    asks, and a Space on whose account it lends a card.
    """

    def __init__(self, work: Callable[[Callable[[T], None]], None]) -> None:
        self._items: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()
        run = copy_context().run
        threading.Thread(target=run, args=(self._run, work), name="feed", daemon=True).start()

    def get(self, timeout_s: float | None = None) -> T:
        """The next item.

        Raises:
            TimeoutError: there is none after ``timeout_s`` seconds; ask again.
            StopIteration: the work is done.
            Exception: whatever the work raised.
        """
        try:
            item, error = self._items.get(timeout=timeout_s)
        except Empty:
            raise TimeoutError from None
        if error is not None:
            raise error
        assert item is not None
        return item

    def __iter__(self) -> Iterator[T]:
        while True:
            try:
                item = self.get()
            except StopIteration:
                return
            yield item

    def is_empty(self) -> bool:
        """Whether nothing is ready at this moment."""
        return self._items.empty()

    def _run(self, work: Callable[[Callable[[T], None]], None]) -> None:
        try:
            work(lambda item: self._items.put((item, None)))
        except BaseException as error:
            self._items.put((None, error))
        else:
            self._items.put((None, StopIteration()))


def told(work: Callable[[Progress], T]) -> Iterator[str | T]:
    """What the progress of ``work`` says, each sentence once, and last what it makes."""

    def make(put: Callable[[str | T], None]) -> None:
        said = ""

        def tell(_share: float, doing: str) -> None:
            nonlocal said
            if doing != said:
                put(doing)
            said = doing

        put(work(tell))

    return iter(Feed(make))
