"""The space in which two voices are compared and bridged: log-mel bands, and cepstra of them.

Everything a voice learns about timbre is in bands, never in the vocoder's 513 bins: bands are
what the ear and the statistics have use for, and they keep a saved voice small. A correction is
found in bands, spread over the bins, and multiplied onto the envelope, so whatever fine structure
the source has stays.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.parametric.vocoder import BINS, ENVELOPE_FLOOR
from studio.types import SAMPLE_RATE

Floats = NDArray[np.float64]

BANDS: Final = 48
"""Half a critical band each: enough to place a formant, too few to follow a harmonic."""

CEPSTRA: Final = 28
"""The first of the bands' cosine coefficients; the rest is ripple that differs from frame to
frame more than from voice to voice."""

LOWEST_HZ: Final = 60.0
HIGHEST_HZ: Final = 11_500.0

EMPTY_BAND_DB: Final = 62.0
"""A band this far under the loudest one, even where it is loudest itself, holds no speech."""

ACTIVE_DB: Final = 40.0
"""Frames this far under the loud ones (97th percentile) are pauses, noise or decay."""


def mel(hz: NDArray[np.floating[Any]] | float) -> Floats:
    """Mel value of a frequency (O'Shaughnessy's formula, as in HTK)."""
    return np.asarray(2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0))


@cache
def _filters() -> Floats:
    """Triangles of equal area, [BANDS, BINS]."""
    bins = mel(np.linspace(0, SAMPLE_RATE / 2, BINS))
    edges = np.linspace(mel(LOWEST_HZ), mel(HIGHEST_HZ), BANDS + 2)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    weights = np.maximum(np.minimum(rising, falling), 0.0)
    # A band narrower than a bin would catch nothing: it takes its nearest bin.
    for band in np.flatnonzero(weights.sum(1) < 0.5):
        weights[band] = 0.0
        weights[band, np.argmin(np.abs(bins - edges[band + 1]))] = 1.0
    return np.asarray(weights / weights.sum(1, keepdims=True))


@cache
def band_centres_mel() -> Floats:
    """Mel value of each band's middle, [BANDS]."""
    return np.asarray(np.linspace(mel(LOWEST_HZ), mel(HIGHEST_HZ), BANDS + 2)[1:-1])


@cache
def _spread() -> Floats:
    """Linear interpolation from band middles to bins, held at both ends, [BANDS, BINS]."""
    bins = mel(np.linspace(0, SAMPLE_RATE / 2, BINS))
    return np.stack([np.interp(bins, band_centres_mel(), row) for row in np.eye(BANDS)])


@cache
def _cosines() -> Floats:
    """Orthonormal DCT-II, [BANDS, CEPSTRA]."""
    order, band = np.arange(CEPSTRA), np.arange(BANDS)
    basis = np.cos(np.pi / BANDS * (band[:, None] + 0.5) * order) * np.sqrt(2.0 / BANDS)
    basis[:, 0] *= np.sqrt(0.5)
    return np.asarray(basis)


def to_bands(envelope: Floats) -> Floats:
    """Natural log of the power in each band: [frames, BINS] to [frames, BANDS]."""
    return np.asarray(np.log(envelope @ _filters().T + ENVELOPE_FLOOR))


def to_cepstra(bands: Floats) -> Floats:
    """[..., BANDS] to [..., CEPSTRA]; the first one is the level."""
    return np.asarray(bands @ _cosines())


def from_cepstra(cepstra: Floats) -> Floats:
    """[..., CEPSTRA] back to [..., BANDS], without the ripple."""
    return np.asarray(cepstra @ _cosines().T)


def apply_correction(envelope: Floats, correction: Floats) -> Floats:
    """``envelope`` [frames, BINS] times e to the ``correction`` [frames, BANDS]."""
    return np.asarray(envelope * np.exp(correction @ _spread()))


def level(envelope: Floats) -> Floats:
    """Total power of each frame, [frames]."""
    return np.asarray(envelope.sum(1) + ENVELOPE_FLOOR)


def active(envelope: Floats) -> NDArray[np.bool_]:
    """Which frames carry speech, [frames]; all false for silence."""
    power = 10.0 * np.log10(level(envelope))
    if not len(power):
        return np.zeros(0, dtype=np.bool_)
    loud = np.percentile(power, 97)
    return np.asarray((power > loud - ACTIVE_DB) & (loud > -90.0))


def bandwidth_in_bands(bands: Floats) -> int:
    """How many of the bands of speech [frames, BANDS] hold anything, at least half of them.

    A recording at 16 kHz, or one that went through a lossy format, ends well below 12 kHz, and
    what is not there must not be learnt as if it were silence in the voice.
    """
    if not len(bands):
        return BANDS
    loudest = np.percentile(bands, 97, axis=0)
    there = np.flatnonzero(loudest > loudest.max() - EMPTY_BAND_DB / 10.0 * np.log(10.0))
    last = int(there[-1]) + 1
    # The slope of an anti-alias filter reaches a band or two into what is still there.
    return BANDS if last == BANDS else max(BANDS // 2, last - 2)


def extend_bands(bands: Floats, model: Floats, last: int) -> Floats:
    """``bands`` [frames, BANDS] with those from ``last`` on continued in the shape of ``model``.

    ``model`` [BANDS] is the mean of a voice that does reach the top.
    """
    if last >= BANDS or not len(bands):
        return bands
    filled = bands.copy()
    filled[:, last:] = bands[:, last - 1 : last] + (model[last:] - model[last - 1])
    return filled


def smooth(rows: Floats, sigma: float, weights: Floats | None = None) -> Floats:
    """Gaussian mean over time, ``sigma`` in frames, of [frames, ...]; weighted by [frames]."""
    from scipy.ndimage import gaussian_filter1d

    if not len(rows):
        return rows
    if weights is None:
        return np.asarray(gaussian_filter1d(rows, sigma, axis=0, mode="nearest"))
    shaped = weights.reshape(-1, *[1] * (rows.ndim - 1))
    total = gaussian_filter1d(weights, sigma, mode="nearest")
    summed = gaussian_filter1d(rows * shaped, sigma, axis=0, mode="nearest")
    return np.asarray(summed / total.reshape(shaped.shape))
