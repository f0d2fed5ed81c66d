"""Against torch's own convolutions, chunk by chunk."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from studio.codec.short_convolution import ShortConvolution

STEPS = 600
"""Chunks on both sides of where the way of computing changes."""


def in_chunks(convolution: ShortConvolution, signal: torch.Tensor, size: int) -> torch.Tensor:
    before = convolution.start()
    return torch.cat([convolution(chunk, before) for chunk in signal.split(size)])


@pytest.mark.parametrize("size", [1, 2, 40, 300, STEPS])
@pytest.mark.parametrize("taps", [1, 3, 7])
def test_plain(size: int, taps: int) -> None:
    generator = torch.Generator().manual_seed(taps)
    weight = torch.randn(6, 4, taps, generator=generator)
    bias = torch.randn(6, generator=generator)
    signal = torch.randn(STEPS, 4, generator=generator)
    padded = functional.pad(signal.t()[None], (taps - 1, 0))
    expected = functional.conv1d(padded, weight, bias)[0].t()
    made = in_chunks(ShortConvolution.plain(weight, bias), signal, size)
    torch.testing.assert_close(made, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", [1, 2, 40, 300, STEPS])
@pytest.mark.parametrize("stride", [1, 4, 5])
def test_transposed(size: int, stride: int) -> None:
    generator = torch.Generator().manual_seed(stride)
    weight = torch.randn(6, 3, 2 * stride, generator=generator)
    bias = torch.randn(3, generator=generator)
    signal = torch.randn(STEPS, 6, generator=generator)
    whole = functional.conv_transpose1d(signal.t()[None], weight, bias, stride)[0].t()
    made = in_chunks(ShortConvolution.transposed(weight, bias), signal, size)
    torch.testing.assert_close(made, whole[: STEPS * stride], rtol=0, atol=1e-5)
