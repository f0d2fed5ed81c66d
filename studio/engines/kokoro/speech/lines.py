"""The norms of the sound-making part as lines, measured once for a voice.

The network brings every channel to mean 0 and variance 1 over the whole sentence. What a sentence
says moves these figures by a few per cent only, so those of some usual sentences serve for all:
then sound can be made from the start on, before the end is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.engines.kokoro.network.blocks import AdaptiveNorm, each, moments
from studio.engines.kokoro.network.vocoder import Generator, SnakeBlock

KEPT: Final = np.float16
"""How moments are kept: 37 KB a voice."""


class Measuring:
    """Lines as the network has them, for ``Generator.forward``; keeps the moments it saw."""

    def __init__(self, timbre: Tensor) -> None:
        self._timbre = timbre
        self._seen: dict[AdaptiveNorm, list[tuple[int, Tensor, Tensor]]] = {}

    def __call__(self, norm: AdaptiveNorm, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, variance = moments(x)
        self._seen.setdefault(norm, []).append((x.shape[-1], mean, variance))
        return norm.line(self._timbre, mean, variance)

    def moments(self, generator: Generator) -> NDArray[np.float16]:
        """Means and deviations over all that was seen, [2, channels of all norms]."""
        rows = []
        for norm in norms(generator):
            seen = self._seen[norm]
            count = sum(n for n, _, _ in seen)
            mean = torch.stack([m * (n / count) for n, m, _ in seen]).sum(dim=0)
            square = torch.stack([(v + m * m) * (n / count) for n, m, v in seen]).sum(dim=0)
            deviation = (square - mean * mean).clamp(min=0).sqrt()
            rows.append(torch.cat([mean, deviation], dim=0)[:, :, 0])
        return torch.cat(rows, dim=-1).numpy().astype(KEPT)


class FixedLines:
    """The lines that ``Measuring.moments`` gives with ``timbre`` [1, 128], whatever is said."""

    def __init__(self, generator: Generator, timbre: Tensor, kept: NDArray[np.float16]) -> None:
        """Raises ValueError where ``kept`` is not of this network."""
        values = torch.from_numpy(kept.astype(np.float32))
        own = list(norms(generator))
        sizes = [norm.fc.out_features // 2 for norm in own]
        if tuple(values.shape) != (2, sum(sizes)):
            raise ValueError(f"moments of {list(values.shape)} do not fit {sum(sizes)} channels")
        self._lines = {
            norm: norm.line(timbre, part[:1, :, None], part[1:, :, None].square())
            for norm, part in zip(own, torch.split(values, sizes, dim=-1), strict=True)
        }

    def __call__(self, norm: AdaptiveNorm, x: Tensor) -> tuple[Tensor, Tensor]:
        return self._lines[norm]


def norms(generator: Generator) -> Iterable[AdaptiveNorm]:
    """All norms of ``generator``, always in the same order."""
    for block in (*each(generator.noise_res, SnakeBlock), *each(generator.resblocks, SnakeBlock)):
        yield from each(block.adain1, AdaptiveNorm)
        yield from each(block.adain2, AdaptiveNorm)
