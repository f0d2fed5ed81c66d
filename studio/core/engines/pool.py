"""The engines that are running: one of each kind, started when first asked for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar

from studio import given
from studio.engines import registry
from studio.engines.base import Engine, EngineInfo, EngineSetup, Preloading, Weights
from studio.engines.lending import lend_by_zero_gpu
from studio.errors import EngineError, EngineUnavailableError
from studio.settings import Settings
from studio.types import Progress

log = logging.getLogger(__name__)

T = TypeVar("T")

LOADED: Final = 0.5
"""Share of the progress when the weights are loaded; the rest is for what they are loaded for."""


def engine_setup(settings: Settings) -> EngineSetup:
    """What ``settings`` say about how engines are made."""
    own = settings.studio_voice
    may_lend = settings.zero_gpu and settings.device != "cpu"
    return EngineSetup(
        model=settings.model,
        quantize=settings.quantize,
        dtype=settings.dtype,
        device=settings.device,
        cache_dir=settings.cache_dir.expanduser(),
        lend=lend_by_zero_gpu() if may_lend else None,
        idle_bytes=round(settings.idle_buffers_mb * 1e6),
        studio_voice=None if own is None else own.expanduser(),
        csm_caution=settings.csm_caution,
    )


@dataclass(frozen=True)
class EngineStatus:
    """One engine as a person sees it: ``reason`` says why it cannot speak here, if it cannot."""

    name: str
    label: str
    available: bool
    reason: str | None
    info: EngineInfo | None


@dataclass(frozen=True)
class EngineChoice:
    """The engine that speaks; ``passed_over`` says of each better one why it does not."""

    name: str
    label: str
    passed_over: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Used(Generic[T]):
    """What was made of an ``engine`` that works. ``notes`` say of each better one that was tried
    for this why it does not."""

    engine: Engine
    made: T
    notes: tuple[str, ...] = ()


def require_engine(name: str) -> None:
    """Refuse a name that no engine has.

    Raises:
        EngineUnavailableError: the message lists those there are.
    """
    if name != registry.AUTO:
        registry.load_spec(name)


class EnginePool:
    """Starts engines on demand and closes them together. Thread-safe."""

    def __init__(self, setup: EngineSetup) -> None:
        self._setup = setup
        self._running: dict[str, Engine] = {}
        self._failed: dict[str, str] = {}
        self._lock = threading.Lock()
        self._closed = False

    def get(self, name: str) -> Engine:
        """The running engine called ``name``; "auto" is the best one this machine can run.

        Raises:
            EngineUnavailableError: it cannot run here; the message says what to do.
        """
        given.text(name, "engine")
        with self._lock:
            if self._closed:
                raise EngineUnavailableError("The studio was closed. Open it again to speak.")
            engine = self._running.get(name)
            if engine is None:
                spec = registry.choose(name, self._setup, self._running, self._failed).spec
                engine = self._running.get(spec.name)
                if engine is None:
                    engine = self._running[spec.name] = spec.create(self._setup)
            return engine

    def use(
        self, name: str, work: Callable[[Engine], T], progress: Progress | None = None
    ) -> Used[T]:
        """What ``work`` makes of the engine ``name``, after its weights were loaded.

        That weights are damaged may show only now. "auto" then takes the next best engine, for as
        long as this pool lives.

        Raises:
            EngineUnavailableError: it cannot run here; the message says what to do.
            Whatever ``work`` and ``progress`` raise.
        """
        notes: tuple[str, ...] = ()
        while True:
            engine = self.get(name)
            try:
                if isinstance(engine, Preloading):
                    engine.load(partial(self._tell_of_loading, progress))
                return Used(engine, work(engine), notes)
            except EngineUnavailableError as error:
                reason = f"{error} Another engine speaks until the studio is started again."
                if name != registry.AUTO or not self._pass_over(engine, reason):
                    raise
                notes = (*notes, reason)

    def choice(self, name: str) -> EngineChoice:
        """Which engine ``name`` stands for now.

        Raises:
            EngineUnavailableError: it cannot run here; the message says what to do.
        """
        if given.text(name, "engine") in self._failed:
            raise EngineUnavailableError(self._failed[name])
        choice = registry.choose(name, self._setup, tuple(self._running), self._failed)
        return EngineChoice(choice.spec.name, choice.spec.label, choice.passed_over)

    def fetch(self, name: str, progress: Progress | None) -> None:
        """Download what the engine ``name`` needs, so that it can run here; "auto" is the best one
        that needs something.

        Raises:
            EngineUnavailableError: it cannot be fetched, or needs nothing.
        """
        if name == registry.AUTO:
            name = self._best_to_fetch()
        spec = registry.load_spec(name)
        if spec.fetch is None:
            raise EngineUnavailableError(f"The engine {name!r} needs nothing that can be fetched.")
        spec.fetch(self._setup, progress)
        with self._lock:
            # It is begun anew, with what was fetched. A pool that was closed meanwhile has none.
            if self._failed.pop(spec.name, None) and spec.name in self._running:
                self._running.pop(spec.name).close()

    def weights(self, name: str) -> Weights | None:
        """The weights that the engine ``name`` runs on; None for one that has none.

        Raises:
            EngineUnavailableError: they cannot be used; the message says what to do.
        """
        spec = registry.load_spec(name)
        return None if spec.weights is None else spec.weights(self._setup)

    def status(self) -> list[EngineStatus]:
        """Every engine there is, with whether it can speak on this machine."""
        return [self._status_of(name) for name in registry.names()]

    def speakers_of(self, language: str) -> list[str]:
        """Names of the engines that can run here and speak ``language``."""
        known = [status for status in self.status() if status.info is not None]
        return [one.name for one in known if one.info and one.info.speaks(language)]

    def close(self) -> None:
        """Stop all, for good. What is being loaded ends there."""
        with self._lock:
            self._closed = True
            for engine in self._running.values():
                engine.close()
            self._running.clear()

    @property
    def closed(self) -> bool:
        return self._closed

    def _tell_of_loading(self, progress: Progress | None, share: float, what: str) -> None:
        if self._closed:  # and ``close`` waits for this
            raise EngineError("The studio was closed while an engine was loaded. Open it again.")
        if progress is not None:
            progress(share * LOADED, what)

    def _pass_over(self, engine: Engine, reason: str) -> bool:
        """Have "auto" leave out ``engine`` from now on, unless it is the last one there is."""
        with self._lock:
            names = [name for name, one in self._running.items() if one is engine]
            if not names:  # the pool was closed, or the weights were fetched again
                return False
            name = names[0]
            failed = {**self._failed, name: reason}
            try:
                registry.choose(registry.AUTO, self._setup, tuple(self._running), failed)
            except EngineUnavailableError:
                return False
            self._failed = failed
        log.warning("%s is passed over: %s", name, reason)
        return True

    def _best_to_fetch(self) -> str:
        for name in registry.names():
            with suppress(EngineUnavailableError):  # a broken package must not hide the others
                if registry.load_spec(name).fetch is not None:
                    return name
        raise EngineUnavailableError("No engine needs anything that can be fetched.")

    def _status_of(self, name: str) -> EngineStatus:
        try:
            spec = registry.load_spec(name)
        except EngineUnavailableError as error:
            return EngineStatus(name, name, available=False, reason=str(error), info=None)
        reason = self._failed.get(name) or spec.unavailable(self._setup)
        info = self.get(name).info if reason is None else None
        return EngineStatus(name, spec.label, reason is None, reason, info)
