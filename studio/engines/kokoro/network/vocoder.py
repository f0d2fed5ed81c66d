"""The second half of the network: from phonemes in time, pitch and energy to sound.

An iSTFTNet (Kaneko et al., ICASSP 2022) with a harmonic source (Wang et al., "Neural
source-filter waveform models", 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.engines.kokoro.network.blocks import AdaptiveNorm, Shape, StyledBlock, each
from studio.types import SAMPLE_RATE

FRAME: Final = 600
"""Samples of one frame of time, 25 ms."""

CURVE_STEP: Final = 300
"""Samples from one value of pitch and energy to the next, 12.5 ms."""

SPECTRUM_STEP: Final = 5
"""Samples from one spectrum of the last stage to the next."""

SPECTRA: Final = CURVE_STEP // SPECTRUM_STEP
"""Spectra for each latent."""

FFT: Final = 20
BINS: Final = FFT // 2 + 1
HARMONICS: Final = 9
DILATIONS: Final = (1, 3, 5)
KERNELS: Final = (3, 7, 11)
_KEPT: Final = 64
_LEVEL: Final = 0.1
_VOICED_HZ: Final = 10.0
_BREATH: Final = 0.003

Lines = Callable[[AdaptiveNorm, Tensor], tuple[Tensor, Tensor]]
"""Factor and shift that a norm gives to the sound before it."""


class VocoderBody(nn.Module):
    """All of the second half."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        wide, width = shape.decoder, shape.text
        self.encode = StyledBlock(width + 2, wide)
        self.decode = nn.ModuleList(
            [
                *(StyledBlock(wide + _KEPT + 2, wide) for _ in range(3)),
                StyledBlock(wide + _KEPT + 2, width, upsample=True),
            ]
        )
        self.F0_conv = nn.Conv1d(1, 1, 3, stride=2, padding=1)
        self.N_conv = nn.Conv1d(1, 1, 3, stride=2, padding=1)
        self.asr_res = nn.Sequential(nn.Conv1d(width, _KEPT, 1))
        self.generator = Generator(width)

    def latents(self, said: Tensor, pitch_hz: Tensor, energy: Tensor, style: Tensor) -> Tensor:
        """[1, width, 2 t] every 12.5 ms, a sixteenth of the work.

        ``said`` [1, width, t] every 25 ms, ``pitch_hz`` and ``energy`` [1, 2 t], ``style``
        [1, 128].
        """
        pitch, loud = self.F0_conv(pitch_hz[:, None]), self.N_conv(energy[:, None])
        x = self.encode(torch.cat([said, pitch, loud], dim=1), style)
        more = self.asr_res(said)
        for block in self.decode:
            x = block(torch.cat([x, more, pitch, loud], dim=1), style)
        return x  # type: ignore[no-any-return]


class HarmonicSource(nn.Module):
    """Nine harmonics where there is pitch, noise where there is none, in one signal."""

    def __init__(self) -> None:
        super().__init__()
        self.l_linear = nn.Linear(HARMONICS, 1)

    def forward(self, pitch_hz: Tensor, noise: Tensor) -> Tensor:
        """[300 n] at 24 kHz for ``pitch_hz`` [1, n]; ``noise`` [9, 300 n] is standard normal."""
        order = torch.arange(1, HARMONICS + 1)[:, None]
        turns = (pitch_hz.double() * order / SAMPLE_RATE).remainder(1).cumsum(dim=-1) * CURVE_STEP
        # Linear between the middles of the steps, held at both ends.
        phase = functional.interpolate(turns[None], scale_factor=float(CURVE_STEP), mode="linear")
        tones = (phase[0].remainder(1).float() * (2 * torch.pi)).sin() * _LEVEL
        voiced = (pitch_hz > _VOICED_HZ).repeat_interleave(CURVE_STEP, dim=-1)
        tones = torch.where(voiced, tones + noise * _BREATH, noise * (_LEVEL / 3))
        return torch.tanh(self.l_linear(tones.T))[:, 0]


class SnakeBlock(nn.Module):
    """Three times two convolutions, each after a norm by style and a snake, x + sin(a x)^2 / a
    (Ziyin et al., NeurIPS 2020)."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()

        def conv(dilation: int) -> nn.Conv1d:
            reach = dilation * (kernel - 1) // 2
            return nn.Conv1d(channels, channels, kernel, dilation=dilation, padding=reach)

        def alphas() -> nn.ParameterList:
            return nn.ParameterList(torch.ones(1, channels, 1) for _ in DILATIONS)

        self.convs1 = nn.ModuleList(conv(dilation) for dilation in DILATIONS)
        self.convs2 = nn.ModuleList(conv(1) for _ in DILATIONS)
        self.adain1 = nn.ModuleList(AdaptiveNorm(channels) for _ in DILATIONS)
        self.adain2 = nn.ModuleList(AdaptiveNorm(channels) for _ in DILATIONS)
        self.alpha1, self.alpha2 = alphas(), alphas()

    def forward(self, x: Tensor, lines: Lines) -> Tensor:
        for norm1, alpha1, conv1, norm2, alpha2, conv2 in self.layers():
            change = conv1(snake(x, *lines(norm1, x), alpha1))
            x = x + conv2(snake(change, *lines(norm2, change), alpha2))
        return x

    def layers(
        self,
    ) -> Iterator[tuple[AdaptiveNorm, Tensor, nn.Conv1d, AdaptiveNorm, Tensor, nn.Conv1d]]:
        """Norm, slope and convolution, twice, for each dilation."""
        return zip(
            each(self.adain1, AdaptiveNorm), self.alpha1, each(self.convs1, nn.Conv1d),
            each(self.adain2, AdaptiveNorm), self.alpha2, each(self.convs2, nn.Conv1d),
            strict=True,
        )  # fmt: skip


def snake(x: Tensor, factor: Tensor, shift: Tensor, alpha: Tensor) -> Tensor:
    """y + sin(a y)^2 / a for y = factor x + shift, in as few passes over ``x`` as there can be."""
    half = 0.5 / alpha
    swing = torch.addcmul(shift / half, x, factor / half).cos()
    return torch.addcmul(torch.addcmul(shift + half, x, factor), swing, -half)


class Generator(nn.Module):
    """Latents every 12.5 ms to sound, through spectra every 5 samples."""

    def __init__(self, width: int) -> None:
        super().__init__()
        half, quarter = width // 2, width // 4
        self.m_source = HarmonicSource()
        self.ups = nn.ModuleList(
            [
                nn.ConvTranspose1d(width, half, 20, stride=10, padding=5),
                nn.ConvTranspose1d(half, quarter, 12, stride=6, padding=3),
            ]
        )
        self.noise_convs = nn.ModuleList(
            [
                nn.Conv1d(2 * BINS, half, 12, stride=6, padding=3),
                nn.Conv1d(2 * BINS, quarter, 1),
            ]
        )
        self.noise_res = nn.ModuleList([SnakeBlock(half, 7), SnakeBlock(quarter, 11)])
        self.resblocks = nn.ModuleList(
            SnakeBlock(channels, kernel) for channels in (half, quarter) for kernel in KERNELS
        )
        self.conv_post = nn.Conv1d(quarter, 2 * BINS, 7, padding=3)

    def forward(self, latents: Tensor, excitation: Tensor, lines: Lines) -> Tensor:
        """Samples [300 n] for ``latents`` [1, width, n] and the ``excitation`` by ``excite``."""
        x = latents
        for stage in range(2):
            x = self.ups[stage](functional.leaky_relu(x, 0.1))
            if stage == 1:
                x = functional.pad(x, (1, 0), mode="reflect")
            x = x + self.noise_res[stage](self.noise_convs[stage](excitation), lines)
            one, two, three = self.resblocks[3 * stage : 3 * stage + 3]
            x = (one(x, lines) + two(x, lines) + three(x, lines)) / len(KERNELS)
        x = self.conv_post(functional.leaky_relu(x))[0]
        made = torch.polar(x[:BINS].exp(), x[BINS:].sin())
        return torch.istft(made, FFT, SPECTRUM_STEP, window=torch.hann_window(FFT))


def excite(source: Tensor) -> Tensor:
    """Size and phase of the spectra of ``source`` [300 n]: [1, 22, 60 n + 1]."""
    window = torch.hann_window(FFT)
    spectrum = torch.stft(source, FFT, SPECTRUM_STEP, window=window, return_complex=True)
    return torch.cat([spectrum.abs(), spectrum.angle()])[None]
