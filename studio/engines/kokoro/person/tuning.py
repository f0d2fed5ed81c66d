"""Bringing a voice nearer to a person by listening to what it says.

The speaker encoder hears the person at one place and the network's short phrases at another. The
gradient through both says how the style would have to change (Adam; Kingma, Ba: "Adam: a method for
stochastic optimization", ICLR 2015). Most of the way is gone within the prior, where voices sound
like somebody; a small residual beside it follows what is the person's alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.analysis.speaker_slope import embedding_of
from studio.engines.kokoro.network.kokoro import Kokoro
from studio.engines.kokoro.person.listening import Person
from studio.engines.kokoro.person.prior import Prior
from studio.engines.kokoro.speech.delivery import VOICED_HZ
from studio.engines.kokoro.speech.lines import Measuring
from studio.engines.kokoro.speech.rendering import (
    SentenceLayout,
    halves,
    lay_out,
    open_sound_of,
    tokens_of,
    trimmed,
    usual_frames,
)

Floats = NDArray[np.float32]

STEPS: Final = 24
COEFFICIENT_STEP: Final = 0.15
RESIDUAL_STEP: Final = 0.01
LAST_STEPS: Final = 0.3
"""The last share of the steps are smaller, by ``SETTLING``."""
SETTLING: Final = 0.4

COEFFICIENT_COST: Final = 0.01
"""Of the mean squared coefficient: far from the middle voices sound less natural."""

RESIDUAL_COST: Final = 0.3
"""Of the mean square of the residual in spreads of the published voices."""

MOST_FRAMES: Final = 68
"""Of 25 ms, of a phrase: the encoder listens for 1.6 s at a time. A longer one is said quicker."""

_PHRASES: Final = (
    "wˌi wˈɔkt hˈOm əlˈɔŋ ðə ɹˈɪvəɹ.",
    "ʃi wˈʊd lˈIk ðə lˈɑɹʤ wˈʌn.",
    "nˈʌθɪŋ ɪn ɪt ɪksplˈAnd wˌI.",
    "kʊd ju ʃˈO mˌi ðə blˈu vˈæn?",
    "ðə wˈɛðəɹ wɪl ʧˈAnʤ bəfˌɔɹ nˈIt.",
    "ɐ smˈɔl tˈAbᵊl ɪn ðə ɡˈɑɹdᵊn.",
)


def tune(
    network: Kokoro,
    prior: Prior,
    start: Floats,
    person: Person,
    on_share: Callable[[float], None],
) -> Floats:
    """The style [256] that ``person`` is heard in, found from coefficients ``start`` [40].

    ``on_share`` is told how much is done, in [0, 1]; what it raises ends the work.
    """
    target = torch.from_numpy(person.embedding)
    mean, directions = torch.from_numpy(prior.mean), torch.from_numpy(prior.scaled_directions)
    spread = torch.from_numpy(prior.style_spread)
    coefficients = _Descent(torch.from_numpy(start.copy()), COEFFICIENT_STEP)
    residual = _Descent(torch.zeros_like(mean), RESIDUAL_STEP)
    for number in range(STEPS):
        on_share(number / STEPS)
        with torch.inference_mode(False), torch.enable_grad():  # type: ignore[no-untyped-call]
            at, aside = coefficients.open(), residual.open()
            style = mean + at @ directions + aside
            heard = embedding_of(_said(network, style, number, person))
            cost = (
                1
                - heard @ target
                + COEFFICIENT_COST * at.square().mean()
                + RESIDUAL_COST * (aside / spread).square().mean()
            )
            slopes = torch.autograd.grad(cost, (at, aside))
        share = SETTLING if number >= STEPS * (1 - LAST_STEPS) else 1.0
        coefficients.step(slopes[0], share)
        residual.step(slopes[1], share)
    found = mean + coefficients.value @ directions + residual.value
    return np.asarray(found.numpy(), np.float32)


def _said(network: Kokoro, style: Tensor, number: int, person: Person) -> Tensor:
    """A short phrase at the person's pitch; gradients reach its timbre, and end there."""
    timbre, _ = halves(style)
    with torch.no_grad():
        _, prosody = halves(style.detach())
        symbols = _PHRASES[number % len(_PHRASES)]
        reading = network.read(tokens_of(symbols), prosody)
        wished = reading.frames * min(1.0, MOST_FRAMES / float(reading.frames[1:].sum()))
        frames = trimmed(usual_frames(wished), symbols)
        layout = lay_out(network, reading.plain, reading.spoken, frames, prosody)
        layout = _at_pitch(layout, person.pitch_hz)
    return open_sound_of(network, layout, timbre, Measuring(timbre), seed=1)


def _at_pitch(layout: SentenceLayout, person_hz: float | None) -> SentenceLayout:
    voiced = layout.pitch_hz > VOICED_HZ
    if person_hz is None or not bool(voiced.any()):
        return layout
    factor = person_hz / float(layout.pitch_hz[voiced].median())
    moved = torch.where(voiced, layout.pitch_hz * factor, layout.pitch_hz)
    return SentenceLayout(layout.said, moved, layout.energy, layout.frames)


class _Descent:
    """Adam for one vector; torch's own imports its compiler, which takes two seconds."""

    _MOMENTUM: Final = 0.9
    _MEMORY: Final = 0.999

    def __init__(self, value: Tensor, size: float) -> None:
        self.value = value
        self._size = size
        self._mean, self._square = torch.zeros_like(value), torch.zeros_like(value)
        self._count = 0

    def open(self) -> Tensor:
        """The value, for gradients."""
        return self.value.clone().requires_grad_()

    def step(self, slope: Tensor, share: float) -> None:
        self._count += 1
        self._mean = self._MOMENTUM * self._mean + (1 - self._MOMENTUM) * slope
        self._square = self._MEMORY * self._square + (1 - self._MEMORY) * slope.square()
        mean = self._mean / (1 - self._MOMENTUM**self._count)
        size = (self._square / (1 - self._MEMORY**self._count)).sqrt() + 1e-8
        self.value = self.value - share * self._size * mean / size
