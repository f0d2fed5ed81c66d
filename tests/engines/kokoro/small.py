"""A small network with the layout of Kokoro-82M, drawn from a seed: quick, and not speech.

For tests in which nobody judges the sound. What it says has lengths, pitch and level like speech.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from studio.engines.kokoro.blocks import Shape
from studio.engines.kokoro.network import Kokoro

SHAPE = Shape(text=16, bert=64, bert_inner=64, decoder=32)
FRAMES = 3.2
"""Of 25 ms for a phoneme, about."""

PITCH_HZ = 150.0


def small_tensors(seed: int = 1) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    network = Kokoro(SHAPE)
    with torch.no_grad():
        last = network.predictor.duration_proj.linear_layer
        share = torch.tensor(FRAMES / last.out_features)
        last.bias.fill_(float(torch.logit(share)))
        network.predictor.F0_proj.bias.fill_(PITCH_HZ)
        network.predictor.F0_proj.weight.mul_(30.0)
        network.decoder.generator.m_source.l_linear.weight.fill_(0.3)
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def write_small(path: Path, seed: int = 1) -> Path:
    """The weights of a small network as a file."""
    save_file(small_tensors(seed), path)
    return path
