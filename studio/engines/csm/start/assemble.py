"""From the tensors of a checkpoint to a model, one part at a time.

A model is built of named parts (``backbone.layers.3.qkv``). Where they come from is a source: the
checkpoint itself, a copy in which they were kept ready-made, or the same model on another device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from studio.engines.csm.files.shape import CsmShape, TransformerShape
from studio.engines.csm.model.layers import Layer, RmsNorm
from studio.engines.csm.model.network import CsmModel
from studio.engines.csm.model.stack import Stack
from studio.engines.csm.weights.matrix import DenseMatrix, Matrix

_STACKS: Final = {"backbone": "backbone_model", "depth": "depth_decoder.model"}
_BACKBONE_AUDIO: Final = "backbone_model.embed_tokens.embed_audio_tokens.weight"
_DEPTH_AUDIO: Final = "depth_decoder.model.embed_tokens.weight"
_PROJECTOR: Final = "depth_decoder.model.inputs_embeds_projector.weight"
_DEPTH_HEADS: Final = "depth_decoder.codebooks_head.weight"

Take = Callable[[str], Tensor]
"""Gives the tensor of that name in the checkpoint; raises KeyError where there is none."""

MakeMatrix = Callable[[str, Tensor], Matrix]
"""Makes a matrix of a weight [rows, columns] of the part "backbone", "depth", "head" (of codebook
0) or "depth_head"; may keep the tensor."""


class Source(Protocol):
    """Where the parts of a model come from, by their names in this module."""

    def matrix(self, name: str) -> Matrix:
        """The matrix of that name."""

    def tensor(self, name: str) -> Tensor:
        """The norm weight or table of that name, on the device of the model."""


def build_model(
    source: Source, shape: CsmShape, dtype: torch.dtype, device: torch.device
) -> CsmModel:
    """The model made of the parts of ``source``, asked for one after another."""
    return CsmModel(
        shape=shape,
        dtype=dtype,
        device=device,
        backbone=_build_stack(source, "backbone", shape.backbone, device),
        depth=_build_stack(source, "depth", shape.depth, device),
        text_embedding=source.tensor("text_embedding"),
        audio_embedding=source.tensor("audio_embedding"),
        depth_embedding=source.tensor("depth_embedding"),
        depth_projector=source.matrix("depth_projector"),
        codebook0_head=source.matrix("codebook0_head"),
        depth_heads=tuple(
            source.matrix(f"depth_heads.{book}") for book in range(shape.codebooks - 1)
        ),
    )


def _build_stack(source: Source, name: str, shape: TransformerShape, device: torch.device) -> Stack:
    def layers() -> Iterator[Layer]:
        for index in range(shape.layers):
            at = f"{name}.layers.{index}"
            yield Layer(
                attention_norm=RmsNorm(source.tensor(f"{at}.attention_norm"), shape.norm_eps),
                qkv=source.matrix(f"{at}.qkv"),
                output=source.matrix(f"{at}.output"),
                mlp_norm=RmsNorm(source.tensor(f"{at}.mlp_norm"), shape.norm_eps),
                gate_up=source.matrix(f"{at}.gate_up"),
                down=source.matrix(f"{at}.down"),
            )

    norm = RmsNorm(source.tensor(f"{name}.norm"), shape.norm_eps)
    return Stack(shape, tuple(layers()), norm, device)


class CheckpointParts:
    """The parts made from a checkpoint of transformers."""

    def __init__(
        self,
        take: Take,
        shape: CsmShape,
        make_matrix: MakeMatrix,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        self._take = take
        self._shape = shape
        self._make_matrix = make_matrix
        self._dtype = dtype
        self._device = device

    def matrix(self, name: str) -> Matrix:
        if name == "depth_projector":
            return self._make_matrix("depth", self._cast(self._take(_PROJECTOR)))
        if name == "codebook0_head":
            # The reserved ids have no rows, so that they can never be spoken.
            weight = self._take("lm_head.weight")[: self._shape.codes]
            return self._make_matrix("head", self._cast(weight))
        if name.startswith("depth_heads."):
            # [codebooks - 1, hidden, ids], unlike every other weight.
            weight = self._take(_DEPTH_HEADS)[int(name.rpartition(".")[2])]
            return self._make_matrix("depth_head", self._cast(weight[:, : self._shape.codes].T))
        stack, _, index, kind = name.split(".")
        shape = self._shape.backbone if stack == "backbone" else self._shape.depth
        weights = self._layer_weights(f"{_STACKS[stack]}.layers.{index}", kind, shape)
        return self._make_matrix(stack, torch.cat([self._cast(w) for w in weights]))

    def tensor(self, name: str) -> Tensor:
        if name == "text_embedding":
            return self._table("embed_text_tokens.weight")
        if name == "audio_embedding":
            return self._table(_BACKBONE_AUDIO, _DEPTH_AUDIO)
        if name == "depth_embedding":
            return self._projected_table()
        stack, _, rest = name.partition(".")
        kind = rest.rpartition(".")[2]
        renamed = {
            "attention_norm": "input_layernorm",
            "mlp_norm": "post_attention_layernorm",
            "norm": "norm",
        }[kind]
        return self._cast(self._take(f"{_STACKS[stack]}.{rest.removesuffix(kind)}{renamed}.weight"))

    def _layer_weights(self, at: str, kind: str, shape: TransformerShape) -> list[Tensor]:
        if kind == "qkv":
            query, key, value = (self._take(f"{at}.self_attn.{c}_proj.weight") for c in "qkv")
            return [in_pairs(query, shape.head_dim), in_pairs(key, shape.head_dim), value]
        names = {
            "output": ["self_attn.o_proj"],
            "gate_up": ["mlp.gate_proj", "mlp.up_proj"],
            "down": ["mlp.down_proj"],
        }[kind]
        return [self._take(f"{at}.{name}.weight") for name in names]

    def _table(self, *names: str) -> Tensor:
        """The first table there is of ``names``, in the narrower of its own type and ours."""
        for name in names[:-1]:
            try:
                return self._narrowed(self._take(name))
            except KeyError:
                continue  # tied: it is kept once, under the other name
        return self._narrowed(self._take(names[-1]))

    def _narrowed(self, table: Tensor) -> Tensor:
        if table.dtype.itemsize > self._dtype.itemsize:
            table = table.to(self._dtype)
        return table.to(self._device)

    def _projected_table(self) -> Tensor:
        """The depth decoder's audio embedding times its projector; codebook by codebook, because
        the product is made in float32."""
        table = self._table(_DEPTH_AUDIO, _BACKBONE_AUDIO)
        projector = self._take(_PROJECTOR).to(self._device, torch.float32)
        out = torch.empty(
            table.shape[0], projector.shape[0], dtype=self._dtype, device=self._device
        )
        step = self._shape.audio_vocabulary
        for start in range(0, table.shape[0], step):
            out[start : start + step] = F.linear(table[start : start + step].float(), projector)
        return out

    def _cast(self, weight: Tensor) -> Tensor:
        return weight.to(self._device, self._dtype).contiguous()


class ModelParts:
    """The parts of a model that is in memory, to make it again on ``device``.

    Quantised matrices stay where they are: they serve the processor only.
    """

    def __init__(self, model: CsmModel, device: torch.device) -> None:
        self._model = model
        self._device = device

    def matrix(self, name: str) -> Matrix:
        found: Matrix = self._part(name)
        if isinstance(found, DenseMatrix):
            return DenseMatrix(found.weight.to(self._device))
        return found

    def tensor(self, name: str) -> Tensor:
        found: RmsNorm | Tensor = self._part(name)
        return (found.weight if isinstance(found, RmsNorm) else found).to(self._device)

    def _part(self, name: str) -> Any:
        """Parts are named by where they are in the model."""
        found: Any = self._model
        for step in name.split("."):
            found = found[int(step)] if step.isdigit() else getattr(found, step)
        return found


def in_pairs(weight: Tensor, head_dim: int) -> Tensor:
    """Rows of queries or keys reordered, head by head: the two halves that RoPE turns against
    each other stand next to each other, as in a complex number."""
    halves = weight.view(-1, 2, head_dim // 2, weight.shape[1])
    return halves.transpose(1, 2).reshape(weight.shape)
