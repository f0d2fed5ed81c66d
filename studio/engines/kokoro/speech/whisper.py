"""The last of a voice taken out of a whisper.

Without pitch the network still makes vowels that hum: it was trained with few whispers. There
the throat gives noise alone, and noise is what remains where the phases of a sound are drawn at
random, in windows too short to hold a period (the spectrum, which carries the words, stays).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.types import SAMPLE_RATE

Floats = NDArray[np.float32]

WINDOW: Final = 240
"""Samples: 10 ms."""

HOP: Final = WINDOW // 4
DRAWN_BELOW_HZ: Final = 1_500.0
"""Above, no ear finds a pitch, and consonants keep their edges."""

HUM_HZ: Final = 300.0
"""Whispers have next to nothing below."""

_LOUDER: Final = 0.375**-0.5
"""Windows of noise add up to less than windows of one sound."""


def whispered(parts: Iterator[Floats], seed: int) -> Iterator[Floats]:
    """``parts`` of a sound at 24 kHz as a whisper: as many samples, whatever the parts."""
    drawn = np.random.default_rng(seed)
    window = np.sqrt(np.hanning(WINDOW + 1)[:-1])
    hz = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    draws = hz < DRAWN_BELOW_HZ
    gain = np.clip(hz / HUM_HZ, 0, 1) ** 2 * np.where(draws, _LOUDER, 1.0)
    early = WINDOW - HOP
    waiting: NDArray[np.float64] = np.zeros(early)
    sums = np.zeros(WINDOW)
    given = made = 0

    def step(frame: NDArray[np.float64]) -> NDArray[np.float64]:
        spectrum = np.fft.rfft(frame * window) * gain
        turns = drawn.random(int(draws.sum()))
        spectrum[draws] = np.abs(spectrum[draws]) * np.exp(2j * np.pi * turns)
        sums[:] += np.fft.irfft(spectrum, WINDOW) * window / 2
        done = sums[:HOP].copy()
        sums[:-HOP] = sums[HOP:]
        sums[-HOP:] = 0
        return done

    def ready(sound: NDArray[np.float64]) -> tuple[Floats, NDArray[np.float64]]:
        count = max(0, (len(sound) - early) // HOP)
        done = [step(sound[HOP * one : HOP * one + WINDOW]) for one in range(count)]
        return np.concatenate([np.zeros(0), *done]).astype(np.float32), sound[HOP * count :]

    for part in parts:
        given += len(part)
        done, waiting = ready(np.concatenate([waiting, part]))
        out = done[max(0, early - made) :]
        made += len(done)
        if len(out):
            yield out
    done, _ = ready(np.concatenate([waiting, np.zeros(WINDOW)]))
    yield done[max(0, early - made) : given + early - made]
