"""Speech as pitch, envelope and noise: the analysis of the WORLD vocoder at the studio's rate.

Morise, Yokomori, Ozawa: "WORLD: a vocoder-based high-quality speech synthesis system for real-time
applications", IEICE Trans. Inf. & Syst. E99-D(7), 2016; here through its Python wrapper pyworld.
"""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from studio.types import SAMPLE_RATE

HOP_S: Final = 0.005
"""Seconds from one frame of features to the next."""

HOP_SAMPLES: Final = round(HOP_S * SAMPLE_RATE)

FFT_SIZE: Final = 1_024
"""At 24 kHz this is the smallest size whose window holds three periods of 71 Hz."""

BINS: Final = FFT_SIZE // 2 + 1
BINS_HZ: Final = np.arange(BINS) * SAMPLE_RATE / FFT_SIZE

DIO_SPEED: Final = 4
"""DIO works on every n-th sample; at 6 kHz its zero crossings are still finer than StoneMask
needs, and it costs a seventh."""

ENVELOPE_FLOOR: Final = 1e-12
"""Power under which an envelope does not go: digital silence has no logarithm."""


# Medians of what D4C finds in voiced frames of four voices, espeak-ng's among them.
_USUAL_HZ: Final = (0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000, 10_000, 12_000)
_USUAL_APERIODICITY: Final = (0.0, 0.01, 0.05, 0.35, 0.45, 0.55, 0.68, 0.70, 0.78, 0.95)


@dataclass(frozen=True, eq=False)
class Features:
    """Speech taken apart, one row every ``HOP_S``: row i describes the time i * HOP_S.

    ``f0_hz`` float64 [frames], 0 where unvoiced; ``envelope`` float64 [frames, 513], power;
    ``aperiodicity`` float64 [frames, 513], 0 all tone to 1 all noise.
    """

    f0_hz: NDArray[np.float64]
    envelope: NDArray[np.float64]
    aperiodicity: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.f0_hz)

    def slice(self, start: int, end: int) -> Features:
        """The frames from ``start`` up to ``end``; views, not copies."""
        return Features(
            self.f0_hz[start:end], self.envelope[start:end], self.aperiodicity[start:end]
        )


def is_installed() -> bool:
    """Whether pyworld can be used: it is compiled when it is installed, and that can fail.

    It also imports pkg_resources, which setuptools 81 and later no longer bring.
    """
    return all(importlib.util.find_spec(name) for name in ("pyworld", "pkg_resources"))


@cache
def _world() -> Any:
    """pyworld, without the warning that it gives everybody about how it reads its own version."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*pkg_resources")
        import pyworld

    return pyworld


def track_pitch(
    samples: NDArray[np.float32], *, quick: bool, f0_floor: float, f0_ceil: float
) -> NDArray[np.float64]:
    """F0 in Hz, float64 [frames], 0 where unvoiced.

    ``quick`` takes DIO refined by StoneMask, about fifty times faster than Harvest and good
    enough for a synthetic source; a recording deserves Harvest.
    """
    pyworld = _world()
    sound = samples.astype(np.float64)
    if quick:
        raw, times = pyworld.dio(
            sound,
            SAMPLE_RATE,
            f0_floor=f0_floor,
            f0_ceil=f0_ceil,
            frame_period=HOP_S * 1_000,
            speed=DIO_SPEED,
        )
        f0: NDArray[np.float64] = pyworld.stonemask(sound, raw, times, SAMPLE_RATE)
        return f0
    f0, _ = pyworld.harvest(
        sound, SAMPLE_RATE, f0_floor=f0_floor, f0_ceil=f0_ceil, frame_period=HOP_S * 1_000
    )
    return f0


def analyse(
    samples: NDArray[np.float32],
    *,
    quick: bool,
    f0_floor: float,
    f0_ceil: float,
    aperiodicity: bool = True,
) -> Features:
    """Take ``samples`` float32 [n] at 24 kHz apart; n // HOP_SAMPLES + 1 frames.

    Without ``aperiodicity`` the usual one is taken: D4C is half the cost, and finds much the same
    in every voice.
    """
    f0 = track_pitch(samples, quick=quick, f0_floor=f0_floor, f0_ceil=f0_ceil)
    return take_apart(samples, f0, aperiodicity=aperiodicity)


def take_apart(
    samples: NDArray[np.float32], f0_hz: NDArray[np.float64], *, aperiodicity: bool = True
) -> Features:
    """``analyse`` for a pitch that is known already: one frame per value of ``f0_hz``."""
    pyworld = _world()
    sound = samples.astype(np.float64)
    f0 = np.ascontiguousarray(f0_hz)
    times = np.arange(len(f0), dtype=np.float64) * HOP_S
    envelope = pyworld.cheaptrick(sound, f0, times, SAMPLE_RATE, fft_size=FFT_SIZE)
    if aperiodicity:
        noise = _aperiodicity_of(sound, f0, times)
    else:
        noise = np.where(f0[:, None] > 0, _usual_aperiodicity(), 1.0)
    return Features(f0, np.maximum(envelope, ENVELOPE_FLOOR), noise)


def _aperiodicity_of(
    sound: NDArray[np.float64], f0_hz: NDArray[np.float64], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """D4C in every second frame of what is voiced, and as in the frame before in the others: it
    looks at several periods at once, and costs most of all."""
    voiced = f0_hz > 0
    asked = voiced.copy()
    asked[1:] &= ~voiced[:-1] | (np.arange(1, len(voiced)) % 2 == 0)
    f0 = np.where(asked, f0_hz, 0.0)
    noise: NDArray[np.float64] = _world().d4c(sound, f0, times, SAMPLE_RATE, fft_size=FFT_SIZE)
    left = np.flatnonzero(voiced & ~asked)
    noise[left] = noise[left - 1]
    return noise


def _usual_aperiodicity() -> NDArray[np.float64]:
    """Noise in a voiced sound by frequency, float64 [513]."""
    return np.interp(BINS_HZ, _USUAL_HZ, _USUAL_APERIODICITY)
