"""Every engine that this machine can run, and a voice it has read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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


def segment(voice: str = "en-us+m3", pitch: int = 40) -> Segment:
    """A clip of a synthetic speaker."""
    audio = spoken(TRANSCRIPT, voice=voice, pitch=pitch)
    return Segment("clip", TRANSCRIPT, audio, sha256=f"{voice}/{pitch}")


@pytest.fixture(scope="session", params=registry.names())
def ready(request: pytest.FixtureRequest) -> Iterator[Ready]:
    """Each engine in turn, with one voice; made once."""
    spec = registry.load_spec(request.param)
    reason = spec.unavailable()
    if reason is not None:
        pytest.skip(reason)
    engine = spec.create()
    if Capability.NEEDS_TOKENS in engine.info.capabilities:
        engine.close()
        pytest.skip("reads codec tokens, which the tests of this machine have no codec for")
    segments = [segment()]
    progress: list[tuple[float, str]] = []
    context = engine.prepare(segments, progress=lambda share, what: progress.append((share, what)))
    yield Ready(engine, segments, context, progress)
    engine.close()
