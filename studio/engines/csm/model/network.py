"""The weights of CSM and what can be asked of them at once."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from studio.engines.csm.files.shape import CsmShape
from studio.engines.csm.model.kv import KvBuffers
from studio.engines.csm.model.stack import Stack
from studio.engines.csm.weights.matrix import Matrix


@dataclass(frozen=True, eq=False)
class CsmModel:
    """Backbone, depth decoder, tables and heads. Weights only, so threads may share it.

    ``text_embedding`` is [text_vocabulary, hidden]. The audio tables have one row for each
    (codebook, id), codebooks after one another: ``audio_embedding`` for the backbone,
    ``depth_embedding`` for the depth decoder with its projector already applied.
    Tables may be kept in a narrower type than ``dtype``, the type that is computed in.
    """

    shape: CsmShape
    dtype: torch.dtype
    device: torch.device
    backbone: Stack
    depth: Stack
    text_embedding: Tensor
    audio_embedding: Tensor
    depth_embedding: Tensor
    depth_projector: Matrix
    codebook0_head: Matrix
    depth_heads: tuple[Matrix, ...]
    _offsets: Tensor = field(init=False)

    def __post_init__(self) -> None:
        books = torch.arange(self.shape.codebooks, device=self.device)
        object.__setattr__(self, "_offsets", books * self.shape.audio_vocabulary)

    def embed_text(self, ids: Tensor) -> Tensor:
        """Rows [n, hidden] of text ``ids`` int64 [n]."""
        return F.embedding(ids, self.text_embedding).to(self.dtype)

    def embed_frames(self, frames: Tensor) -> Tensor:
        """Rows [n, hidden] of ``frames`` int64 [n, codebooks]: the sum over the codebooks."""
        rows = F.embedding(frames + self._offsets, self.audio_embedding)
        return rows.to(self.dtype).sum(dim=-2)

    def embed_code(self, code: Tensor, book: int) -> Tensor:
        """What the depth decoder reads for ``code`` int64 [1] of codebook ``book``: [1, hidden]."""
        at = code + book * self.shape.audio_vocabulary
        return F.embedding(at, self.depth_embedding).to(self.dtype)

    def new_buffers(self) -> KvBuffers:
        """Working buffers for the backbone."""
        return KvBuffers(self.shape.backbone, self.dtype, self.device)

    def new_depth_buffers(self) -> KvBuffers:
        """Working buffers for the depth decoder; each frame overwrites them."""
        return KvBuffers(self.shape.depth, self.dtype, self.device)
