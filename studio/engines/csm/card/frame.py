"""A frame of speech on a graphics card, in some eight hundred steps instead of three thousand.

It says what ``FrameStep`` says, by kernels made for one row (``kernels``), and in exactly as
many operations at every position: one graph serves all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from studio.engines.csm.card import kernels
from studio.engines.csm.model.kv import KvBuffers
from studio.engines.csm.model.layers import Layer, RmsNorm
from studio.engines.csm.model.network import CsmModel
from studio.engines.csm.model.sampling import Sampling
from studio.engines.csm.model.stack import Stack
from studio.engines.csm.weights.matrix import DenseMatrix, Matrix

POSITIONS_AT_ONCE: Final = 256
FEW_POSITIONS_AT_ONCE: Final = 32
"""In a stack that is as short as the depth decoder."""

COLUMNS_AT_ONCE: Final = 64
_LONG: Final = 4_096
"""Columns from which a row is shared by many threads."""

_PER_WARP: Final = 2_048
"""Numbers of a block of keys for each warp: 64 for a thread."""

_STARTS_AHEAD: Final = (9, 0)
"""Compute capability from which a kernel can be started before the one before it has ended."""


class CardFrame:
    """Makes frames from the codes in ``frame`` and the backbone's state, on the card alone.

    ``frame`` int64 [codebooks] is read and then overwritten; ``position`` int64 [1] is moved on.
    """

    def __init__(self, model: CsmModel, kv: KvBuffers) -> None:
        shape, device = model.shape, model.device
        depth_kv = model.new_depth_buffers()
        self._model = model
        self.frame = torch.zeros(shape.codebooks, dtype=torch.int64, device=device)
        self.position = torch.zeros(1, dtype=torch.int64, device=device)
        self.hidden = torch.zeros(shape.backbone.hidden, dtype=torch.float32, device=device)
        """The backbone's last row, normed, from which the first frame of a reply is made."""
        self.noise = torch.zeros(shape.codebooks, shape.codes, device=device)
        self._settings = torch.ones(2, device=device)
        self._top_k = torch.ones(1, dtype=torch.int64, device=device)
        ahead = device.type == "cuda" and torch.cuda.get_device_capability(device) >= _STARTS_AHEAD
        self._launch = _Launch(ahead)
        self._backbone = _CardStack(model.backbone, kv, self._launch)
        self._depth = _CardStack(model.depth, depth_kv, self._launch)
        self._depth_at = [depth_kv.positions[at : at + 1] for at in range(shape.codebooks)]
        self._logits = torch.zeros(shape.codes, device=device)

    def begin(self, hidden: Tensor, at: int, sampling: Sampling) -> None:
        """Put in what the first frame of a reply is made of."""
        self.hidden.copy_(hidden[0])
        self.position.fill_(at)
        greedy = sampling.greedy
        self._settings[0] = 1.0 if greedy else 1.0 / sampling.temperature
        self._settings[1] = 0.0 if greedy else 1.0
        self._top_k.fill_(self._model.shape.codes if greedy else sampling.top_k)

    def first(self) -> None:
        """The frame after ``hidden``."""
        self._make(self.hidden, None)

    def following(self) -> None:
        """The frame after ``frame``, which is read at ``position``."""
        shape, stack = self._model.shape, self._backbone
        hidden = shape.backbone.hidden
        self._launch(
            kernels.embed_frame, -(-hidden // COLUMNS_AT_ONCE),
            self.frame, self._model.audio_embedding, stack.x, shape.audio_vocabulary,
            BOOKS=shape.codebooks, ALL=_power(shape.codebooks), HIDDEN=hidden,
            COLUMNS=COLUMNS_AT_ONCE,
        )  # fmt: skip
        stack.read(self.position)
        self._make(stack.x, stack.norm)
        self.position.add_(1)

    def _make(self, hidden: Tensor, norm: RmsNorm | None) -> None:
        model, depth = self._model, self._depth
        self._launch.multiply(model.codebook0_head, hidden, self._logits, norm)
        # The depth decoder reads the backbone's row before the first code.
        self._launch.multiply(model.depth_projector, hidden, depth.x, norm)
        depth.read(self._depth_at[0])
        self._choose(0)
        for book, head in enumerate(model.depth_heads, start=1):
            depth.read(self._depth_at[book])
            self._launch.multiply(head, depth.x, self._logits, depth.norm)
            self._choose(book)

    def _choose(self, book: int) -> None:
        shape = self._model.shape
        hidden = shape.depth.hidden
        self._launch(
            kernels.choose, 1,
            self._logits, self.noise[book], self._settings, self._top_k, self.frame,
            self._model.depth_embedding, self._depth.x, book, book * shape.audio_vocabulary,
            CODES=shape.codes, ALL=_power(shape.codes), HIDDEN=hidden, WIDTH=_power(hidden),
            EMBED=book < shape.codebooks - 1, warps=8,
        )  # fmt: skip


class _CardStack:
    """A stack of layers for one row, in ``x`` float32 [hidden] from what goes in to what comes
    out, ``norm`` still to be applied."""

    def __init__(self, stack: Stack, kv: KvBuffers, launch: _Launch) -> None:
        shape = stack.shape
        device = kv.tensor.device
        self.x = torch.zeros(shape.hidden, device=device)
        self.norm = stack.norm
        self._stack = stack
        self._kv = kv
        self._launch = launch
        self._rotations = torch.view_as_real(stack.rotations).contiguous()
        self._queries = torch.zeros(shape.heads * shape.head_dim, device=device)
        self._heard = torch.zeros_like(self._queries, dtype=kv.tensor.dtype)
        self._gated = torch.zeros(shape.intermediate, dtype=kv.tensor.dtype, device=device)

    def read(self, position: Tensor) -> None:
        for number, layer in enumerate(self._stack.layers):
            self._read(layer, *self._kv.layers[number], position)

    def _read(self, layer: Layer, keys: Tensor, values: Tensor, position: Tensor) -> None:
        self._turn(layer, keys, values, position)
        self._attend(keys, values, position)
        self._launch.multiply(layer.output, self._heard, self.x, add=True)
        self._gate(layer)
        self._launch.multiply(layer.down, self._gated, self.x, add=True)

    def _turn(self, layer: Layer, keys: Tensor, values: Tensor, position: Tensor) -> None:
        shape, norm, weight = self._stack.shape, layer.attention_norm, _weight(layer.qkv)
        rows, warps = _share(*weight.shape)
        rows = min(rows, shape.head_dim)
        self._launch(
            kernels.multiply_turned, len(weight) // rows, self.x, norm.weight, weight,
            self._rotations, position, self._queries, keys, values, norm.eps, shape.positions,
            **_columns(weight), ROWS=rows, HEADS=shape.heads, KV_HEADS=shape.kv_heads,
            HEAD_DIM=shape.head_dim, warps=warps,
        )  # fmt: skip

    def _attend(self, keys: Tensor, values: Tensor, position: Tensor) -> None:
        shape = self._stack.shape
        short = shape.positions < POSITIONS_AT_ONCE
        block = FEW_POSITIONS_AT_ONCE if short else POSITIONS_AT_ONCE
        self._launch(
            kernels.attend, shape.heads,
            self._queries, keys, values, position, self._heard, shape.head_dim**-0.5,
            shape.positions, GROUP=shape.heads // shape.kv_heads, HEAD_DIM=shape.head_dim,
            BLOCK=block, warps=max(1, block * shape.head_dim // _PER_WARP),
        )  # fmt: skip

    def _gate(self, layer: Layer) -> None:
        norm, weight, half = layer.mlp_norm, _weight(layer.gate_up), self._stack.shape.intermediate
        rows, warps = _share(half, weight.shape[1])
        rows = max(1, rows // 2)  # of gates, each with its up
        self._launch(
            kernels.multiply_gated, half // rows, self.x, norm.weight, weight, self._gated,
            norm.eps, half, **_columns(weight), ROWS=rows, warps=warps,
        )  # fmt: skip


@dataclass(frozen=True)
class _Launch:
    """Starts kernels; ``ahead`` of the end of the one before where the card can do that."""

    ahead: bool

    def __call__(
        self, kernel: Any, programs: int, *given: Any, warps: int = 4, **sizes: Any
    ) -> None:
        if self.ahead:
            kernel[(programs,)](*given, **sizes, AHEAD=True, num_warps=warps, launch_pdl=True)
        else:
            kernel[(programs,)](*given, **sizes, AHEAD=False, num_warps=warps)

    def multiply(
        self,
        matrix: Matrix,
        x: Tensor,
        out: Tensor,
        norm: RmsNorm | None = None,
        *,
        add: bool = False,
    ) -> None:
        weight = _weight(matrix)
        rows, warps = _share(*weight.shape)
        self(
            kernels.multiply, len(weight) // rows,
            x, norm.weight if norm else weight, weight, out, norm.eps if norm else 0.0,
            **_columns(weight), ROWS=rows, NORM=norm is not None, ADD=add, warps=warps,
        )  # fmt: skip


def _share(rows: int, columns: int) -> tuple[int, int]:
    """How many of ``rows`` a program takes, and its warps: few enough that several programs fit a
    multiprocessor, enough that each thread asks for 64 bytes at once or more."""
    long = columns > _LONG
    wanted = 2 if long else max(4, _LONG // _power(columns))
    return min(wanted, rows & -rows), 16 if long else 4


def _columns(weight: Tensor) -> dict[str, int]:
    return {"COLUMNS": weight.shape[1], "WIDTH": _power(weight.shape[1])}


def _weight(matrix: Matrix) -> Tensor:
    assert isinstance(matrix, DenseMatrix)
    return matrix.weight


def _power(size: int) -> int:
    """The smallest power of two that is not under ``size``."""
    return 1 << (size - 1).bit_length()
