"""Voices are brought nearer to their people in the background, while nobody speaks."""

from __future__ import annotations

import logging
import queue
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
    engine: Engine
    metadata: ProfileMetadata
    stopped: threading.Event


class VoiceTuning:
    """Takes voices one after another. Thread-safe; what it makes, the next utterance uses."""

    def __init__(self, voices: PreparedVoices) -> None:
        self._voices = voices
        self._changed = threading.Condition()
        self._works: dict[str, _Work] = {}
        self._shares: dict[str, float] = {}
        self._declined: set[str] = set()
        self._speaking = 0
        self._closed = threading.Event()
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._end: weakref.finalize[..., VoiceTuning] | None = None

    def want(self, engine: Engine, metadata: ProfileMetadata) -> None:
        """Tune the voice soon, unless that was done, is under way, or was stopped by hand."""
        if not isinstance(engine, Tunable):
            return
        if self._voices.is_tuned(engine, metadata):
            return
        mark = _mark(metadata)
        with self._changed:
            if self._closed.is_set() or metadata.id in self._works or mark in self._declined:
                return
            work = self._works[metadata.id] = _Work(engine, metadata, threading.Event())
            self._queue.put(work)
            if self._end is None:
                worker = threading.Thread(
                    target=_work_on, args=(weakref.ref(self), self._queue), daemon=True
                )
                # A thread in native code must not outlive Python.
                self._end = weakref.finalize(self, _end, self._queue, self._closed, worker)
                worker.start()

    def state(self, voice_id: str) -> TuningState | None:
        """How far the voice is; None while nothing is to be done for it."""
        with self._changed:
            if voice_id not in self._works:
                return None
            share = self._shares.get(voice_id)
            return TuningState(share or 0.0, waits=share is None or self._speaking > 0)

    def stop(self, voice_id: str) -> None:
        """Leave the voice as it is until the studio is opened again or the voice changes."""
        with self._changed:
            work = self._works.pop(voice_id, None)
            if work is not None:
                self._declined.add(_mark(work.metadata))
                work.stopped.set()
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
        voice_id = work.metadata.id

        def go_on(share: float, _doing: str) -> None:
            self._wait_for_quiet(work)
            with self._changed:
                self._shares[voice_id] = share

        try:
            with self._changed:  # who has made a voice ready is about to speak with it
                self._changed.wait_for(lambda: self._speaking or self._is_over(work), QUIET_S)
            self._wait_for_quiet(work)
            self._voices.tune(work.engine, work.metadata, go_on)
        except Stopped:
            pass
        except StudioError as error:  # the quick voice speaks on
            log.warning("the voice %s is not tuned: %s", voice_id, error)
            with self._changed:
                self._declined.add(_mark(work.metadata))
        finally:
            with self._changed:
                self._shares.pop(voice_id, None)
                if self._works.get(voice_id) is work:
                    del self._works[voice_id]

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


def _mark(metadata: ProfileMetadata) -> str:
    # A voice that is deleted leaves its id to the next one of its name.
    return f"{metadata.id}-{metadata.revision}-{metadata.created_at.isoformat()}"


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
