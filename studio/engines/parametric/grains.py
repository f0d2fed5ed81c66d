"""Speech with another pitch and another envelope, from its own periods.

Every period of the source, and every 5 ms of what has none, is cut out as a grain, filtered by what
is wanted of it over what it has, and laid down again at the wanted distances. Nothing is made up
anew as in a vocoder, so what tells sounds apart stays as the source speaks it.

Moulines, Charpentier: "Pitch-synchronous waveform processing techniques for text-to-speech
synthesis using diphones", Speech Communication 9(5-6), 1990.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.parametric.pitch_marks import crossings, marks_of, per_sample, voiced_stretches
from studio.engines.parametric.vocoder import (
    BINS,
    ENVELOPE_FLOOR,
    FFT_SIZE,
    HOP_SAMPLES,
    Features,
    synthesise,
)

Floats = NDArray[np.float64]

LONGEST_GRAIN: Final = FFT_SIZE * 2 // 3
"""Samples: the rest of the transform is room for what the filter adds at both ends."""

ROUNDING: Final = 1e-6
"""Of a period."""

MOST_GAIN: Final = 100.0
"""Of a filter: 40 dB. More would raise what is only rounding in the source."""


@dataclass(frozen=True, eq=False)
class Grains:
    """``taken`` [n] where each grain is cut from the source and ``laid`` [n] where it goes, in
    samples; ``left`` and ``right`` [n], the lengths of its two slopes; ``gain`` [n]."""

    taken: Floats
    laid: Floats
    left: Floats
    right: Floats
    gain: Floats


def resound(
    samples: NDArray[np.float32], source: Features, wanted: Features
) -> NDArray[np.float32]:
    """``samples``, described by ``source``, with the pitch and envelope of ``wanted``.

    Both have the same frames, voiced in the same places or, for a whisper, ``wanted`` nowhere. What
    ``wanted`` has of noise beyond ``source`` is made and added. float32 [frames * HOP_SAMPLES].
    """
    if not wanted.f0_hz.any() and source.f0_hz.any():
        return synthesise(wanted)
    length = len(source) * HOP_SAMPLES
    sound = np.zeros(length)
    given = samples[:length]
    sound[: len(given)] = given
    if not sound.any():
        return sound.astype(np.float32)
    added = np.maximum(wanted.aperiodicity**2 - source.aperiodicity**2, 0.0)
    grains = _grains(sound, source.f0_hz, wanted.f0_hz)
    power = (1.0 - added) * wanted.envelope / source.envelope
    made = _lay(_filtered(_cut(sound, grains), grains, power), grains, length)
    if added.any():
        breath = np.maximum(wanted.envelope * added, ENVELOPE_FLOOR)
        made += synthesise(Features(np.zeros(len(source)), breath, np.ones_like(added)))
    return made.astype(np.float32)


def _grains(sound: Floats, had_hz: Floats, wanted_hz: Floats) -> Grains:
    """Grains of all of ``sound``: those of voiced stretches with as many periods as are wanted."""
    taken: list[Floats] = []
    laid: list[Floats] = []
    gain: list[Floats] = []
    cuts: list[Floats] = []
    reached = 0.0
    for start, end in voiced_stretches(had_hz):
        marks = marks_of(sound, had_hz, start, end)
        if len(marks) < 2:
            continue
        factor = wanted_hz[start:end] / had_hz[start:end]
        places = _places(marks, factor, start)
        nearest = marks[np.abs(places[:, None] - marks).argmin(1)]
        rows = np.clip((nearest / HOP_SAMPLES).astype(np.intp) - start, 0, len(factor) - 1)
        between = _steady(reached, float(marks[0]))
        taken += [between, nearest]
        laid += [between, places]
        # More periods of the same strength would be more power.
        gain += [np.ones(len(between)), 1.0 / np.sqrt(factor[rows])]
        cuts += [between, marks]
        reached = float(marks[-1])
    rest = _steady(reached, float(len(sound)))
    at = np.concatenate([*taken, rest])
    left, right = _slopes(at, np.unique(np.concatenate([*cuts, rest])))
    strength = np.concatenate([*gain, np.ones(len(rest))])
    return Grains(at, np.concatenate([*laid, rest]), left, right, strength)


def _slopes(at: Floats, cuts: Floats) -> tuple[Floats, Floats]:
    """How far it is from each of ``at`` to the mark before it and to the one after it in ``cuts``,
    which holds it: slopes of that length, laid down where they were cut, add up to the whole."""
    found = np.searchsorted(cuts, at)
    before = np.concatenate([[cuts[0] - HOP_SAMPLES], cuts[:-1]])[found]
    after = np.concatenate([cuts[1:], [cuts[-1] + HOP_SAMPLES]])[found]
    longest = LONGEST_GRAIN / 2
    return np.minimum(at - before, longest), np.minimum(after - at, longest)


def _steady(start: float, end: float) -> Floats:
    """Marks every 5 ms between two others, not too near to either."""
    first = np.ceil(start / HOP_SAMPLES + 0.5) * HOP_SAMPLES if start > 0 else 0.0
    return np.arange(first, end - HOP_SAMPLES / 2, HOP_SAMPLES, dtype=np.float64)


def _places(marks: Floats, factor: Floats, start: int) -> Floats:
    """Where periods begin, ``factor`` [frames] times as many as ``marks``, from the first on.

    Counted from the source's own periods, so that where nothing is wanted nothing changes.
    """
    first, last = int(np.ceil(marks[0])), int(np.ceil(marks[-1]))
    at = np.arange(first, last + 1)
    own = np.interp(at, marks, np.arange(len(marks)))
    faster = per_sample(factor)[first - start * HOP_SAMPLES :][: len(own) - 1]
    periods = np.concatenate([[own[0]], own[0] + np.cumsum(np.diff(own) * faster)])
    return np.concatenate([[marks[0]], first + crossings(periods + ROUNDING)])


def _cut(sound: Floats, grains: Grains) -> Floats:
    """The grains, each centred in its row: [n, FFT_SIZE]."""
    middle = FFT_SIZE // 2
    offsets = np.arange(FFT_SIZE) - middle
    whole = np.round(grains.taken).astype(np.intp)
    padded = np.pad(sound, FFT_SIZE)
    rows = padded[whole[:, None] + offsets + FFT_SIZE]
    away = offsets - (grains.taken - whole)[:, None]
    slope = np.where(away < 0, grains.left[:, None], grains.right[:, None])
    window = 0.5 + 0.5 * np.cos(np.pi * np.minimum(np.abs(away) / slope, 1.0))
    return np.asarray(rows * window * grains.gain[:, None])


def _filtered(cut: Floats, grains: Grains, power: Floats) -> Floats:
    rows = np.clip(np.round(grains.taken / HOP_SAMPLES).astype(np.intp), 0, len(power) - 1)
    gain = np.sqrt(np.minimum(power[rows], MOST_GAIN**2))
    shift = (grains.laid - np.round(grains.laid)) - (grains.taken - np.round(grains.taken))
    turn = np.exp(-2j * np.pi * np.arange(BINS) * shift[:, None] / FFT_SIZE)
    return np.fft.irfft(np.fft.rfft(cut, axis=1) * gain * turn, FFT_SIZE, axis=1)


def _lay(rows: Floats, grains: Grains, length: int) -> Floats:
    made = np.zeros(length + 2 * FFT_SIZE)
    for at, row in zip(np.round(grains.laid).astype(np.intp), rows, strict=True):
        first = int(at) + FFT_SIZE // 2
        made[first : first + FFT_SIZE] += row
    return made[FFT_SIZE : FFT_SIZE + length]
