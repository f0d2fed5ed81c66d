"""What the registry knows of the basic voice before anything of it is loaded."""

from __future__ import annotations

import importlib.util
from typing import Final

from studio.engines.base import Engine, EngineSetup
from studio.engines.parametric.identity import LABEL, NAME
from studio.engines.registry import EngineSpec


def _create(setup: EngineSetup) -> Engine:
    from studio.engines.parametric.engine import ParametricEngine

    return ParametricEngine()


def _unavailable(setup: EngineSetup) -> str | None:
    if importlib.util.find_spec("espeakng_loader") is None:
        return (
            "The basic voice needs espeak-ng, which is not installed. "
            "Install it with: pip install espeakng-loader"
        )
    return None


SPEC: Final = EngineSpec(name=NAME, label=LABEL, create=_create, unavailable=_unavailable)
