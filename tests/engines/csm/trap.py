"""A small model that now and then gets stuck on one sound, and cannot get away from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file

from studio.engines.csm.talk.generating import VoiceModel
from tests.engines.csm import own

SOUND: Final = (5, 9)
"""The first two codes of the frame that it repeats."""


def from_checkpoint(folder: Path, *, pull: float = 2.6) -> VoiceModel:
    """The model in ``folder``, untied, with a trap: who says the sound says it again.

    ``pull`` is how strongly it is drawn into it.
    """
    tensors = {k: v.clone() for k, v in load_file(folder / "model.safetensors").items()}
    first, second = SOUND
    hidden = tensors["lm_head.weight"].shape[1]
    mark = torch.zeros(hidden)
    mark[3] = 1.0
    tensors["backbone_model.embed_tokens.embed_audio_tokens.weight"][first] = 80.0 * mark
    tensors["lm_head.weight"][first] = pull * mark
    projector = tensors["depth_decoder.model.inputs_embeds_projector.weight"]
    depth_mark = torch.zeros(projector.shape[0])
    depth_mark[11] = 1.0
    row = torch.linalg.pinv(projector) @ (60.0 * depth_mark)
    tensors["depth_decoder.model.embed_tokens.weight"][first] = row
    tensors["depth_decoder.codebooks_head.weight"][0, :, second] = 3.0 * depth_mark
    return own.from_tensors(tensors, json.loads((folder / "config.json").read_text()), folder)
