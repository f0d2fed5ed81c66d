"""The native kernel (``kernel.c``): the snake and a fast convolution, for any processor with a C
compiler. Where there is none, torch does the same work."""

from __future__ import annotations

import ctypes
import logging
import threading
from functools import cache
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from studio.native.library import NativeUnavailableError, compile_library
from studio.native.threads import Threads

_log = logging.getLogger(__name__)

SOURCE: Final = Path(__file__).with_name("kernel.c")
ROWS: Final = 4
"""Rows that are made together: the number of channels out has to be a multiple."""


class _ConvolutionRecord(ctypes.Structure):
    """``Convolution`` of ``kernel.c``."""

    _fields_ = (
        ("weight", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
        ("inputs", ctypes.c_int32),
        ("outputs", ctypes.c_int32),
        ("taps", ctypes.c_int32),
        ("dilation", ctypes.c_int32),
    )


@cache
def find_kernel() -> Any | None:
    """The compiled ``kernel.c``; None where it cannot be had, which is logged once."""
    try:
        library = compile_library(SOURCE)
    except NativeUnavailableError as error:
        _log.info("The studio voice runs on torch's products, which take longer: %s", error)
        return None
    library.scratch_floats.restype = ctypes.c_int64
    library.packed_floats.restype = ctypes.c_int64
    return library


class Scratch:
    """Memory that one stream's convolutions use in turn. Fresh memory for each would cost as much
    as their work: the system hands it out page by page."""

    def __init__(self) -> None:
        self._held = torch.empty(0)

    def of(self, floats: int) -> Tensor:
        if len(self._held) < floats:
            self._held = torch.empty(floats)
        return self._held


class FastConvolution:
    """A convolution without padding, its weights transformed and packed. Threads may share it."""

    def __init__(self, library: Any, weight: Tensor, bias: Tensor, dilation: int) -> None:
        """``weight`` [out, in, taps], ``bias`` [out]."""
        outputs, inputs, taps = weight.shape
        self.reach = (taps - 1) * dilation
        self._library = library
        self._bias = bias.contiguous()
        self._packed = torch.empty(library.packed_floats(outputs, inputs, taps))
        whole = weight.contiguous()
        library.pack(_at(whole), outputs, inputs, taps, _at(self._packed))
        self._record = _ConvolutionRecord(
            self._packed.data_ptr(), self._bias.data_ptr(), inputs, outputs, taps, dilation
        )

    def __call__(self, x: Tensor, add: Tensor | None, scratch: Scratch, threads: int) -> Tensor:
        """[1, in, n] to [1, out, n - reach], with ``add`` of that shape on top."""
        x = x.contiguous()
        steps = x.shape[-1]
        made = torch.empty(1, self._record.outputs, steps - self.reach)
        record = ctypes.byref(self._record)
        room = scratch.of(self._library.scratch_floats(record, steps))
        kept = None if add is None else add.contiguous()
        self._library.convolve(
            record, _at(x), steps, None if kept is None else _at(kept), _at(made), _at(room),
            threads,
        )  # fmt: skip
        return made


class FastConvolutions:
    """Those of a network that the kernel can do, packed when they are first needed."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self.threads = Threads()
        self._packed: dict[nn.Conv1d, FastConvolution] = {}
        self._packing = threading.Lock()

    def of(self, conv: nn.Conv1d) -> FastConvolution | None:
        """The fast one for ``conv``; None where the kernel cannot do it."""
        if conv.out_channels % ROWS or conv.bias is None:
            return None
        with self._packing:
            if conv not in self._packed:
                dilation = int(conv.dilation[0])
                self._packed[conv] = FastConvolution(self.library, conv.weight, conv.bias, dilation)
            return self._packed[conv]


def fast_snake(library: Any, x: Tensor, lines: Tensor, threads: int) -> Tensor:
    """The snake behind a norm of fixed lines: ``x`` [1, channels, n], ``lines`` [channels, 5] as
    ``kernel.c`` takes them."""
    x = x.contiguous()
    made = torch.empty_like(x)
    library.snake(_at(x), _at(lines), x.shape[1], x.shape[2], _at(made), threads)
    return made


def _at(tensor: Tensor) -> ctypes.c_void_p:
    return ctypes.c_void_p(tensor.data_ptr())
