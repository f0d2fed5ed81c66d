"""How fast CSM speaks at full size, beside transformers on the same weights in the same run.

Without weights on this machine they are random: the time does not depend on them, but nothing can
be said about the sound. A frame is 80 ms; its time counts the codec in.
"""

from __future__ import annotations

import gc
import resource
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from bench.figures import Figure, SkipPart
from bench.material import Setting
from bench.random_csm import BYTES_ON_DISK, write_checkpoint
from studio.engines.base import EngineSetup
from studio.engines.csm.checkpoint import open_checkpoint
from studio.engines.csm.context import CsmContext
from studio.engines.csm.engine import CsmEngine
from studio.types import FRAME_S, SAMPLE_RATE, Audio, Segment, SpeechFrame, SpeechOptions

KINDS = ("int4", "int8")
LEAST_GAIN = {"int4": 5.0, "int8": 3.0}
VOICE_S = 10.0
WORDS = "This is the voice that is to be read once and kept."
TEXT = "Well, hello!"
"""As many bytes as a sentence of ten words has tokens with the real tokenizer."""


@dataclass(frozen=True)
class Spoken:
    """Seconds to the first frame, and from frame to frame after it."""

    first_s: float
    frame_s: float


def measure(setting: Setting) -> list[Figure]:
    if shutil.disk_usage(setting.folder).free < 2 * BYTES_ON_DISK:
        raise SkipPart("it needs 8 GB of free disk for a model of full size")
    folder = write_checkpoint(setting.folder / "model")
    frames = 6 if setting.quick else 12
    baseline_s = _transformers_frame_s(folder, 3 if setting.quick else 5)
    figures: list[Figure] = []
    for kind in KINDS[:1] if setting.quick else KINDS:
        figures += _of_kind(folder, kind, setting.folder / "cache", frames, baseline_s)
    return figures


def _of_kind(
    folder: Path, kind: str, cache: Path, frames: int, baseline_s: float
) -> Iterator[Figure]:
    setup = EngineSetup(str(folder), kind, "cpu", cache)
    engine = CsmEngine(open_checkpoint(str(folder)), setup)
    converted_s = _seconds(engine.load)
    engine.close()
    gc.collect()
    loaded_s = _seconds(engine.load)
    yield Figure(f"{kind}: first start, with conversion", converted_s, "s")
    yield Figure(
        f"{kind}: later starts", loaded_s, "s", 15.0 if kind == "int4" else None,
        note=f"{_resident_gb():.1f} GB in memory",
    )  # fmt: skip
    noise = 0.1 * np.random.default_rng(0).standard_normal(round(VOICE_S * SAMPLE_RATE))
    segment = Segment("clip", WORDS, Audio(noise.astype(np.float32)))
    engine.prepare([segment])
    read_s = _seconds(lambda: engine.prepare([segment]))
    context = engine.prepare([segment])
    path = cache / "voice.safetensors"
    engine.save_context(context, path)
    disk_s = _seconds(lambda: engine.load_context(path))
    list(_take(engine, context, 2))
    spoken = _speak(engine, context, frames)
    uncached_s = read_s + spoken.first_s
    yield Figure(
        f"{kind}: seconds a frame, end to end", spoken.frame_s, "s",
        baseline_s / LEAST_GAIN[kind], baseline=baseline_s, baseline_name="transformers bf16",
        note=f"RTF {spoken.frame_s / FRAME_S:.2f}; {baseline_s / spoken.frame_s:.1f} times faster",
    )  # fmt: skip
    yield Figure(
        f"{kind}: first sound, voice of {VOICE_S:g} s kept", spoken.first_s, "s",
        uncached_s / 10 if kind == "int4" else None,
        baseline=uncached_s, baseline_name="clip encoded and read",
    )  # fmt: skip
    yield Figure(f"{kind}: voice from disk", 1000 * disk_s, "ms", 50.0)
    engine.close()
    gc.collect()


def _speak(engine: CsmEngine, context: CsmContext, frames: int) -> Spoken:
    times = [time.perf_counter()]
    for _ in _take(engine, context, frames):
        times.append(time.perf_counter())
    # Chunks come in bursts, so the mean over whole chunks after the first frame is what counts.
    return Spoken(times[1] - times[0], (times[-1] - times[1]) / (len(times) - 2))


def _take(engine: CsmEngine, context: CsmContext, frames: int) -> Iterator[SpeechFrame]:
    stream = engine.stream(context.fork(), TEXT, SpeechOptions(seed=1))
    for _, frame in zip(range(frames), stream, strict=False):
        yield frame
    stream.close()  # type: ignore[attr-defined]


def _transformers_frame_s(folder: Path, frames: int) -> float:
    """Seconds a frame of transformers' ``generate`` in bfloat16, the median of its steps."""
    from transformers import CsmForConditionalGeneration, logging
    from transformers.generation.streamers import BaseStreamer

    class Clock(BaseStreamer):  # type: ignore[misc]
        def __init__(self) -> None:
            self.times: list[float] = []

        def put(self, value: torch.Tensor) -> None:
            self.times.append(time.perf_counter())

        def end(self) -> None:
            pass

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    model = CsmForConditionalGeneration.from_pretrained(folder, dtype=torch.bfloat16).eval()
    ids = torch.randint(0, 255, (1, 40))
    clock = Clock()
    with torch.inference_mode():
        model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=frames + 2,
            do_sample=True,
            depth_decoder_do_sample=True,
            streamer=clock,
        )
    steps = np.diff(clock.times)[-frames:]
    del model
    gc.collect()
    return statistics.median(steps.tolist())


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _resident_gb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e9
