"""How long it takes to change from one voice that was read before to another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from bench.csm_start import cache_of
from bench.figures import Figure, median_seconds
from studio.engines.base import EngineSetup
from studio.engines.csm.engine import CsmEngine
from studio.engines.csm.model.kv import KvBuffers
from studio.engines.csm.talk.context import CsmContext

FROM_DISK_MS, FROM_MEMORY_MS = 50.0, 5.0
TIMES = 20


def figures(
    engine: CsmEngine, setup: EngineSetup, buffers: KvBuffers, voice: CsmContext
) -> Iterator[Figure]:
    """Until all that was read of ``voice`` stands in ``buffers``, where speech goes on from."""
    kind = setup.quantize
    path = cache_of(setup) / f"{kind}-voice.safetensors"
    engine.save_context(voice, path)
    device = buffers.tensor.device

    def switch(context: CsmContext) -> None:
        buffers.restore(context.fork().memory.pieces)
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    size = f"{voice.positions} positions, {voice.nbytes / 1e6:.1f} MB"
    ways: tuple[tuple[str, float, Callable[[], None]], ...] = (
        ("disk", FROM_DISK_MS, lambda: switch(engine.load_context(path))),
        ("memory", FROM_MEMORY_MS, lambda: switch(voice)),
    )
    for where, most_ms, call in ways:
        call()
        yield Figure(
            f"{kind}: voice switched to, from {where}", 1000 * median_seconds(call, TIMES), "ms",
            most_ms, note=size,
        )  # fmt: skip
