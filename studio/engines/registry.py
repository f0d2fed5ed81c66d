"""Which engines there are, and which one speaks.

Built-in engines and engines of other packages take one route: an entry point of the group
``studio.engines`` whose value is an ``EngineSpec``. Nothing is imported until it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from types import MappingProxyType
from typing import Final

from studio import plugins
from studio.engines.base import Engine, EngineSetup, Weights
from studio.errors import EngineUnavailableError
from studio.types import Progress

GROUP = "studio.engines"
AUTO = "auto"
_NONE: Final[Mapping[str, str]] = MappingProxyType({})

# In the order in which "auto" tries them.
BUILT_IN = (
    EntryPoint("csm", "studio.engines.csm.spec:SPEC", GROUP),
    EntryPoint("kokoro", "studio.engines.kokoro.spec:SPEC", GROUP),
)

FORMER: Final[Mapping[str, str]] = MappingProxyType({"parametric": "kokoro"})
"""Engines that were offered once, and which speaks in their place."""


@dataclass(frozen=True)
class EngineSpec:
    """How to get one engine.

    ``unavailable`` returns None when the engine can be made on this machine, and otherwise one
    sentence that says why not and what to do. ``fetch`` downloads what it needs, where it needs
    something; ``weights`` says where that is, or raises EngineUnavailableError.
    """

    name: str
    label: str
    create: Callable[[EngineSetup], Engine]
    unavailable: Callable[[EngineSetup], str | None]
    fetch: Callable[[EngineSetup, Progress | None], Path] | None = None
    weights: Callable[[EngineSetup], Weights] | None = None


def names() -> list[str]:
    """Names of all engines, built-in ones first."""
    return plugins.names_of(plugins.points(GROUP, BUILT_IN))


def load_spec(name: str) -> EngineSpec:
    """The spec of the engine called ``name``.

    Raises:
        EngineUnavailableError: there is none of that name, or its package does not load.
    """
    found = plugins.points(GROUP, BUILT_IN)
    return plugins.load(found, name, EngineSpec, "engine", EngineUnavailableError, also=[AUTO])


@dataclass(frozen=True)
class Choice:
    """The engine that was chosen. ``passed_over`` says of each better one why it was not."""

    spec: EngineSpec
    passed_over: tuple[str, ...] = ()


def current_name(name: str) -> str:
    """The engine that ``name`` stands for in voices and settings that were kept for long."""
    return FORMER.get(name, name)


def former_engine(name: str) -> str:
    """What to tell a person whose voice or settings name an engine of ``FORMER``."""
    return f"The engine {name!r} is not there any more; {FORMER[name]!r} speaks in its place."


def choose(
    name: str,
    setup: EngineSetup,
    running: Collection[str] = (),
    failed: Mapping[str, str] = _NONE,
) -> Choice:
    """The engine to use for ``name``; "auto" takes the first that this machine can run.

    Those ``running`` are known to: they are not asked, which for weights on disk means opening
    them. "auto" passes over those that ``failed``, for the reason given there.

    Raises:
        EngineUnavailableError: it cannot run here; the message says what to do.
    """
    if name != AUTO:
        spec = load_spec(name)
        reason = spec.unavailable(setup)
        if reason is not None:
            raise EngineUnavailableError(reason)
        return Choice(spec)
    reasons: list[str] = []
    for candidate in names():
        try:
            spec = load_spec(candidate)
        except EngineUnavailableError as error:  # a broken package must not silence the others
            reasons.append(str(error))
            continue
        reason = failed.get(candidate)
        if reason is None and candidate not in running:
            reason = spec.unavailable(setup)
        if reason is None:
            return Choice(spec, tuple(reasons))
        reasons.append(reason)
    raise EngineUnavailableError("No engine can speak on this machine. " + " ".join(reasons))
