"""SEANet, the convolutions that make sound (Tagliasacchi et al. 2020), for streams of steps."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from studio.codec import mimi_spec as spec
from studio.codec.mimi_weights import MimiWeights
from studio.codec.short_convolution import ShortConvolution


class Seanet:
    """Weights only; safe to use from several threads with what ``start`` gives for each stream."""

    def __init__(self, weights: MimiWeights, device: torch.device) -> None:
        self.convolutions = [_convolution(weights, stem, device) for stem in _stems()]

    def start(self) -> list[Tensor]:
        """What each convolution carries before the first chunk."""
        return [convolution.start() for convolution in self.convolutions]

    def __call__(self, chunk: Tensor, carried: list[Tensor]) -> Tensor:
        """[steps, 512] -> [steps * 960]; ``carried`` is moved on."""
        parts = iter(zip(self.convolutions, carried, strict=True))

        def convolve(chunk: Tensor) -> Tensor:
            convolution, before = next(parts)
            return convolution(chunk, before)

        chunk = convolve(chunk)
        for _ in spec.RATIOS:
            chunk = convolve(functional.elu_(chunk))
            narrow = convolve(functional.elu(chunk))
            chunk = chunk + convolve(functional.elu_(narrow))
        return convolve(functional.elu_(chunk)).view(-1)


def _stems() -> list[str]:
    """moshi's names of the convolutions, in the order in which sound goes through them."""
    stems, index = ["decoder.model.0.conv.conv"], 2
    for _ in spec.RATIOS:
        stems.append(f"decoder.model.{index}.convtr.convtr")
        stems += [f"decoder.model.{index + 1}.block.{number}.conv.conv" for number in (1, 3)]
        index += 3
    return [*stems, f"decoder.model.{index}.conv.conv"]


def _convolution(weights: MimiWeights, stem: str, device: torch.device) -> ShortConvolution:
    make = ShortConvolution.transposed if stem.endswith("convtr") else ShortConvolution.plain
    weight, bias = (weights.tensor(f"{stem}.{part}").to(device) for part in ("weight", "bias"))
    return make(weight, bias)
