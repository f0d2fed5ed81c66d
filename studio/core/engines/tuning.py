"""Voices are brought nearer to their people in the background, while nobody speaks."""

from __future__ import annotations

import logging
import queue
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from studio.core.engines.contexts import PreparedVoices
from studio.engines.base import Engine, Tunable
from studio.errors import Stopped, StudioError
from studio.profile import ProfileMetadata

log = logging.getLogger(__name__)

QUIET_S: Final = 1.0
"""Work goes on when nothing was spoken for so long: a reply is often followed by the next."""


@dataclass(frozen=True)
class TuningState:
    """How far the work on a voice is: ``share`` done in [0, 1], and ``waits`` while somebody
    speaks or another voice comes first."""

    share: float
    waits: bool


@dataclass(frozen=True, eq=False)
class _Work:
    voices: PreparedVoices
    engine: Engine
    metadata: ProfileMetadata
    name: str
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def mark(self) -> str:
        """What it is declined by. A voice that is deleted leaves its id to the next one of its
        name."""
        return f"{self.name}-{self.metadata.revision}-{self.metadata.created_at.isoformat()}"


class VoiceTuning:
    """Takes voices one after another, those of all owners. Thread-safe; what it makes, the next
    utterance uses. A voice is told by its ``PreparedVoices.name``."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._works: dict[str, _Work] = {}
        self._shares: dict[str, float] = {}
        self._declined: set[str] = set()
        self._speaking = 0
        self._closed = threading.Event()
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._end: weakref.finalize[..., VoiceTuning] | None = None

    def want(self, voices: PreparedVoices, engine: Engine, metadata: ProfileMetadata) -> None:
        """Tune the voice soon, unless that was done, is under way, or was stopped by hand."""
        if not isinstance(engine, Tunable):
            return
        if voices.is_tuned(engine, metadata):
            return
        work = _Work(voices, engine, metadata, voices.name(metadata.id))
        with self._changed:
            if self._closed.is_set() or work.name in self._works or work.mark in self._declined:
                return
            self._works[work.name] = work
            self._queue.put(work)
            if self._end is None:
                worker = threading.Thread(
                    target=_work_on, args=(weakref.ref(self), self._queue), daemon=True
                )
                # A thread in native code must not outlive Python.
                self._end = weakref.finalize(self, _end, self._queue, self._closed, worker)
                worker.start()

    def state(self, name: str) -> TuningState | None:
        """How far the voice is; None while nothing is to be done for it."""
        with self._changed:
            if name not in self._works:
                return None
            share = self._shares.get(name)
            return TuningState(share or 0.0, waits=share is None or self._speaking > 0)

    def stop(self, name: str) -> None:
        """Leave the voice as it is until the studio is opened again or the voice changes."""
        with self._changed:
            work = self._works.pop(name, None)
            if work is not None:
                self._declined.add(work.mark)
                work.stopped.set()
            self._changed.notify_all()

    def forget(self, owner: str) -> None:
        """Drop the work on all voices of ``owner``, and what was declined for them."""
        with self._changed:
            for name in [name for name in self._works if name.startswith(f"{owner}/")]:
                self._works.pop(name).stopped.set()
            self._declined = {mark for mark in self._declined if not mark.startswith(f"{owner}/")}
            self._changed.notify_all()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Within this somebody speaks, and the work waits."""
        with self._changed:
            self._speaking += 1
        try:
            yield
        finally:
            with self._changed:
                self._speaking -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """End the work, and wait for its end."""
        with self._changed:
            self._closed.set()
            self._changed.notify_all()
        if self._end is not None:
            self._end()

    def _do(self, work: _Work) -> None:
        name = work.name

        def go_on(share: float, _doing: str) -> None:
            self._wait_for_quiet(work)
            with self._changed:
                self._shares[name] = share

        try:
            with self._changed:  # who has made a voice ready is about to speak with it
                self._changed.wait_for(lambda: self._speaking or self._is_over(work), QUIET_S)
            self._wait_for_quiet(work)
            work.voices.tune(work.engine, work.metadata, go_on)
        except Stopped:
            pass
        except StudioError as error:  # the quick voice speaks on
            log.warning("the voice %s is not tuned: %s", work.metadata.id, error)
            with self._changed:
                self._declined.add(work.mark)
        finally:
            with self._changed:
                self._shares.pop(name, None)
                if self._works.get(name) is work:
                    del self._works[name]

    def _is_over(self, work: _Work) -> bool:
        return self._closed.is_set() or work.stopped.is_set()

    def _wait_for_quiet(self, work: _Work) -> None:
        """Until nobody has spoken for ``QUIET_S``.

        Raises:
            Stopped: the work is not wanted any more.
        """
        with self._changed:
            while not self._is_over(work):
                if not self._speaking:
                    return
                self._changed.wait_for(lambda: not self._speaking or self._is_over(work))
                self._changed.wait_for(lambda: self._speaking or self._is_over(work), QUIET_S)
        raise Stopped


def _work_on(ref: weakref.ref[VoiceTuning], works: queue.SimpleQueue[_Work | None]) -> None:
    # Between two works nothing here keeps the object alive.
    while (work := works.get()) is not None:
        tuning = ref()
        if tuning is None:
            return
        tuning._do(work)
        del tuning, work


def _end(
    works: queue.SimpleQueue[_Work | None], closed: threading.Event, worker: threading.Thread
) -> None:
    closed.set()
    works.put(None)
    if worker is not threading.current_thread():
        worker.join()
