"""How fast CSM speaks once it is loaded, in rounds that alternate with transformers'.

Ours and theirs run in turns, so that whatever else the machine does hits both alike; a figure is
the median over the rounds. A frame is 80 ms of sound. Its time counts the codec in and is taken
over whole chunks of it, since the frames of a chunk come together.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from bench.csm_baseline import NAME, Transformers
from bench.figures import Figure, SkipPart
from studio.engines.base import EngineSetup
from studio.engines.csm.engine import CsmEngine
from studio.engines.csm.talk.context import CsmContext
from studio.engines.csm.talk.speak import CHUNK, RAMP
from studio.text import prepare
from studio.types import FRAME_S, Segment, SpeechOptions

LEAST_GAIN = {"int4": 5.0, "int8": 3.0}
MOST_RTF, GOAL_RTF, FIRST_SOUND_MS = 0.08, 0.05, 60.0
"""On a graphics card."""
LEAST_GAIN_OF_KEEPING = 10.0
DISTURBED = 1.5
MOST_TRIES = 3
"""Rounds for each that counts: the model may end a sentence before its frames can be timed."""


@dataclass(frozen=True)
class Extent:
    """How much is measured: ``frames`` of ours and ``baseline_frames`` in each round."""

    rounds: int
    frames: int
    baseline_frames: int


@dataclass
class Times:
    """Seconds, gathered over the rounds: of a frame (one for a round), of the frames of single
    chunks, to the first sound with the voice kept and without, and of transformers' frames."""

    frame: list[float] = field(default_factory=list)
    chunk: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    first_unkept: list[float] = field(default_factory=list)
    baseline: list[float] = field(default_factory=list)


def take_times(
    engine: CsmEngine,
    voice: Segment,
    kept: CsmContext,
    text: str,
    baseline: Transformers,
    extent: Extent,
) -> Times:
    """Speak ``text`` in rounds, with ``voice`` as ``kept`` and with its clip encoded and read anew.

    Raises:
        SkipPart: the model says too little for a figure.
    """
    list(_arrivals(engine, kept, text, 0, sum(RAMP)))  # what is set up once
    times = Times()
    for seed in range(1, MOST_TRIES * extent.rounds + 1):
        if len(times.frame) == extent.rounds:
            break
        times.baseline += baseline.frame_seconds(extent.baseline_frames)
        started = time.perf_counter()
        read = engine.prepare([voice])
        next(_arrivals(engine, read, text, seed, 1))
        times.first_unkept.append(time.perf_counter() - started)
        started = time.perf_counter()
        arrived = list(_arrivals(engine, kept, text, seed, extent.frames))
        times.first.append(arrived[0] - started)
        add_frames(times, arrived)
    if not times.frame or not times.baseline:
        raise SkipPart("the model ends its sentences too soon to be measured")
    return times


def figures(setup: EngineSetup, voice: Segment, times: Times) -> Iterator[Figure]:
    kind, on_card = setup.quantize, setup.device == "cuda"
    frame_s, baseline_s = statistics.median(times.frame), statistics.median(times.baseline)
    first_s = statistics.median(times.first)
    faster = f"{baseline_s / frame_s:.1f} times faster"
    if is_disturbed(times.chunk) or is_disturbed(times.baseline):
        faster = f"disturbed by other work: measure again; {faster}"
    if on_card:
        goal = "reached" if frame_s / FRAME_S <= GOAL_RTF else "not reached"
        yield Figure(
            f"{kind}: real-time factor", frame_s / FRAME_S, "", MOST_RTF,
            baseline=baseline_s / FRAME_S, baseline_name=NAME,
            note=f"{faster}; the goal of {GOAL_RTF:g} is {goal}",
        )  # fmt: skip
    else:
        yield Figure(
            f"{kind}: seconds a frame, end to end", frame_s, "s",
            baseline_s / LEAST_GAIN[kind] if kind in LEAST_GAIN else None,
            baseline=baseline_s, baseline_name=NAME,
            note=f"{faster}; RTF {frame_s / FRAME_S:.2f}",
        )  # fmt: skip
    for share in (50, 95):
        yield Figure(
            f"{kind}: frame, p{share}", 1000 * float(np.percentile(times.chunk, share)), "ms",
            baseline=1000 * float(np.percentile(times.baseline, share)), baseline_name=NAME,
            note=f"{len(times.chunk)} chunks of {CHUNK} frames",
        )  # fmt: skip
    yield Figure(
        f"{kind}: first sound, voice of {_seconds_of(voice):.0f} s kept", 1000 * first_s, "ms",
        FIRST_SOUND_MS if on_card else None,
        note=f"slowest of {len(times.first)}: {1000 * max(times.first):.0f} ms",
    )  # fmt: skip
    unkept_s = statistics.median(times.first_unkept)
    yield Figure(
        f"{kind}: so many times sooner than with its clip encoded and read", unkept_s / first_s,
        "", LEAST_GAIN_OF_KEEPING if kind == "int4" else None, at_least=True,
        note=f"{1000 * unkept_s:.0f} ms",
    )  # fmt: skip


def _arrivals(
    engine: CsmEngine, context: CsmContext, text: str, seed: int, frames: int
) -> Iterator[float]:
    """When each frame was there, of ``frames`` at most, on a fork of ``context``."""
    stream = engine.stream(context.fork(), prepare(text, "en"), SpeechOptions(seed=seed))
    with closing(stream):  # type: ignore[type-var]
        for _, frame in zip(range(frames), stream, strict=False):
            if frame.tokens is not None:
                yield time.perf_counter()


def is_disturbed(seconds: Sequence[float]) -> bool:
    """Whether ``seconds`` of equal work differ so much that something else must have run."""
    return bool(np.percentile(seconds, 95) > DISTURBED * statistics.median(seconds))


def _seconds_of(voice: Segment) -> float:
    return voice.audio.duration_s if voice.audio is not None else 0.0


def add_frames(times: Times, arrived: list[float]) -> None:
    """What ``arrived`` says of the chunks after the first, as far as they are whole."""
    ends = np.cumsum([*RAMP, *[CHUNK] * (len(arrived) // CHUNK)]) - 1
    at = [arrived[end] for end in ends if end < len(arrived)]
    if len(at) <= len(RAMP):
        return
    times.frame.append((at[-1] - at[0]) / (ends[len(at) - 1] - ends[0]))
    times.chunk += (np.diff(at[len(RAMP) - 1 :]) / CHUNK).tolist()
