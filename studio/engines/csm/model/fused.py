"""One row through a whole stack of layers in one call of the native kernel.

Between the matrix products of a layer stand some twenty small operations, which in torch take as
long as the products do.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence

import torch
from torch import Tensor

from studio.engines.csm.files.shape import TransformerShape
from studio.engines.csm.model.layers import Layer, RmsNorm
from studio.engines.csm.weights.kernel import BLOCK, GROUP, LayerRecord, StackRecord
from studio.engines.csm.weights.units import UnitMatrix
from studio.native.threads import Threads


class FusedStack:
    """The weights of a stack as the kernel takes them. Threads may share it."""

    def __init__(
        self,
        shape: TransformerShape,
        layers: Sequence[Layer],
        norm: RmsNorm,
        rotations: Tensor,
    ) -> None:
        """Of ``layers`` that ``can_fuse`` accepts; ``rotations`` is that of ``rotation_table``."""
        self._hidden = shape.hidden
        self._layers = tuple(layers)  # what the records point into
        norms = [(one.attention_norm.exact, one.mlp_norm.exact) for one in layers]
        self._kept = (norms, norm.exact, torch.view_as_real(rotations).contiguous())
        self._records = (LayerRecord * len(layers))(
            *(
                LayerRecord(
                    attention.data_ptr(),
                    mlp.data_ptr(),
                    *(_unit(m).record for m in (one.qkv, one.output, one.gate_up, one.down)),
                )
                for one, (attention, mlp) in zip(layers, norms, strict=True)
            )
        )
        self._record = StackRecord(
            layers=self._records,
            norm=self._kept[1].data_ptr(),
            rotations=self._kept[2].data_ptr(),
            layer_count=len(layers),
            hidden=shape.hidden,
            heads=shape.heads,
            kv_heads=shape.kv_heads,
            head_dim=shape.head_dim,
            intermediate=shape.intermediate,
            positions=shape.positions,
            eps=norm.eps,
        )
        self._kernel = _unit(layers[0].qkv).kernel
        self._threads = Threads()

    def __call__(self, x: Tensor, kv: Tensor, position: int) -> Tensor:
        """``x`` [1, hidden] at ``position`` to [1, hidden], normed.

        Its keys and values are written to ``kv``, the tensor of bfloat16 ``KvBuffers``.
        """
        threads = self._threads.choose()
        row = x.to(torch.float32).contiguous()
        out = torch.empty(1, self._hidden)
        room = torch.empty(
            self._kernel.step_bytes(ctypes.byref(self._record), threads), dtype=torch.uint8
        )
        started = time.perf_counter()
        self._kernel.step(
            ctypes.byref(self._record),
            row.data_ptr(),
            kv.data_ptr(),
            position,
            out.data_ptr(),
            room.data_ptr(),
            threads,
        )
        self._threads.took(threads, time.perf_counter() - started)
        return out.to(x.dtype)


def can_fuse(shape: TransformerShape, layers: Sequence[Layer]) -> bool:
    """Whether the kernel can take ``layers``: all of them in units, and of even sizes."""
    matrices = [m for one in layers for m in (one.qkv, one.output, one.gate_up, one.down)]
    return (
        bool(matrices)
        and all(isinstance(matrix, UnitMatrix) and matrix.whole for matrix in matrices)
        and shape.intermediate % max(BLOCK, GROUP) == 0
        and shape.head_dim % 2 == 0
    )


def _unit(matrix: object) -> UnitMatrix:
    if not isinstance(matrix, UnitMatrix):
        raise TypeError(f"{type(matrix).__name__} is not laid out for the native kernel")
    return matrix
