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
    BINS_HZ,
    FFT_SIZE,
    HOP_SAMPLES,
    Features,
)

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

LONGEST_GRAIN: Final = FFT_SIZE * 2 // 3
"""Samples: the rest of the transform is room for what the filter adds at both ends."""

ROUNDING: Final = 1e-6
"""Of a period."""

MOST_GAIN: Final = 100.0
"""Of a filter: 40 dB. More would raise what is only rounding in the source."""

RUMBLE_HZ: Final = 130.0
"""Breath has nothing to speak of under this."""

# Of its power.
_NO_RUMBLE: Final = 1.0 / (1.0 + (RUMBLE_HZ / np.maximum(BINS_HZ, 1e-3)) ** 4)


@dataclass(frozen=True, eq=False)
class Grains:
    """``taken`` [n] where each grain is cut from the source and ``laid`` [n] where it goes, in
    samples; ``left`` and ``right`` [n], the lengths of its two slopes; ``gain`` [n]."""

    taken: Floats
    laid: Floats
    left: Floats
    right: Floats
    gain: Floats


def resound(samples: Singles, source: Features, wanted: Features) -> Singles:
    """``samples``, described by ``source``, with the pitch and envelope of ``wanted``.

    Both have the same frames, voiced in the same places or, for a whisper, ``wanted`` nowhere. What
    ``wanted`` has of noise beyond ``source`` is made and added, the same in every call.
    float32 [frames * HOP_SAMPLES].
    """
    length = len(source) * HOP_SAMPLES
    sound = np.zeros(length)
    given = samples[:length]
    sound[: len(given)] = given
    if not sound.any():
        return sound.astype(np.float32)
    if not wanted.f0_hz.any() and source.f0_hz.any():
        return _noise(wanted.envelope)
    added = np.maximum(wanted.aperiodicity**2 - source.aperiodicity**2, 0.0)
    grains = _grains(sound, source.f0_hz, wanted.f0_hz)
    made = _moved(sound, grains, (1.0 - added) * wanted.envelope / source.envelope)
    return made + _noise(wanted.envelope * added) if added.any() else made


def _noise(power: Floats) -> Singles:
    """Noise with the spectrum ``power`` [frames, BINS]."""
    length = len(power) * HOP_SAMPLES
    white = np.random.default_rng(0).standard_normal(length)
    at = _steady(0.0, float(length))
    left, right = _slopes(at, at)
    return _moved(white, Grains(at, at, left, right, np.ones(len(at))), power * _NO_RUMBLE)


def _moved(sound: Floats, grains: Grains, power: Floats) -> Singles:
    """``grains`` of ``sound``, each times the root of ``power`` [frames, BINS] where it is cut."""
    return _lay(_filtered(_cut(sound, grains), grains, power), grains, len(sound))


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


def _cut(sound: Floats, grains: Grains) -> Singles:
    """The grains, each centred in its row: [n, FFT_SIZE]."""
    half = LONGEST_GRAIN // 2 + 1
    whole = np.round(grains.taken)
    away = np.arange(-half, half, dtype=np.float32) - _singles(grains.taken - whole)
    angle = away * np.where(
        away < 0, _singles(-np.pi / grains.left), _singles(np.pi / grains.right)
    )
    window = np.cos(np.minimum(angle, np.float32(np.pi))) + np.float32(1.0)
    padded = np.pad(sound.astype(np.float32), half)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * half)
    rows = np.zeros((len(whole), FFT_SIZE), np.float32)
    middle = FFT_SIZE // 2
    taken = around[whole.astype(np.intp)]
    rows[:, middle - half : middle + half] = taken * window * _singles(grains.gain / 2)
    return rows


def _singles(column: Floats) -> Singles:
    return np.asarray(column, np.float32)[:, None]


def _filtered(cut: Singles, grains: Grains, power: Floats) -> Singles:
    from scipy import fft

    rows = np.clip(np.round(grains.taken / HOP_SAMPLES).astype(np.intp), 0, len(power) - 1)
    gain = np.sqrt(np.minimum(power, MOST_GAIN**2)).astype(np.float32)[rows]
    shift = (grains.laid - np.round(grains.laid)) - (grains.taken - np.round(grains.taken))
    angle = np.outer(shift, -2 * np.pi / FFT_SIZE * np.arange(BINS)).astype(np.float32)
    spectra = fft.rfft(cut, axis=1)
    spectra *= gain * (np.cos(angle) + 1j * np.sin(angle))
    return np.asarray(fft.irfft(spectra, FFT_SIZE, axis=1))


def _lay(rows: Singles, grains: Grains, length: int) -> Singles:
    made = np.zeros(length + 2 * FFT_SIZE, np.float32)
    for at, row in zip(np.round(grains.laid).astype(np.intp), rows, strict=True):
        first = int(at) + FFT_SIZE // 2
        made[first : first + FFT_SIZE] += row
    return made[FFT_SIZE : FFT_SIZE + length]
