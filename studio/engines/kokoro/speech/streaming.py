"""The last and dearest part of the network, sound from latents, piece by piece and exactly.

Every convolution keeps the end of what it was given, so that pieces of any length give the same
samples as the whole. The norms of the network look at the whole sentence, so they have to be lines
that were measured once for the voice (``lines.FixedLines``), unless all is given in one piece.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.engines.kokoro.network.blocks import AdaptiveNorm, each
from studio.engines.kokoro.network.kernel import FastConvolutions, Scratch, fast_snake
from studio.engines.kokoro.network.vocoder import (
    BINS,
    FFT,
    KERNELS,
    SPECTRA,
    SPECTRUM_STEP,
    Generator,
    Lines,
    SnakeBlock,
)


def stream(
    generator: Generator,
    lines: Lines,
    latents: Tensor,
    excitation: Tensor,
    pieces: list[int],
    fast: FastConvolutions | None = None,
) -> Iterator[Tensor]:
    """Samples, float32, in parts: [300 n] in all.

    ``latents`` [1, width, n] and ``excitation`` [1, 22, 60 n + 1] are of the whole sentence;
    ``pieces`` are the latents of each step of the work, which add up to n. With ``fast`` the
    native kernel does most of it; that has no gradients.
    """
    work = _Work(fast)
    stages = [_Stage(generator, stage, lines, work) for stage in range(2)]
    post, overlap = _Convolution(generator.conv_post), _OverlapAdd()
    # The first stage reads every sixth spectrum, and each of its steps some around it.
    coarse = generator.noise_convs[0](excitation)
    fine = excitation
    at = 0
    for count in pieces:
        work.begin()
        end = at + count
        last = end == latents.shape[-1]
        x = stages[0].push(latents[..., at:end], coarse[..., 10 * at : 10 * end], last)
        # One spectrum more than latents make: it goes with the first step of all.
        first = SPECTRA * at + (at > 0)
        given = generator.noise_convs[1](fine[..., first : SPECTRA * end + 1])
        x = stages[1].push(x, given, last)
        spectra = post.push(functional.leaky_relu(x), last)[0]
        samples = overlap.push(spectra, last)
        work.done(count)
        if len(samples):
            yield samples
        at = end


def pieces_of(latents: int, first: int, usual: int) -> list[int]:
    """Steps of the work for ``latents``: the ``first`` one, then ``usual`` ones."""
    rest = max(0, latents - first)
    whole, left = divmod(rest, usual)
    steps = [min(first, latents), *[usual] * whole]
    if left:
        steps.append(left)
    return steps


class _Work:
    """How one stream does its convolutions: by torch, or by the kernel in scratch of its own."""

    def __init__(self, fast: FastConvolutions | None) -> None:
        self.fast = fast
        self.scratch = Scratch()
        self.threads = 1
        self._started = 0.0

    def begin(self) -> None:
        if self.fast is not None:
            self.threads = self.fast.threads.choose()
        self._started = time.perf_counter()

    def done(self, latents: int) -> None:
        if self.fast is not None:
            self.fast.threads.took(self.threads, (time.perf_counter() - self._started) / latents)


class _Convolution:
    """One that keeps what it was given last; its output comes ``pad`` steps late."""

    def __init__(self, conv: nn.Conv1d, work: _Work | None = None) -> None:
        self._conv = conv
        self._pad = int(conv.padding[0])
        self._kept = torch.zeros(1, conv.in_channels, self._pad)
        self._work = work
        self._fast = None if work is None or work.fast is None else work.fast.of(conv)

    def push(self, x: Tensor, last: bool) -> Tensor:
        given = [self._kept, x]
        if last:
            given.append(torch.zeros(1, x.shape[1], self._pad))
        x = torch.cat(given, dim=-1)
        self._kept = x[..., max(0, x.shape[-1] - 2 * self._pad) :]
        if x.shape[-1] <= 2 * self._pad:
            return x.new_zeros(1, self._conv.out_channels, 0)
        if self._fast is not None and self._work is not None:
            return self._fast(x, None, self._work.scratch, self._work.threads)
        return functional.conv1d(
            x, self._conv.weight, self._conv.bias, dilation=self._conv.dilation
        )


class _Stretch:
    """A transposed convolution whose kernel is twice its stride: every output step comes from an
    input step and its two neighbours, one step late."""

    def __init__(self, conv: nn.ConvTranspose1d) -> None:
        self._conv = conv
        self._stride = int(conv.stride[0])
        self._kept = torch.zeros(1, conv.in_channels, 1)

    def push(self, x: Tensor, last: bool) -> Tensor:
        given = [self._kept, x]
        if last:
            given.append(torch.zeros(1, x.shape[1], 1))
        x = torch.cat(given, dim=-1)
        self._kept = x[..., max(0, x.shape[-1] - 2) :]
        if x.shape[-1] < 3:
            return x.new_zeros(1, self._conv.out_channels, 0)
        return self._conv(x)[..., self._stride : -self._stride]  # type: ignore[no-any-return]


class _Queue:
    """What came early waits here for what it is added to."""

    def __init__(self, channels: int) -> None:
        self._held = torch.zeros(1, channels, 0)

    def put(self, x: Tensor) -> None:
        self._held = torch.cat([self._held, x], dim=-1) if self._held.shape[-1] else x

    def __len__(self) -> int:
        return self._held.shape[-1]

    def take(self, count: int) -> Tensor:
        taken, self._held = self._held[..., :count], self._held[..., count:]
        return taken


def _together(queues: list[_Queue]) -> list[Tensor]:
    """As much of each as all of them have."""
    ready = min(len(queue) for queue in queues)
    return [queue.take(ready) for queue in queues]


class _Snake:
    """A norm as a line and the snake behind it: y + sin(a y)^2 / a for y = factor x + shift."""

    def __init__(self, norm: AdaptiveNorm, alpha: Tensor, lines: Lines, work: _Work) -> None:
        self._norm = norm
        self._half = 0.5 / alpha
        self._lines = lines
        self._work = work
        self._line: tuple[Tensor, Tensor] | None = None
        self._parts = alpha

    def __call__(self, x: Tensor) -> Tensor:
        parts = self._for(x)
        if self._work.fast is not None:
            return fast_snake(self._work.fast.library, x, parts, self._work.threads)
        factor, shift, turn, start, half = torch.split(parts[None], 1, dim=-1)
        swing = torch.addcmul(start, x, turn).cos_()
        return torch.addcmul(shift, x, factor).addcmul_(swing, half, value=-1)

    def _for(self, x: Tensor) -> Tensor:
        line = self._lines(self._norm, x)
        if line is not self._line:
            self._line = line
            (factor, shift), half = line, self._half
            parts = (factor, shift + half, factor / half, shift / half, half)
            self._parts = torch.cat(parts, dim=-1)[0].contiguous()
        return self._parts


class _Block:
    """``SnakeBlock`` piece by piece."""

    def __init__(self, block: SnakeBlock, lines: Lines, work: _Work) -> None:
        self._layers = [
            (
                _Snake(norm1, alpha1, lines, work),
                _Convolution(conv1, work),
                _Snake(norm2, alpha2, lines, work),
                _Convolution(conv2, work),
                _Queue(conv1.in_channels),
            )
            for norm1, alpha1, conv1, norm2, alpha2, conv2 in block.layers()
        ]

    def push(self, x: Tensor, last: bool) -> Tensor:
        for snake1, conv1, snake2, conv2, early in self._layers:
            early.put(x)
            change = conv2.push(snake2(conv1.push(snake1(x), last)), last)
            x = early.take(change.shape[-1]) + change
        return x


class _Stage:
    """Stretching, what the excitation adds, and three blocks of different reach."""

    def __init__(self, generator: Generator, stage: int, lines: Lines, work: _Work) -> None:
        up = each(generator.ups, nn.ConvTranspose1d)[stage]
        channels = up.out_channels
        self._up = _Stretch(up)
        self._reflects = stage == 1
        self._excited = _Block(each(generator.noise_res, SnakeBlock)[stage], lines, work)
        blocks = each(generator.resblocks, SnakeBlock)[3 * stage : 3 * stage + 3]
        self._blocks = [_Block(block, lines, work) for block in blocks]
        self._added = [_Queue(channels), _Queue(channels)]
        self._made = [_Queue(channels) for _ in KERNELS]

    def push(self, x: Tensor, excitation: Tensor, last: bool) -> Tensor:
        stretched = self._up.push(functional.leaky_relu(x, 0.1), last)
        if self._reflects and stretched.shape[-1]:
            stretched = torch.cat([stretched[..., 1:2], stretched], dim=-1)
            self._reflects = False
        self._added[0].put(stretched)
        self._added[1].put(self._excited.push(excitation, last))
        one, two = _together(self._added)
        x = one + two
        for block, made in zip(self._blocks, self._made, strict=True):
            made.put(block.push(x, last))
        first, second, third = _together(self._made)
        return (first + second + third) / len(KERNELS)


class _OverlapAdd:
    """Spectra to samples: each becomes 20 samples under a window, laid down every 5."""

    def __init__(self) -> None:
        self._window = torch.hann_window(FFT)
        angles = 2 * torch.pi * torch.arange(BINS)[:, None] * torch.arange(FFT) / FFT
        weight = torch.full((BINS, 1), 2.0)
        weight[0] = weight[-1] = 1.0
        basis = torch.cat([angles.cos() * weight, -angles.sin() * weight]) / FFT
        self._basis = basis * self._window
        self._carried = torch.zeros(FFT // SPECTRUM_STEP - 1, 2, SPECTRUM_STEP)
        self._skip = FFT // 2 // SPECTRUM_STEP

    def push(self, x: Tensor, last: bool) -> Tensor:
        """``x`` [22, n]: logarithm of the size, and what the phase is the sine of."""
        size, phase = x[:BINS].exp(), x[BINS:].sin()
        frames = torch.cat([size * phase.cos(), size * phase.sin()]).T @ self._basis
        power = self._window.square().expand(len(frames), -1)
        both = torch.stack([frames, power], dim=1)
        rows = torch.zeros(len(frames) + len(self._carried), 2, SPECTRUM_STEP)
        rows[: len(self._carried)] = self._carried
        for step in range(FFT // SPECTRUM_STEP):
            part = both[..., SPECTRUM_STEP * step : SPECTRUM_STEP * (step + 1)]
            rows[step : step + len(frames)] += part
        # The last rows still miss what comes next; at the end those within the sound are whole.
        ready = len(frames) + (1 if last else 0)
        self._carried = rows[len(frames) :].clone()
        skipped = min(self._skip, ready)
        self._skip -= skipped
        done = rows[skipped:ready]
        return (done[:, 0] / done[:, 1]).flatten()
