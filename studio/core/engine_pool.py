"""The engines that are running: one of each kind, started when first asked for."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass

from studio.engines import registry
from studio.engines.base import Engine, EngineInfo, EngineSetup, Progress, Weights
from studio.engines.lending import lend_by_zero_gpu
from studio.errors import EngineUnavailableError
from studio.settings import Settings


def engine_setup(settings: Settings) -> EngineSetup:
    """What ``settings`` say about how engines are made."""
    may_lend = settings.zero_gpu and settings.device != "cpu"
    return EngineSetup(
        model=settings.model,
        quantize=settings.quantize,
        dtype=settings.dtype,
        device=settings.device,
        cache_dir=settings.cache_dir.expanduser(),
        lend=lend_by_zero_gpu() if may_lend else None,
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


class EnginePool:
    """Starts engines on demand and closes them together. Thread-safe."""

    def __init__(self, setup: EngineSetup) -> None:
        self._setup = setup
        self._running: dict[str, Engine] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Engine:
        """The running engine called ``name``; "auto" is the best one this machine can run.

        Raises:
            EngineUnavailableError: it cannot run here; the message says what to do.
        """
        with self._lock:
            engine = self._running.get(name)
            if engine is None:
                spec = registry.choose(name, self._setup, self._running).spec
                engine = self._running.get(spec.name)
                if engine is None:
                    engine = self._running[spec.name] = spec.create(self._setup)
            return engine

    def choice(self, name: str) -> EngineChoice:
        """Which engine ``name`` stands for now.

        Raises:
            EngineUnavailableError: it cannot run here; the message says what to do.
        """
        choice = registry.choose(name, self._setup, tuple(self._running))
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

    def close(self) -> None:
        """Stop all; a later ``get`` starts them anew."""
        with self._lock:
            for engine in self._running.values():
                engine.close()
            self._running.clear()

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
        reason = spec.unavailable(self._setup)
        info = self.get(name).info if reason is None else None
        return EngineStatus(name, spec.label, reason is None, reason, info)
