"""How fast the codec turns frames into sound and a clip into tokens, beside moshi's own Mimi.

Random weights: the time does not depend on them. Both run in turns, so that whatever else the
machine does hits both alike.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from moshi.models.compression import MimiModel
from moshi.models.loaders import get_mimi
from moshi.utils.compile import no_compile
from numpy.typing import NDArray

from bench.figures import Figure
from bench.material import Setting
from bench.random_codec import random_weights
from studio.codec import mimi_spec as spec
from studio.codec.mimi import MimiCodec
from studio.codec.mimi_weights import SHAPES, MimiWeights
from studio.types import FRAME_S, SAMPLE_RATE, Audio

# A whole conversation's turn is longer; the cost of a call no longer changes after its first.
FRAMES = 24
CLIP_S = 10.0
CALL_SIZES = (1, 2, 4)
TARGETS = {4: 0.1}
ROUNDS, QUICK_ROUNDS = 4, 2


def measure(setting: Setting) -> list[Figure]:
    both = _Both.make()
    return [*decoding(setting, both=both), _encoding(setting, both)]


@dataclass(frozen=True, eq=False)
class _Both:
    """Our codec and moshi's, with the same weights."""

    ours: MimiCodec
    moshi: MimiModel

    @classmethod
    def make(cls) -> _Both:
        tensors = random_weights(seed=0)
        weights = MimiWeights(tensors, tensors.__getitem__)
        moshi = get_mimi(None, num_codebooks=spec.CODEBOOKS)
        moshi.load_state_dict({name: weights.tensor(name) for name in SHAPES}, strict=False)
        return cls(MimiCodec(weights), moshi)


def decoding(
    setting: Setting, sizes: Sequence[int] = CALL_SIZES, both: _Both | None = None
) -> list[Figure]:
    """Real-time factors of streams that are decoded in calls of ``sizes`` frames."""
    both = both or _Both.make()
    drawn = np.random.default_rng(0).integers(0, spec.CODEBOOK_SIZE, (spec.CODEBOOKS, FRAMES))
    codes = drawn.astype(np.int16)
    figures = []
    with torch.inference_mode(), no_compile():
        for size in sizes:
            ours_s, moshi_s = _in_turns(
                lambda size=size: _stream(both.ours, codes, size),
                lambda size=size: _moshi_stream(both.moshi, codes, size),
                QUICK_ROUNDS if setting.quick else ROUNDS,
            )
            figures.append(
                Figure(
                    f"decode, {size} frame{'s' * (size > 1)} a call",
                    ours_s / (FRAMES * FRAME_S), "RTF", TARGETS.get(size),
                    baseline=moshi_s / (FRAMES * FRAME_S), baseline_name="moshi",
                    note=f"{1000 * ours_s * size / FRAMES:.1f} ms a call",
                )
            )  # fmt: skip
    return figures


def _encoding(setting: Setting, both: _Both) -> Figure:
    noise = 0.1 * np.random.default_rng(1).standard_normal(round(CLIP_S * SAMPLE_RATE))
    clip = Audio(noise.astype(np.float32))
    sound = torch.from_numpy(clip.samples)[None, None]
    rounds = QUICK_ROUNDS if setting.quick else ROUNDS
    with torch.inference_mode(), no_compile():
        ours_s, moshi_s = _in_turns(
            lambda: both.ours.encode(clip), lambda: both.moshi.encode(sound), min(rounds, 3)
        )
    return Figure("encode, clip of 10 s", ours_s, "s", baseline=moshi_s, baseline_name="moshi")


def _stream(codec: MimiCodec, codes: NDArray[np.int16], size: int) -> None:
    with codec.stream() as stream:
        for start in range(0, codes.shape[1], size):
            stream.decode(codes[:, start : start + size])


def _moshi_stream(moshi: MimiModel, codes: NDArray[np.int16], size: int) -> None:
    rows = torch.from_numpy(codes)[None].long()
    with moshi.streaming(1):
        for start in range(0, codes.shape[1], size):
            moshi.decode(rows[:, :, start : start + size])


def _in_turns(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Median seconds of both; the first round of each is not counted."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for call, kept in zip((ours, theirs), seconds, strict=True):
            started = time.perf_counter()
            call()
            if number:
                kept.append(time.perf_counter() - started)
    return statistics.median(seconds[0]), statistics.median(seconds[1])
