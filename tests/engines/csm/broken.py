"""Ways in which a checkpoint can be broken, each as it comes about on a person's disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

CODEC_MATRIX: Final = "codec_model.decoder_transformer.layers.3.mlp.fc1.weight"
ENCODER_MATRIX: Final = "codec_model.encoder_transformer.layers.3.mlp.fc1.weight"


def damage(folder: Path, how: str) -> None:
    """Break the checkpoint in ``folder`` in the way that is called ``how``.

    Files are replaced and never written into, so ``folder`` may share them with a whole one.
    """
    (DAMAGES | HIDDEN_DAMAGES)[how](folder)


def _holding(folder: Path, tensor: str) -> Path:
    """The weight file that has ``tensor``."""
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "pt") as file:  # type: ignore[no-untyped-call]
            if tensor in file.keys():  # noqa: SIM118
                return path
    raise AssertionError(f"{tensor} is not in {folder}")


def make_other_weights(folder: Path) -> None:
    """Turn the checkpoint in ``folder`` into that of another training run, which is whole."""
    _change(folder, "embed_text_tokens.weight", lambda weight: weight.flip(0).contiguous())


def _replace(path: Path, content: bytes | str) -> None:
    path.unlink()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def _truncate(folder: Path) -> None:
    path = _holding(folder, "lm_head.weight")
    _replace(path, path.read_bytes()[:-1_000])


def _leave_the_header_only(folder: Path) -> None:
    path = _holding(folder, "lm_head.weight")
    _replace(path, path.read_bytes()[:4])


def _rename(folder: Path) -> None:
    path = _holding(folder, "lm_head.weight")
    path.rename(path.with_name("weights.safetensors"))


def _spoil_tokenizer(folder: Path) -> None:
    path = folder / "tokenizer.json"
    _replace(path, path.read_bytes()[:-1_000])


def _not_a_number(weight: Tensor) -> Tensor:
    weight.view(-1)[7] = torch.nan
    return weight


def _configure(folder: Path, **fields: Any) -> None:
    path = folder / "config.json"
    _replace(path, json.dumps({**json.loads(path.read_bytes()), **fields}))


def _change(folder: Path, name: str, changed: Callable[[Tensor], Tensor | None]) -> None:
    """Put another tensor in the place of ``name``, or none."""
    path = _holding(folder, name)
    tensors = load_file(path)
    tensor = changed(tensors.pop(name))
    path.unlink()
    save_file(tensors if tensor is None else {**tensors, name: tensor}, path)


DAMAGES: Final[dict[str, Callable[[Path], None]]] = {
    "truncated": _truncate,
    "header only": _leave_the_header_only,
    "renamed": _rename,
    "no tokenizer": lambda folder: (folder / "tokenizer.json").unlink(),
    "spoilt tokenizer": _spoil_tokenizer,
    "not CSM": lambda folder: _configure(folder, model_type="llama"),
    "not JSON": lambda folder: _replace(folder / "config.json", "{"),
    "wrong shape": lambda folder: _configure(folder, intermediate_size=512),
    "wrong dtype": lambda folder: _change(
        folder, "lm_head.weight", lambda weight: weight.to(torch.int8)
    ),
    "codec incomplete": lambda folder: _change(folder, CODEC_MATRIX, lambda weight: None),
    "codec of wrong shape": lambda folder: _change(
        folder, CODEC_MATRIX, lambda weight: weight[:, :-1].contiguous()
    ),
    "codec of wrong dtype": lambda folder: _change(
        folder, CODEC_MATRIX, lambda weight: weight.to(torch.int8)
    ),
}
"""What shows before anything is loaded."""

HIDDEN_DAMAGES: Final[dict[str, Callable[[Path], None]]] = {
    "codec that is not a number": lambda folder: _change(folder, CODEC_MATRIX, _not_a_number),
    "encoder that is not a number": lambda folder: _change(folder, ENCODER_MATRIX, _not_a_number),
}
"""What shows only when the weights are loaded or, of the encoder, when a clip is encoded."""
