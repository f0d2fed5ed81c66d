"""Tensors on their way from a graphics card to the processor, for whom nobody waits before time."""

from __future__ import annotations

import torch
from torch import Tensor


class ToHost:
    """A copy of ``tensor`` that is made behind the work that is queued now.

    What the tensor holds may be overwritten by work that is queued later. On the processor it is
    copied at once.
    """

    def __init__(self, tensor: Tensor) -> None:
        self._arrived: torch.cuda.Event | None = None
        if not tensor.is_cuda:
            self._host = tensor.clone()
            return
        # Only into pinned memory does the card copy by itself. Torch keeps it to be used again.
        self._host = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
        self._host.copy_(tensor, non_blocking=True)
        self._arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
        self._arrived.record(torch.cuda.current_stream(tensor.device))  # type: ignore[no-untyped-call]

    def read(self) -> Tensor:
        """The copy, waited for."""
        if self._arrived is not None:
            self._arrived.synchronize()
        return self._host
