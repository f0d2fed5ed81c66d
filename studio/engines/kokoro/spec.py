"""What the registry knows of the studio voice before anything of it is loaded."""

from __future__ import annotations

from typing import Final

from studio.engines.base import Engine, EngineSetup
from studio.engines.kokoro.identity import LABEL, NAME
from studio.engines.registry import EngineSpec


def _create(setup: EngineSetup) -> Engine:
    from studio.engines.kokoro.engine import KokoroEngine

    return KokoroEngine(setup)


def _unavailable(setup: EngineSetup) -> str | None:
    from studio.engines.kokoro.network import parts

    if setup.studio_voice is not None:
        from studio.engines.kokoro.network.loading import own_unavailable

        return own_unavailable(setup.studio_voice)
    return parts.unavailable()


SPEC: Final = EngineSpec(name=NAME, label=LABEL, create=_create, unavailable=_unavailable)
