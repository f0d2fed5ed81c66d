"""Work on a graphics card, captured once as a CUDA graph and replayed with one call.

A frame of speech is hundreds of small operations. Started one by one, each costs the processor more
time than the card; replayed as a graph they cost it nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import torch
from torch import Tensor

Work = Callable[[], None]
"""Reads and writes tensors that stay where they are; always the same operations."""

WARM_UPS: Final = 2
"""The libraries choose their kernels and take their working memory in the first run."""


class CaptureError(Exception):
    """The work cannot be captured here; it can still be done step by step."""


class Capture(Protocol):
    """Makes of work what does the same again, quicker."""

    def __call__(self, work: Work, buffers: Sequence[Tensor]) -> Work:
        """``work``, ready to be done again and again. ``buffers`` are left as they were.

        Raises:
            CaptureError: it cannot be captured.
            torch.OutOfMemoryError: there is no memory for it now.
        """


class CudaGraphs:
    """Captures on a stream and in memory of its own.

    What it captured shares that memory, so it must be replayed on one stream: one after another.
    Any thread may capture; other threads may use the card meanwhile.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._lock = threading.Lock()
        self._stream: torch.cuda.Stream | None = None
        self._pool: Any = None

    def __call__(self, work: Work, buffers: Sequence[Tensor]) -> Work:
        with self._lock:
            try:
                return self._capture(work, buffers)
            except torch.OutOfMemoryError:
                raise  # ends one request, and may not happen in the next
            # Without CUDA, builds of torch raise RuntimeError, or AssertionError if without any.
            except (RuntimeError, AssertionError) as error:
                raise CaptureError(str(error).partition("\n")[0]) from error

    @torch.inference_mode()
    def _capture(self, work: Work, buffers: Sequence[Tensor]) -> Work:
        if self._stream is None:
            self._stream = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
            self._pool = torch.cuda.graph_pool_handle()
        stream, current = self._stream, torch.cuda.current_stream(self._device)
        before = [buffer.clone() for buffer in buffers]
        stream.wait_stream(current)
        # On the stream of the capture, where the libraries' working memory then belongs.
        with torch.cuda.stream(stream):
            for _ in range(WARM_UPS):
                work()
                _put_back(buffers, before)
        stream.synchronize()
        graph = torch.cuda.CUDAGraph()
        # Whatever other threads do on the card meanwhile is no concern of this capture.
        with torch.cuda.graph(graph, self._pool, stream, capture_error_mode="thread_local"):
            work()
        current.wait_stream(stream)
        return graph.replay


def capture_on(device: torch.device) -> Capture | None:
    """What captures on ``device``; None where that is no graphics card."""
    return CudaGraphs(device) if device.type == "cuda" else None


def _put_back(buffers: Sequence[Tensor], before: Sequence[Tensor]) -> None:
    for buffer, was in zip(buffers, before, strict=True):
        buffer.copy_(was)
