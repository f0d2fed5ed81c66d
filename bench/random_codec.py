"""Random weights in Mimi's real shapes, so that the codec can be timed and tested without any."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from studio.codec import mimi_spec as spec
from studio.codec.mimi_weights import SHAPES, transformers_names

# Larger than a new model's 0.01, so that what the transformers do is heard in the result.
_LAYER_SCALE = 0.2
# Of the last convolution, so that what comes out is about as loud as speech.
_LOUDNESS = 0.1


def random_weights(seed: int) -> dict[str, Tensor]:
    """float32 tensors of Mimi under transformers' names, without the ``codec_model.`` prefix.

    Signals keep their size on the way through and no codebook is empty. The same seed gives the
    same weights.
    """
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in SHAPES.items():
        sources = transformers_names(name)
        part_shape = (shape[0] // len(sources), *shape[1:])
        for source in sources:
            weights[source] = _draw(source, part_shape, generator)
    return weights


def _draw(name: str, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    noise = torch.randn(shape, generator=generator)
    if name.endswith("cluster_usage"):
        return noise.abs() + 0.1
    if name.endswith("embed_sum"):
        return noise / math.sqrt(spec.CODEBOOKS)
    if name.endswith(".scale"):
        return _LAYER_SCALE * (1 + 0.1 * noise)
    if name.endswith("layernorm.weight"):
        return 1 + 0.1 * noise
    if len(shape) == 1:
        return 0.02 * noise
    # In a transposed convolution each output sample is reached by two taps of every input channel.
    stretches = name.startswith("upsample.") or (
        name.startswith("decoder.layers.") and shape[-1] in {2 * ratio for ratio in spec.RATIOS}
    )
    reach = 2 * (1 if shape[1] == 1 else shape[0]) if stretches else math.prod(shape[1:])
    loudness = _LOUDNESS if shape[0] == 1 else 1.0
    return loudness * noise / math.sqrt(reach)
