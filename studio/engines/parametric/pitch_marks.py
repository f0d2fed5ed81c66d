"""Where the periods of a voice begin: one mark in each, always at the same point of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.parametric.vocoder import HOP_SAMPLES
from studio.types import SAMPLE_RATE

Floats = NDArray[np.float64]

SMOOTHING: Final = 0.45
"""Of a period (standard deviation) over which the fundamental is listened for: the harmonic above
it is 35 dB down."""

THINNING: Final = 6
"""Samples of which one is kept to listen for the fundamental: 4 kHz is far more than it needs."""

ENERGY_S: Final = 0.0004
"""Over which the energy within a period is smoothed."""

LEAST_PERIODS: Final = 3
"""In fewer the fundamental cannot be told: such a stretch is taken as it is."""


def voiced_stretches(f0_hz: Floats) -> Iterator[tuple[int, int]]:
    """First frame and the one after the last of each stretch of voiced frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (f0_hz > 0).astype(np.int8), [0]])))
    for start, end in edges.reshape(-1, 2):
        yield int(start), int(end)


def marks_of(sound: Floats, f0_hz: Floats, start: int, end: int) -> Floats:
    """Marks within the voiced frames ``start`` to ``end`` of ``sound``, in samples and their parts.

    The phase of the fundamental, whatever the formants do, says where a period ends; where in it
    most of the energy is, over the whole stretch, says where in the period the mark is put: a grain
    cut around it keeps the loud part whole. Empty where there are fewer than ``LEAST_PERIODS``.
    """
    from scipy.ndimage import gaussian_filter1d

    first, last = start * HOP_SAMPLES, min(end * HOP_SAMPLES, len(sound))
    part = sound[first:last]
    hz = per_sample(f0_hz[start:end])[: len(part)]
    if hz.sum() < LEAST_PERIODS * SAMPLE_RATE:
        return np.zeros(0)
    expected = 2 * np.pi * np.cumsum(hz) / SAMPLE_RATE
    turned = _thinned(part * np.exp(-1j * expected))
    sigma = SMOOTHING * SAMPLE_RATE / THINNING / float(np.median(hz))
    heard = gaussian_filter1d(turned.real, sigma) + 1j * gaussian_filter1d(turned.imag, sigma)
    centres = (np.arange(len(heard)) + 0.5) * THINNING - 0.5
    phase = expected + np.interp(np.arange(len(part)), centres, np.unwrap(np.angle(heard)))
    energy = gaussian_filter1d(part**2, ENERGY_S * SAMPLE_RATE)
    loudest = float(np.angle(np.sum(energy * np.exp(1j * phase))))
    return first + crossings((phase - loudest) / (2 * np.pi))


def _thinned(values: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """The means of ``THINNING`` samples each; what is left at the end is zeros to them."""
    padded = np.pad(values, (0, -len(values) % THINNING))
    return np.asarray(padded.reshape(-1, THINNING).mean(axis=1))


def crossings(periods: Floats) -> Floats:
    """Where ``periods``, which rise, pass a whole number: in samples, in straight lines between."""
    whole = np.floor(np.maximum.accumulate(periods))
    at = np.flatnonzero(np.diff(whole) > 0)
    low, high = periods[at], periods[at + 1]
    return np.asarray(at + (whole[at + 1] - low) / np.maximum(high - low, 1e-9))


def per_sample(values: Floats) -> Floats:
    """``values``, one a frame, in straight lines between them, held at the end."""
    times = np.arange(len(values) * HOP_SAMPLES) / HOP_SAMPLES
    return np.interp(times, np.arange(len(values)), values)
