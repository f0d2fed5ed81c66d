"""Bringing a voice nearer to a person by listening to what it says.

The speaker encoder hears the person at one place; the network, spoken with some coefficients,
is heard at another. How the second moves with the coefficients is known roughly (``Prior.speaks``),
and better after each time of listening (Broyden, "A class of methods for solving nonlinear
simultaneous equations", 1965). So a few sentences lead nearly to the person, without gradients
through the network, which would take three times as long for each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from studio.analysis.speaker import embed
from studio.engines.kokoro.calibration import usual_layout
from studio.engines.kokoro.delivery import VOICED_HZ
from studio.engines.kokoro.lines import Measuring
from studio.engines.kokoro.network import Kokoro
from studio.engines.kokoro.person import Person
from studio.engines.kokoro.prior import Prior
from studio.engines.kokoro.rendering import Layout, halves, sound_of
from studio.types import Audio

Floats = NDArray[np.float32]

ROUNDS: Final = 14
COST: Final = 0.004
"""Of a squared coefficient: far from the middle voices sound less natural."""

REACH: Final = 2.5
"""How far the coefficients may move in one round (their norm)."""

_PHRASES: Final = ("ʃi wˈʊd lˈIk ðə lˈɑɹʤ jˈɛlO wˈʌn, bət nˈɑt təmˈɑɹO mˈɔɹnɪŋ.",)


def tune(
    network: Kokoro,
    prior: Prior,
    start: Floats,
    person: Person,
    on_share: Callable[[float], None],
) -> Floats:
    """The style [256] nearest to ``person`` that was found from coefficients ``start`` [40].

    ``on_share`` is told how much is done, in [0, 1]; what it raises ends the work.
    """
    target = person.embedding.astype(np.float64)
    at = start.astype(np.float64)
    heard = _heard(network, prior, at, person)
    slope = prior.speaks.slope(start).astype(np.float64)
    best, best_worth = at, _worth(heard, target, at)
    reach = REACH
    for number in range(ROUNDS):
        on_share(number / ROUNDS)
        step = _step(slope, target - heard, at, reach)
        trial = at + step
        there = _heard(network, prior, trial, person)
        moved = there - heard
        slope = slope + np.outer(step, moved - step @ slope) / max(float(step @ step), 1e-6)
        worth = _worth(there, target, trial)
        if worth > best_worth:
            best, best_worth = trial, worth
            at, heard = trial, there
        else:
            reach *= 0.6
    return prior.style(best.astype(np.float32))


def _worth(
    heard: NDArray[np.float64], target: NDArray[np.float64], at: NDArray[np.float64]
) -> float:
    return float(heard @ target) - COST * float(at @ at)


def _step(
    slope: NDArray[np.float64],
    wanted: NDArray[np.float64],
    at: NDArray[np.float64],
    reach: float,
) -> NDArray[np.float64]:
    """The step [40] that would bring ``wanted`` [256] about best, at most ``reach`` long."""
    # |wanted - step slope|^2 / 2 is 1 - cosine for vectors of length 1, so both costs agree.
    cost = 2 * COST * np.eye(len(slope))
    step = np.linalg.solve(slope @ slope.T + cost, slope @ wanted - 2 * COST * at)
    length = float(np.linalg.norm(step))
    return np.asarray(step * min(1.0, reach / max(length, 1e-9)))


def _heard(
    network: Kokoro, prior: Prior, coefficients: NDArray[np.float64], person: Person
) -> NDArray[np.float64]:
    """Whom the encoder hears in a voice, at the person's pitch: float64 [256] of length 1."""
    style = torch.from_numpy(prior.style(coefficients.astype(np.float32)))
    timbre, prosody = halves(style)
    sounds = []
    with torch.inference_mode():
        for symbols in _PHRASES:
            layout = usual_layout(network, symbols, prosody)
            layout = _at_pitch(layout, person.pitch_hz)
            sounds.append(sound_of(network, layout, timbre, Measuring(timbre), seed=1).numpy())
    return embed(Audio(np.concatenate(sounds))).astype(np.float64)


def _at_pitch(layout: Layout, person_hz: float | None) -> Layout:
    voiced = layout.pitch_hz > VOICED_HZ
    if person_hz is None or not bool(voiced.any()):
        return layout
    factor = person_hz / float(layout.pitch_hz[voiced].median())
    moved = torch.where(voiced, layout.pitch_hz * factor, layout.pitch_hz)
    return Layout(layout.said, moved, layout.energy, layout.frames)
