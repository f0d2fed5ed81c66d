"""The decoder's layers in one call of C (``decoder.c``).

The same arithmetic as the transformer and SEANet in torch, whose states it takes. In torch half
the time of a call goes into products of few rows, which its libraries make at a third of the
memory's speed.
"""

from __future__ import annotations

import ctypes
import logging
import time
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from studio.codec import mimi_spec as spec
from studio.codec.decoder_transformer import DecoderTransformer, KeysAndValues, TransformerLayer
from studio.codec.seanet import Seanet
from studio.codec.short_convolution import ShortConvolution
from studio.native.library import NativeUnavailableError, compile_library
from studio.native.threads import Threads

_log = logging.getLogger(__name__)

SOURCE: Final = Path(__file__).with_name("decoder.c")
_BLOCK: Final = 16


class _ProductRecord(ctypes.Structure):
    """``Product`` of ``decoder.c``; so are those below of what they are named after."""

    _fields_ = (
        ("weight", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
        ("rows", ctypes.c_int32),
        ("columns", ctypes.c_int32),
    )


class _ConvolutionRecord(ctypes.Structure):
    _fields_ = (
        ("product", _ProductRecord),
        ("taps", ctypes.c_int32),
        ("into", ctypes.c_int32),
        ("stretch", ctypes.c_int32),
    )


class _LayerRecord(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("norm1", "bias1", "norm2", "bias2")),
        *((name, _ProductRecord) for name in ("qkv", "out", "up", "down")),
    )


class _DecoderRecord(ctypes.Structure):
    _fields_ = (
        ("layers", ctypes.POINTER(_LayerRecord)),
        ("convolutions", ctypes.POINTER(_ConvolutionRecord)),
        ("speeds", ctypes.c_void_p),
        *((name, ctypes.c_int32) for name in ("layer_count", "stages", "width", "heads", "window")),
        ("eps", ctypes.c_float),
    )


@cache
def find_native() -> ctypes.CDLL | None:
    """The compiled ``decoder.c``; None where it cannot be had, which is logged once."""
    try:
        return compile_library(SOURCE)
    except NativeUnavailableError as error:
        _log.info("The codec runs on torch's products, which take longer: %s", error)
        return None


class NativeDecoder:
    """The weights of both as the C code takes them. Threads may share it."""

    def __init__(
        self, library: ctypes.CDLL, transformer: DecoderTransformer, seanet: Seanet
    ) -> None:
        self._library: Any = library
        library.scratch_floats.restype = ctypes.c_int64
        self._kept: list[Tensor] = []  # what the records point into
        layers = [self._layer(layer) for layer in transformer.layers]
        convolutions = [self._convolution(one) for one in seanet.convolutions]
        self._record = _DecoderRecord(
            layers=(_LayerRecord * len(layers))(*layers),
            convolutions=(_ConvolutionRecord * len(convolutions))(*convolutions),
            speeds=self._keep(transformer.speeds),
            layer_count=len(layers),
            stages=len(spec.RATIOS),
            width=spec.DIM,
            heads=spec.HEADS,
            window=spec.WINDOW,
            eps=spec.NORM_EPSILON,
        )
        # Calls of one size take equally long, which is what the choice is judged by.
        self._threads: defaultdict[int, Threads] = defaultdict(Threads)

    def __call__(self, steps: Tensor, seen: KeysAndValues, carried: list[Tensor]) -> Tensor:
        """[steps, 512] -> [steps * 960]; ``seen`` and ``carried`` are moved on."""
        count, threads = len(steps), self._threads[len(steps)].choose()
        record, steps = ctypes.byref(self._record), steps.contiguous()
        sound = torch.empty(count * spec.SAMPLES_PER_STEP)
        scratch = torch.empty(self._library.scratch_floats(record, count, threads))
        started = time.perf_counter()
        self._library.decode(
            record,
            _address(steps),
            count,
            _address(seen.keys),
            _address(seen.values),
            ctypes.c_int64(seen.position),
            seen.room,
            (ctypes.c_void_p * len(carried))(*(one.data_ptr() for one in carried)),
            _address(sound),
            _address(scratch),
            threads,
        )
        self._threads[count].took(threads, time.perf_counter() - started)
        seen.position += count
        return sound

    def _layer(self, layer: TransformerLayer) -> _LayerRecord:
        norms = [self._keep(one) for one in (*layer.norm1, *layer.norm2)]
        products = (layer.queries_keys_values, layer.out, layer.up, layer.down)
        return _LayerRecord(*norms, *(self._product(weight, None) for weight in products))

    def _convolution(self, one: ShortConvolution) -> _ConvolutionRecord:
        product = self._product(one.matrix, one.bias)
        return _ConvolutionRecord(product, one.taps, one.into, one.stretch)

    def _product(self, weight: Tensor, bias: Tensor | None) -> _ProductRecord:
        rows, columns = weight.shape
        weight = weight.contiguous()
        packed = torch.empty(-(-rows // _BLOCK), columns, _BLOCK)
        self._library.pack(_address(weight), rows, columns, _address(packed))
        return _ProductRecord(
            self._keep(packed), None if bias is None else self._keep(bias), rows, columns
        )

    def _keep(self, tensor: Tensor) -> int:
        self._kept.append(tensor.contiguous())
        return self._kept[-1].data_ptr()


def _address(tensor: Tensor) -> ctypes.c_void_p:
    return ctypes.c_void_p(tensor.data_ptr())
