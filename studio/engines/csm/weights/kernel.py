"""The native kernel (``kernel.c``): products of few-bit weights, for x86-64 processors.

torch's own kernels for few-bit weights leave half of the memory's speed unused, and the small
operations between them cost as much again. Where the kernel cannot be had, they serve.
"""

from __future__ import annotations

import ctypes
import logging
from functools import cache
from pathlib import Path
from typing import Final

from studio.native.library import NativeUnavailableError, compile_library

_log = logging.getLogger(__name__)

BLOCK: Final = 16
"""Rows that stand together in a unit of a weight."""

GROUP: Final = 64
"""Neighbours in a row that share a scale; also those of an input."""

_SOURCE: Final = Path(__file__).with_name("kernel.c")


class MatrixRecord(ctypes.Structure):
    """``Matrix`` of ``kernel.c``."""

    _fields_ = (
        ("units", ctypes.c_void_p),
        ("scales", ctypes.c_void_p),
        ("rows", ctypes.c_int32),
        ("columns", ctypes.c_int32),
        ("bits", ctypes.c_int32),
    )


class LayerRecord(ctypes.Structure):
    """``Layer`` of ``kernel.c``."""

    _fields_ = (
        ("attention_norm", ctypes.c_void_p),
        ("mlp_norm", ctypes.c_void_p),
        ("qkv", MatrixRecord),
        ("output", MatrixRecord),
        ("gate_up", MatrixRecord),
        ("down", MatrixRecord),
    )


class StackRecord(ctypes.Structure):
    """``Stack`` of ``kernel.c``."""

    _fields_ = (
        ("layers", ctypes.POINTER(LayerRecord)),
        ("norm", ctypes.c_void_p),
        ("rotations", ctypes.c_void_p),
        ("layer_count", ctypes.c_int32),
        ("hidden", ctypes.c_int32),
        ("heads", ctypes.c_int32),
        ("kv_heads", ctypes.c_int32),
        ("head_dim", ctypes.c_int32),
        ("intermediate", ctypes.c_int32),
        ("positions", ctypes.c_int32),
        ("eps", ctypes.c_float),
    )


class Kernel:
    """The functions of ``kernel.c``. They release Python's lock; threads may call them at once."""

    def __init__(self, library: ctypes.CDLL) -> None:
        address, number = ctypes.c_void_p, ctypes.c_int32
        matrix, stack = ctypes.POINTER(MatrixRecord), ctypes.POINTER(StackRecord)
        self.multiply = library.multiply
        self.multiply.argtypes = (matrix, address, number, address, address, number)
        self.multiply.restype = None
        self.step = library.step
        self.step.argtypes = (stack, address, address, number, address, address, number)
        self.step.restype = None
        self.round_int4 = library.round_int4
        self.round_int4.argtypes = (address, number, number, number, address, number)
        self.round_int4.restype = None
        self.step_bytes = library.step_bytes
        self.step_bytes.argtypes = (stack, number)
        self.step_bytes.restype = ctypes.c_int64


def find_kernel() -> Kernel | None:
    """The kernel; None where it cannot be had, which is logged once."""
    found = _tried()
    return found if isinstance(found, Kernel) else None


def why_no_kernel() -> str | None:
    """Why it cannot be had here, without a full stop; None if it can."""
    found = _tried()
    return found if isinstance(found, str) else None


@cache
def _tried() -> Kernel | str:
    try:
        return compile_kernel()
    except NativeUnavailableError as error:
        _log.info("CSM runs on torch's kernels, which take about twice as long: %s", error)
        return str(error)


def compile_kernel(extra_flags: tuple[str, ...] = ()) -> Kernel:
    """Compile the kernel and load it.

    Raises:
        NativeUnavailableError: it cannot be compiled here.
    """
    return Kernel(compile_library(_SOURCE, extra_flags))
