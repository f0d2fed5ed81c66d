"""A graphics card whose memory runs out ends one request, not the engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from studio.errors import EngineError


@contextmanager
def out_of_memory_told() -> Iterator[None]:
    """Raises EngineError, which says what to do, where the card has no memory left."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise EngineError(
            "The graphics card has no memory left for this. Close what else runs on it, speak a "
            "shorter text, or choose the studio voice."
        ) from error
