"""Every engine that this machine can run, and a voice it has read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pytest

from studio.engines import registry
from studio.engines.base import Capability, Context, Engine
from studio.types import Segment
from tests.voices import spoken

TRANSCRIPT = (
    "The boy was there when the sun rose. A rod is used to catch pink salmon. "
    "The source of the huge river is the clear spring."
)


@dataclass(frozen=True)
class Ready:
    """An engine, and a voice that it has read."""

    engine: Engine
    segments: list[Segment]
    context: Context
    progress: list[tuple[float, str]]


def segment(voice: str = "en-us+m3", pitch: int = 40, transcript: str = TRANSCRIPT) -> Segment:
    """A clip of a synthetic speaker."""
    audio = spoken(transcript, voice=voice, pitch=pitch)
    return Segment("clip", transcript, audio, sha256=f"{voice}/{pitch}")


@cache
def make_ready(name: str) -> Ready:
    """The engine ``name`` and one voice; made once for all tests, it ends with the interpreter."""
    engine = registry.load_spec(name).create()
    if Capability.NEEDS_TOKENS in engine.info.capabilities:
        engine.close()
        pytest.skip("reads codec tokens, which the tests of this machine have no codec for")
    segments = [segment()]
    progress: list[tuple[float, str]] = []
    context = engine.prepare(segments, progress=lambda share, what: progress.append((share, what)))
    return Ready(engine, segments, context, progress)


@pytest.fixture(scope="session", params=registry.names())
def ready(request: pytest.FixtureRequest) -> Ready:
    """Each engine in turn, with one voice."""
    reason = registry.load_spec(request.param).unavailable()
    if reason is not None:
        pytest.skip(reason)
    return make_ready(request.param)
