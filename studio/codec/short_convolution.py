"""Causal convolutions for the few steps that streaming speech brings at a time.

A chunk is [steps, channels], so one convolution is one matrix product over windows of steps that
lie side by side in memory. A transposed convolution whose kernel is two strides long, as all of
Mimi's are, is the same thing: the output between two input steps depends on these two steps only,
hence it is a convolution with two taps whose outputs are laid out in time ("sub-pixel
convolution", Shi et al. 2016). On a CPU this beats the library's transposed convolution, which
adds up overlapping pieces, by several times for short inputs.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# Up to here the product costs the reading of its matrix, and that goes quickest when the matrix is
# the left factor: libraries share out the rows of the left one.
_FEW_STEPS = 16

# The product over windows copies them first, each step as often as there are taps. From here on
# that costs more than one product for each tap does.
_MANY_STEPS = 256


class ShortConvolution:
    """A causal convolution with stride 1 over [steps, into]; gives [steps * stretch, out].

    ``matrix`` is [stretch * out, taps * into] with the oldest tap first, ``bias`` [stretch * out].
    Holds weights only: what came before the chunk is passed in. Safe to use from several threads.
    """

    def __init__(self, matrix: Tensor, bias: Tensor, taps: int, stretch: int = 1) -> None:
        self.matrix = matrix.contiguous()
        self.bias = bias
        self.taps = taps
        self.stretch = stretch
        self.into = matrix.shape[1] // taps

    @classmethod
    def plain(cls, weight: Tensor, bias: Tensor) -> ShortConvolution:
        """From the weights of a ``Conv1d``: [out, into, taps]."""
        out, _, taps = weight.shape
        return cls(weight.transpose(1, 2).reshape(out, -1), bias, taps)

    @classmethod
    def transposed(cls, weight: Tensor, bias: Tensor) -> ShortConvolution:
        """From the weights of a ``ConvTranspose1d``: [into, out, 2 * stride]."""
        into, out, kernel = weight.shape
        stride = kernel // 2
        # The second half of the kernel reaches into the step after: it belongs to the older tap.
        taps = weight.view(into, out, 2, stride).permute(3, 1, 2, 0).flip(2)
        return cls(taps.reshape(stride * out, 2 * into), bias.repeat(stride), 2, stride)

    def start(self) -> Tensor:
        """What comes before the first chunk: silence, [taps - 1, into]."""
        return self.matrix.new_zeros(self.taps - 1, self.into)

    def __call__(self, chunk: Tensor, before: Tensor) -> Tensor:
        """Convolve ``chunk`` [steps, into]; ``before`` is what ``start`` gave, and is moved on."""
        steps = len(chunk)
        if self.taps > 1:
            joined = torch.cat((before, chunk))
            before.copy_(joined[steps:])
        else:
            joined = chunk
        return self._product(joined, steps).view(steps * self.stretch, -1)

    def _product(self, joined: Tensor, steps: int) -> Tensor:
        """[steps, stretch * out] from [taps - 1 + steps, into]."""
        if steps < _MANY_STEPS:
            windows = joined.as_strided((steps, self.taps * self.into), (self.into, 1))
            if steps > _FEW_STEPS:
                return functional.linear(windows, self.matrix, self.bias)
            made = torch.mm(self.matrix, windows.contiguous().t()).t()
            return (made + self.bias).contiguous()
        taps = self.matrix.view(-1, self.taps, self.into).unbind(1)
        made = functional.linear(joined[:steps], taps[0], self.bias)
        for number, tap in enumerate(taps[1:], start=1):
            made.addmm_(joined[number : number + steps], tap.t())
        return made
