"""A CSM checkpoint of full size with random weights, to measure what does not depend on them.

In the real format, llama3 RoPE scaling spelt out as it is there, Mimi inside. Its tokenizer knows
single bytes only, so a text has about four times the tokens that it would have with the real one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor
from transformers import CsmConfig, MimiConfig

from bench.random_codec import random_weights
from studio.engines.csm.files.shape import read_shape
from studio.engines.csm.files.tensor_names import expected_tensors
from studio.errors import OptionsError

SPACE_NEEDED: Final = 8_000_000_000
"""The checkpoint takes 3.7 GB, copies that are made of it as much again."""
# What the real checkpoint has, in both stacks.
_ROPE: Final = {"rope_type": "llama3", "factor": 32.0}
BACKBONE_ROPE: Final = _ROPE | {
    "low_freq_factor": 0.125,
    "high_freq_factor": 0.5,
    "original_max_position_embeddings": 1024,
}
DEPTH_ROPE: Final = _ROPE | {
    "low_freq_factor": 0.001953125,
    "high_freq_factor": 0.0078125,
    "original_max_position_embeddings": 16,
}
_TIED: Final = "backbone_model.embed_tokens.embed_audio_tokens.weight"
"""Is the same as the depth decoder's, and transformers looks for that one."""

_ROWS_AT_ONCE: Final = 8_192
_FILE_BYTES: Final = 400_000_000


def write_checkpoint(folder: Path) -> Path:
    """Write the checkpoint into ``folder``, a few hundred MB at a time, and return it.

    Raises:
        OptionsError: the disk has no room for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < SPACE_NEEDED:
        raise OptionsError(
            f"Measuring CSM needs {SPACE_NEEDED / 1e9:.0f} GB of free disk for a model of full "
            f"size, and {folder.parent} has less. Set TMPDIR to a folder with more room."
        )
    config = _config()
    (folder / "config.json").write_text(json.dumps(config))
    _tokenizer(config).save(str(folder / "tokenizer.json"))
    files: dict[str, str] = {}
    for number, tensors in enumerate(_in_files(_tensors(config))):
        name = f"model-{number:05d}.safetensors"
        save_file(tensors, folder / name, {"format": "pt"})
        files |= dict.fromkeys(tensors, name)
    index = {"metadata": {}, "weight_map": files}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def _config() -> dict[str, Any]:
    config = CsmConfig(
        rope_scaling=dict(BACKBONE_ROPE),
        depth_decoder_config={"rope_scaling": dict(DEPTH_ROPE)},
        codec_config=MimiConfig(frame_rate=12.5),
    )
    found: dict[str, Any] = config.to_dict()
    return {**found, "architectures": ["CsmForConditionalGeneration"], "dtype": "bfloat16"}


def _tensors(config: dict[str, Any]) -> Iterator[tuple[str, Tensor]]:
    generator = torch.Generator().manual_seed(0)
    for name, shape in expected_tensors(read_shape(config)).items():
        if name != _TIED:
            yield name, _draw(name, shape, generator)
    for name, tensor in random_weights(seed=0).items():
        yield f"codec_model.{name}", tensor


def _draw(name: str, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    if len(shape) == 1:
        return torch.ones(shape, dtype=torch.bfloat16)
    spread = 1.0 if "embed_" in name else shape[-1] ** -0.5
    drawn = torch.empty(shape, dtype=torch.bfloat16)
    rows = drawn.view(-1, shape[-1])
    for start in range(0, len(rows), _ROWS_AT_ONCE):  # drawn in float32, which is twice the size
        part = rows[start : start + _ROWS_AT_ONCE]
        part.copy_(torch.randn(part.shape, generator=generator) * spread)
    return drawn


def _in_files(tensors: Iterator[tuple[str, Tensor]]) -> Iterator[dict[str, Tensor]]:
    held: dict[str, Tensor] = {}
    for name, tensor in tensors:
        held[name] = tensor
        if sum(one.nbytes for one in held.values()) > _FILE_BYTES:
            yield held
            held = {}
    if held:
        yield held


def _tokenizer(config: dict[str, Any]) -> Tokenizer:
    begin = int(config["bos_token_id"])
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate(letters)}
    # The names in between are never met; they keep the tokenizer from complaining of holes.
    vocabulary |= {f"<|{number}|>": number for number in range(len(letters), begin)}
    vocabulary |= {"<|begin_of_text|>": begin, "<|end_of_text|>": begin + 1}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer
