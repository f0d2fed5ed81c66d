"""Layers that both halves of the network are built of.

Kokoro-82M (hexgrad, Apache-2.0) is a StyleTTS 2 (Li et al., "StyleTTS 2: towards human-level
text-to-speech through style diffusion and adversarial training with large speech language
models", NeurIPS 2023). Names of parameters are those of its published weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

STYLE: Final = 128
"""Numbers of each half of a style: timbre, and prosody."""

M = TypeVar("M", bound=nn.Module)

_EPS: Final = 1e-5
_HALF_POWER: Final = 2**-0.5


@dataclass(frozen=True)
class Shape:
    """How wide the network is; these are Kokoro-82M's own figures. ``text`` is the width of all
    that stands between the parts, ``bert`` that of the language model, in heads of 64, and
    ``decoder`` that of the slow half of the decoder."""

    text: int = 512
    bert: int = 768
    bert_inner: int = 2_048
    decoder: int = 1_024

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> Shape:
        """That of the network with the parameters ``tensors``.

        Raises:
            KeyError, IndexError, ValueError: they are not those of such a network.
        """
        inner, bert = tensors["bert.encoder.albert_layer_groups.0.albert_layers.0.ffn.weight"].shape
        text = tensors["text_encoder.embedding.weight"].shape[1]
        (decoder,) = tensors["decoder.encode.conv2.bias"].shape
        if min(inner, bert, text, decoder) < 4:
            raise ValueError("its last stage has a quarter of the width")
        return cls(text=text, bert=bert, bert_inner=inner, decoder=decoder)


class AdaptiveNorm(nn.Module):
    """Every channel brought to mean 0 and variance 1 over the whole length, then scaled and moved
    as the style says (AdaIN; Huang, Belongie 2017)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Linear(STYLE, 2 * channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """``x`` [1, channels, n], ``style`` [1, 128]."""
        factor, shift = self.line(style, *moments(x))
        return torch.addcmul(shift, x, factor)

    def line(self, style: Tensor, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """Factor and shift [1, channels, 1] for sound of this ``mean`` and ``variance``."""
        scale, shift = self.fc(style).unsqueeze(-1).chunk(2, dim=1)
        factor = (1 + scale) * torch.rsqrt(variance + _EPS)
        return factor, shift - mean * factor


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of every channel of ``x`` [1, channels, n]: [1, channels, 1] each."""
    variance, mean = torch.var_mean(x, dim=-1, keepdim=True, correction=0)
    return mean, variance


class StyledBlock(nn.Module):
    """Two convolutions beside a shortcut; with ``upsample`` twice as many steps come out."""

    def __init__(self, channels_in: int, channels_out: int, *, upsample: bool = False) -> None:
        super().__init__()
        self.norm1, self.norm2 = AdaptiveNorm(channels_in), AdaptiveNorm(channels_out)
        self.conv1 = nn.Conv1d(channels_in, channels_out, 3, padding=1)
        self.conv2 = nn.Conv1d(channels_out, channels_out, 3, padding=1)
        if channels_in != channels_out:
            self.conv1x1 = nn.Conv1d(channels_in, channels_out, 1, bias=False)
        if upsample:
            self.pool = nn.ConvTranspose1d(
                channels_in, channels_in, 3, stride=2, padding=1, output_padding=1,
                groups=channels_in,
            )  # fmt: skip
        self._changes_width = channels_in != channels_out
        self._upsamples = upsample

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """``x`` [1, channels_in, n] to [1, channels_out, n or 2 n]."""
        changed = functional.leaky_relu(self.norm1(x, style), 0.2)
        if self._upsamples:
            changed = self.pool(changed)
            x = x.repeat_interleave(2, dim=-1)
        changed = self.conv1(changed)
        changed = self.conv2(functional.leaky_relu(self.norm2(changed, style), 0.2))
        kept = self.conv1x1(x) if self._changes_width else x
        out: Tensor = (changed + kept) * _HALF_POWER
        return out


def each(modules: nn.ModuleList, kind: type[M]) -> list[M]:
    """The members of ``modules``, all of which are of ``kind``."""
    found = [module for module in modules if isinstance(module, kind)]
    assert len(found) == len(modules)
    return found


def both_ways(inputs: int, outputs: int) -> nn.LSTM:
    """An LSTM that reads [1, n, inputs] from both ends into [1, n, outputs]."""
    return nn.LSTM(inputs, outputs // 2, batch_first=True, bidirectional=True)
