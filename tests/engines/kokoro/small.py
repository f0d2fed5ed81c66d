"""A small network with the layout of Kokoro-82M, drawn from a seed: quick, and not speech.

For tests in which nobody judges the sound. What it says has lengths, pitch and level like speech.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from studio.engines.kokoro.network.blocks import Shape
from studio.engines.kokoro.network.kokoro import Kokoro
from studio.engines.kokoro.network.vocoder import BINS, Generator

SHAPE = Shape(text=16, bert=64, bert_inner=64, decoder=32)
FRAMES = 2.2
"""Of 25 ms for a phoneme, about: hurried, since some tests hear all of it."""

PITCH_HZ = 150.0
HEARD_BINS = 3
"""Of 1,200 Hz each: above them a random network hums at a pitch of its own."""


def small_tensors(seed: int = 1) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    network = Kokoro(SHAPE)
    with torch.no_grad():
        for table in (part for part in network.modules() if isinstance(part, torch.nn.Embedding)):
            table.weight.normal_()
        last = network.predictor.duration_proj.linear_layer
        share = torch.tensor(FRAMES / last.out_features)
        last.bias.fill_(float(torch.logit(share)))
        network.predictor.F0_proj.bias.fill_(PITCH_HZ)
        network.predictor.F0_proj.weight.mul_(30.0)
        _let_the_source_be_heard(network.decoder.generator)
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def _let_the_source_be_heard(generator: Generator) -> None:
    """Most of the sound is made of the harmonic source, so that it has the pitch that was asked."""
    generator.m_source.l_linear.weight.fill_(0.3)
    for conv in generator.noise_convs:
        conv.weight[:, BINS:].fill_(0.0)  # angles, which jump
    for name, parameter in generator.named_parameters():
        if name.startswith("ups.") or ".convs2." in name:
            parameter.mul_(0.3)
    last = generator.conv_post
    last.weight[HEARD_BINS:BINS].fill_(0.0)
    last.bias[:HEARD_BINS].fill_(-2.0)
    last.bias[HEARD_BINS:BINS].fill_(-8.0)


def write_small(path: Path, seed: int = 1) -> Path:
    """The weights of a small network as a file."""
    save_file(small_tensors(seed), path)
    return path
