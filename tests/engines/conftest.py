"""Every engine that this machine can run, and a voice it has read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
import torch

from studio.engines import registry
from studio.engines.base import Context, Engine, EngineSetup
from studio.engines.kokoro.spec import SPEC as KOKORO
from studio.types import Segment
from tests.engines.kokoro.small import write_small
from tests.voices import spoken

TRANSCRIPT = (
    "The boy was there when the sun rose. A rod is used to catch pink salmon. "
    "The source of the huge river is the clear spring."
)


@dataclass(frozen=True)
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


def spec_of(name: str) -> registry.EngineSpec:
    """The spec of an engine, also of one that is complete and not offered yet."""
    return KOKORO if name == KOKORO.name else registry.load_spec(name)


@cache
def make_ready(name: str, setup: EngineSetup = USUAL) -> Ready:
    """The engine ``name`` and one voice; made once for all tests, it ends with the interpreter."""
    engine = spec_of(name).create(setup)
    segments = [segment()]
    progress: list[tuple[float, str]] = []
    context = engine.prepare(segments, progress=lambda share, what: progress.append((share, what)))
    return Ready(engine, name == "parametric", segments, context, progress)


@pytest.fixture(scope="session", params=[*registry.names(), KOKORO.name])
def ready(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """Each engine in turn, with one voice."""
    folder = request.getfixturevalue("csm_folder") if request.param == "csm" else ""
    small = tmp_path_factory.mktemp("kokoro") / "small.safetensors"
    setup = EngineSetup(model=str(folder), device="cpu", studio_voice=write_small(small))
    reason = spec_of(request.param).unavailable(setup)
    if reason is not None:
        pytest.skip(reason)
    return make_ready(request.param, setup)
