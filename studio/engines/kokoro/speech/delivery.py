"""How a sentence is delivered: emotion and temperature as lengths, pitch and energy.

These three are explicit numbers between the two halves of the network. Emotion moves them as one
table says; temperature adds what is drawn from the seed. Neither touches the timbre, so it is
always the same person who speaks.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.types import Emotion, SpeechOptions

FRAME_S: Final = 0.025
CURVE_S: Final = 0.0125

MIN_HZ: Final = 50.0
MAX_HZ: Final = 600.0
VOICED_HZ: Final = 30.0
"""Where the curve is lower there is no voice: it is near 0 there, and passes by on its way."""

PAUSING: Final = frozenset(",.;:!?…—")


@dataclass(frozen=True)
class Manner:
    """An emotion in numbers, relative to the voice's neutral; the neutral one changes nothing.

    ``semitones`` moves the pitch and ``range_log`` widens its movement (natural logarithm of the
    factor); ``rate_log`` is the pace, ``pause_log`` the length of pauses; ``energy`` is added to
    the network's own curve, which changes effort more than level; ``gain_db`` is level;
    ``breath`` is the share of voice that gives way to breath, 1 for a whisper.
    """

    semitones: float = 0.0
    range_log: float = 0.0
    rate_log: float = 0.0
    pause_log: float = 0.0
    energy: float = 0.0
    gain_db: float = 0.0
    breath: float = 0.0

    def at(self, intensity: float) -> Manner:
        """So much of it: 0 is neutral, 1 the whole, more is possible."""
        return Manner(*(getattr(self, one.name) * intensity for one in fields(self)))


MANNERS: Final = {
    Emotion.NEUTRAL: Manner(),
    Emotion.HAPPY: Manner(1.8, 0.35, 0.07, -0.15, 0.25, 1.5),
    Emotion.EXCITED: Manner(3.2, 0.5, 0.15, -0.35, 0.5, 3.0),
    Emotion.SAD: Manner(-1.8, -0.55, -0.17, 0.4, -0.35, -3.5),
    Emotion.ANGRY: Manner(1.0, 0.25, 0.09, -0.25, 0.6, 3.5),
    Emotion.CALM: Manner(-1.0, -0.3, -0.1, 0.3, -0.2, -2.0),
    Emotion.WHISPER: Manner(0.0, 0.0, -0.08, 0.1, -0.4, -8.0, 1.0),
}


@dataclass(frozen=True)
class Taught:
    """What clips tagged with an emotion teach: how they differ from the person's other clips, in
    the terms of ``Manner``; None where it could not be measured."""

    semitones: float | None = None
    range_log: float | None = None
    rate_log: float | None = None


_FURTHEST: Final = {"semitones": 7.0, "range_log": 0.8, "rate_log": 0.35}
"""Clips differ in what they say, too: no emotion is taught beyond this."""


def manner_of(emotion: Emotion, taught: Taught | None = None) -> Manner:
    """The manner of ``emotion``; what the person's own clips say of it goes before the table."""
    usual = MANNERS[emotion]
    if taught is None:
        return usual
    said = {name: value for name, value in vars(taught).items() if value is not None}
    held = {
        name: float(np.clip(value, -_FURTHEST[name], _FURTHEST[name]))
        for name, value in said.items()
    }
    return replace(usual, **held)


# What one unit of temperature adds, as standard deviations.
_SENTENCE_SEMITONES: Final = 0.35
_PHRASE_SEMITONES: Final = 0.45
_ACCENT_SEMITONES: Final = 0.9
_RATE: Final = 0.03
_LENGTH: Final = 0.05
_PAUSE: Final = 0.15
_MOST: Final = 2.0
"""Draws are held within so many deviations: lively, never strange."""

_ACCENT_WIDTH_S: Final = 0.25


@dataclass(frozen=True)
class Pitch:
    """How a voice's own pitch becomes the person's: ``middle_hz`` and ``range_log`` are those of
    the network with this voice, ``person_hz`` is where its middle goes, and ``widening`` the
    logarithm by which its range is stretched."""

    middle_hz: float
    person_hz: float
    widening: float


class Delivery:
    """The delivery of one sentence: ``manner``, and what is drawn once from the options and the
    sentence's number."""

    def __init__(self, manner: Manner, options: SpeechOptions, number: int) -> None:
        self.manner = manner
        self._temperature = options.temperature
        self._draws = np.random.default_rng((options.seed, number))
        self.noise_seed = int(self._draws.integers(2**31))
        self._lift = self._draw() * _SENTENCE_SEMITONES
        self._rate = self._draw() * _RATE

    def frames(self, wished: Tensor, symbols: str, pace_log: float) -> Tensor:
        """Whole frames of 25 ms for each symbol, int64 [n], from the ``wished`` ones [n].

        ``pace_log`` is how much quicker than the network the person speaks. Call it once.
        """
        manner = self.manner
        pace = np.full(len(symbols), pace_log + manner.rate_log + self._rate)
        pausing = np.array([symbol in PAUSING for symbol in symbols])
        pace[pausing] = pace_log - manner.pause_log - self._draw() * _PAUSE
        pace -= self._several(len(symbols)) * _LENGTH
        lengths = wished * torch.from_numpy(np.exp(-pace)).float()
        # Rounding each alone would move the pace: what one loses the next gets.
        edges = torch.round(torch.cumsum(lengths, 0))
        whole = torch.diff(edges, prepend=torch.zeros(1))
        return whole.clamp(min=1).long()

    def pitch(self, hz: Tensor, accents_s: list[float], voice: Pitch) -> Tensor:
        """The curve ``hz`` [1, n] of the network as this voice delivers it; 0 in a whisper.

        ``accents_s`` are the middles of stressed vowels. Call it once, after ``frames``.
        """
        if self.manner.breath >= 1:
            return torch.zeros_like(hz)
        times = np.arange(hz.shape[-1]) * CURVE_S
        moves = self._lift + self._slow(len(times)) * _PHRASE_SEMITONES
        for accent_s in accents_s:
            away = np.abs(times - accent_s) / _ACCENT_WIDTH_S
            bump = 0.5 + 0.5 * np.cos(np.pi * np.minimum(away, 1))
            moves += self._draw() * _ACCENT_SEMITONES * bump
        octaves = torch.log2(hz.clamp(min=1.0) / voice.middle_hz)
        octaves = octaves * np.exp(voice.widening + self.manner.range_log)
        octaves = octaves + torch.from_numpy(moves + self.manner.semitones).float() / 12
        moved = (voice.person_hz * torch.exp2(octaves)).clamp(MIN_HZ, MAX_HZ)
        return torch.where(hz > VOICED_HZ, moved, torch.zeros_like(hz))

    def _draw(self) -> float:
        return float(np.clip(self._draws.standard_normal(), -_MOST, _MOST)) * self._temperature

    def _several(self, count: int) -> NDArray[np.float64]:
        drawn = np.clip(self._draws.standard_normal(count), -_MOST, _MOST)
        return np.asarray(drawn * self._temperature)

    def _slow(self, count: int) -> NDArray[np.float64]:
        """A curve that wanders: a value drawn every 0.6 s, joined smoothly."""
        every = round(0.6 / CURVE_S)
        knots = self._several(count // every + 2)
        return np.interp(np.arange(count) / every, np.arange(len(knots)), knots)
