"""Our runtime on a small checkpoint, and transformers asked for the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from transformers import CsmForConditionalGeneration

from studio.engines.csm.files.shape import CsmShape, read_shape
from studio.engines.csm.start.assemble import CheckpointParts, build_model
from studio.engines.csm.talk.context import ReadTurns
from studio.engines.csm.talk.generating import FrameStream, VoiceModel
from studio.engines.csm.talk.prefill import Prefill
from studio.engines.csm.talk.prompt import PromptText
from studio.engines.csm.weights.matrix import DenseMatrix
from studio.types import CodecTokens, Segment, SpeechOptions

CPU = torch.device("cpu")
GREEDY = SpeechOptions(temperature=0.0)

Codes = NDArray[np.int16]


def shape_of(folder: Path) -> CsmShape:
    return read_shape(json.loads((folder / "config.json").read_text()))


def from_checkpoint(
    folder: Path, dtype: torch.dtype = torch.float32, device: torch.device = CPU
) -> VoiceModel:
    """The runtime on the checkpoint in ``folder``, which may be sharded."""
    tensors = {}
    for file in sorted(folder.glob("*.safetensors")):
        tensors |= load_file(file)
    config = json.loads((folder / "config.json").read_text())
    return from_tensors(tensors, config, folder, dtype, device)


def from_oracle(oracle: CsmForConditionalGeneration, folder: Path) -> VoiceModel:
    """The runtime on the weights that ``oracle`` has now, with the tokenizer of ``folder``."""
    return from_tensors(oracle.state_dict(), oracle.config.to_dict(), folder)


def from_tensors(
    tensors: Mapping[str, torch.Tensor],
    config: Mapping[str, Any],
    folder: Path,
    dtype: torch.dtype = torch.float32,
    device: torch.device = CPU,
) -> VoiceModel:
    """The runtime on dense weights, with the tokenizer of ``folder``."""
    shape = read_shape(config)
    take, dense = tensors.__getitem__, lambda _part, weight: DenseMatrix(weight)
    parts = CheckpointParts(take, shape, dense, dtype, device)
    model = build_model(parts, shape, dtype, device)
    return VoiceModel(Prefill(model), PromptText(folder / "tokenizer.json", shape))


def segment(text: str, codes: Codes, speaker: int = 0) -> Segment:
    return Segment("clip", text, None, CodecTokens(codes, "mimi", "1"), speaker=speaker, sha256="1")


def random_codes(frames: int, seed: int = 0) -> Codes:
    return np.random.default_rng(seed).integers(0, 2048, (32, frames)).astype(np.int16)


def take_frames(reply: FrameStream, frames: int) -> Codes:
    """The first ``frames`` of ``reply``, which is then cancelled: [codebooks, frames]."""
    taken = [next(reply) for _ in range(frames)]
    reply.close()
    return np.stack(taken, axis=1)


def greedy(
    voices: VoiceModel, memory: ReadTurns, text: str, frames: int, speaker: int = 0
) -> Codes:
    return take_frames(voices.speak(memory, text, GREEDY, speaker=speaker), frames)


def spoken_by(oracle: CsmForConditionalGeneration, frames: int, **inputs: torch.Tensor) -> Codes:
    """What transformers' ``generate`` says, greedily: [codebooks, at most ``frames``]."""
    codes = oracle.generate(
        **inputs, do_sample=False, depth_decoder_do_sample=False, max_new_tokens=frames
    )
    return codes[0].T.numpy().astype(np.int16)


@torch.no_grad()
def embedded(
    oracle: CsmForConditionalGeneration, rows: list[NDArray[np.int16] | NDArray[np.int64]]
) -> torch.Tensor:
    """Rows of text ids [n] and of frames [codebooks, n], embedded by transformers' own tables.

    Its ``generate`` takes sound only as samples; codes that were spoken before reach it so.
    """
    pieces = []
    for piece in rows:
        ids = torch.from_numpy(piece.astype(np.int64))
        if ids.ndim == 1:
            pieces.append(oracle.embed_text_tokens(ids)[None])
        else:
            pieces.append(oracle.backbone_model.embed_tokens(ids.T[None]))
    return torch.cat(pieces, dim=1)
