"""Every engine that this machine can run, and a voice it has read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import torch

from studio.engines import registry
from studio.engines.base import Context, Engine, EngineSetup
from studio.types import Segment
from tests.voices import spoken

TRANSCRIPT = (
    "The boy was there when the sun rose. A rod is used to catch pink salmon. "
    "The source of the huge river is the clear spring."
)


@dataclass(frozen=True, eq=False)
class Ready:
    """An engine, and a voice that it has read."""

    engine: Engine
    trained: bool
    """Its weights are such that what it says sounds like speech."""
    segments: list[Segment]
    context: Context
    progress: list[tuple[float, str]]


def segment(voice: str = "en-us+m3", pitch: int = 40, transcript: str = TRANSCRIPT) -> Segment:
    """A clip of a synthetic speaker."""
    audio = spoken(transcript, voice=voice, pitch=pitch)
    return Segment("clip", transcript, audio, sha256=f"{voice}/{pitch}")


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    """Small checkpoints have such small matrices that a second thread only waits for the first."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


USUAL = EngineSetup()
OWN_WEIGHTS = "kokoro with its own weights"


@cache
def make_ready(name: str, setup: EngineSetup = USUAL, trained: bool = False) -> Ready:
    """The engine ``name`` and one voice; made once for all tests, it ends with the interpreter."""
    engine = registry.load_spec(name).create(setup)
    segments = [segment()]
    progress: list[tuple[float, str]] = []
    context = engine.prepare(segments, progress=lambda share, what: progress.append((share, what)))
    return Ready(engine, trained, segments, context, progress)


@pytest.fixture(scope="session", params=[*registry.names(), OWN_WEIGHTS])
def ready(request: pytest.FixtureRequest, small_voice: Path) -> Ready:
    """Each engine in turn, with one voice."""
    if request.param == OWN_WEIGHTS:
        cache = request.getfixturevalue("weights_cache")
        return make_ready("kokoro", EngineSetup(device="cpu", cache_dir=cache), trained=True)
    folder = request.getfixturevalue("csm_folder") if request.param == "csm" else ""
    setup = EngineSetup(model=str(folder), device="cpu", studio_voice=small_voice)
    reason = registry.load_spec(request.param).unavailable(setup)
    if reason is not None:
        pytest.skip(reason)
    return make_ready(request.param, setup)
