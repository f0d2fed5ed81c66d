"""Work that reports its progress through a callback, as a stream of reports."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue

Progress = Callable[[float, str], None]


def reports_of(work: Callable[[Progress], object]) -> Iterator[tuple[float, str]]:
    """Run ``work`` beside, yielding (share done, what is being done) as it goes.

    Whoever stops listening does not stop the work: what it prepares is kept for the next time.

    Raises:
        StudioError: what ``work`` raised.
    """
    reports: SimpleQueue[tuple[float, str] | BaseException | None] = SimpleQueue()

    def run() -> None:
        try:
            work(lambda share, doing: reports.put((share, doing)))
        except BaseException as error:
            reports.put(error)
        else:
            reports.put(None)

    threading.Thread(target=run, name="preparing", daemon=True).start()
    while (report := reports.get()) is not None:
        if isinstance(report, BaseException):
            raise report
        yield report
