"""Mains hum: found by its steadiness, measured where nobody speaks, and taken out of the sound.

Hum keeps its frequency to a fraction of a hertz and goes on in pauses; a voice does neither, even
one whose pitch is that of the hum. So the hum's tones are followed as steady waves, whose height
and phase the quiet moments decide, and exactly these waves are subtracted. A filter would ring at
the voice's own tones; this leaves the voice as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio.audio.resample import resample
from studio.types import Audio

MAINS_HZ: Final = (50.0, 60.0)
"""One or the other, all over the world."""

_OFF_HZ: Final = 0.6
"""How far a recorder's clock, or a tape, may move the mains."""

_STEP_HZ: Final = 0.01
_RATE: Final = 4_000
_HIGHEST_HZ: Final = 1_900.0
"""The buzz of dimmers and ground loops reaches about as high."""

_WINDOW: Final = 640
_HOP: Final = 160
"""A window of 0.16 s tells tones 50 Hz apart from each other and fits into a pause."""

_SECTION_S: Final = 20.0
_SHARED_S: Final = 5.0
"""The mains wanders over minutes: a long clip is read in sections that overlap by this much."""

_ASKED: Final = 8
"""The lowest tones decide whether there is hum."""

_LEAST_SCORE: Final = 0.75
_SCORE_BY_CHANCE: Final = 40.0
"""By chance a sound scores about 30 over its frames (22 recordings without hum: 16 to 55)."""

_ONE_TONE: Final = 0.85
_ONE_TONE_AMONG: Final = 4
_STANDS_BY_CHANCE: Final = 3.5

_FOLLOWED_S: Final = 2.0
_ROUNDS: Final = 12
_LEAST_FRAMES: Final = 12
_QUIETEST_PERCENT: Final = 10
_GOES_ON: Final = 0.06
_BELOW_LOUD_DB: Final = 6.0
"""A tone that is nearly all there is to hear is no hum behind a voice."""

Complex = NDArray[np.complex128]
Floats = NDArray[np.float64]
_Number = TypeVar("_Number", np.float64, np.complex128)


@dataclass(frozen=True)
class Hum:
    """What was taken out: the frequency of the mains, and how loud its tones were together, dBFS
    (mean square)."""

    hz: float
    level_db: float


def without_hum(audio: Audio) -> tuple[Audio, Hum | None]:
    """``audio`` less the hum of the mains in it, and what that was; None where there is none.

    Without hum the very same ``audio`` comes back. Thread-safe.
    """
    sections = [_Section(part, start) for start, part in _sections(audio)]
    if not sections or min(len(section) for section in sections) < _LEAST_FRAMES:
        return audio, None
    hz = _mains(sections)
    if hz is None:
        return audio, None
    hum = _joined([(s.start, s.hum(hz, audio.sample_rate)) for s in sections], audio)
    power = float(np.mean(np.square(hum, dtype=np.float64)))
    if power < 1e-14 or 10 * np.log10(power) > _loud_db(audio) - _BELOW_LOUD_DB:
        return audio, None
    return Audio(audio.samples - hum, audio.sample_rate), Hum(hz, float(10 * np.log10(power)))


def _sections(audio: Audio) -> Iterator[tuple[int, Audio]]:
    """Parts of at most ``_SECTION_S``, about equal, with the sample where each starts."""
    length = len(audio.samples)
    most, shared = round(_SECTION_S * audio.sample_rate), round(_SHARED_S * audio.sample_rate)
    count = max(1, -(-(length - shared) // (most - shared)))
    step = -(-max(0, length - shared) // count)
    for number in range(count):
        start = number * step
        yield start, Audio(audio.samples[start : start + step + shared], audio.sample_rate)


def _joined(parts: list[tuple[int, NDArray[np.float32]]], audio: Audio) -> NDArray[np.float32]:
    """The hum of the sections as one, faded over from each to the next."""
    whole = np.zeros(len(audio.samples), dtype=np.float32)
    reached = 0
    for start, part in parts:
        shared = reached - start
        if shared > 0:
            rising = np.linspace(0, 1, shared, dtype=np.float32)
            part = part.copy()
            part[:shared] *= rising
            whole[start:reached] *= 1 - rising
        whole[start : start + len(part)] += part
        reached = start + len(part)
    return whole


class _Section:
    """One stretch of sound, cut into windows: what its tones do."""

    def __init__(self, audio: Audio, start: int) -> None:
        self.start = start
        self._length = len(audio.samples)
        samples = resample(audio, _RATE).samples.astype(np.float64)
        count = max(0, (len(samples) - _WINDOW) // _HOP + 1)
        self._frames = np.zeros((0, _WINDOW))
        if count:
            frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
            self._frames = frames * np.hanning(_WINDOW + 1)[:-1]
        self._times_s = (np.arange(count) * _HOP + _WINDOW / 2) / _RATE

    def __len__(self) -> int:
        return len(self._frames)

    def tones(self, hz: float, count: int) -> Complex:
        """Height and phase [frames, count] of ``hz`` and its multiples, against steady waves."""
        multiples = 2j * np.pi * hz * np.arange(1, count + 1)
        within_s = (np.arange(_WINDOW) - _WINDOW / 2) / _RATE
        found: Complex = self._frames @ np.exp(-within_s[:, None] * multiples) * (4 / _WINDOW)
        found *= np.exp(-self._times_s[:, None] * multiples)
        return found

    def steadiness(self, mains_hz: float, off_hz: Floats) -> Floats:
        """How steady each of the lowest tones is [tones, offsets], 0 to 1, in its quiet half."""
        tones = self.tones(mains_hz, _ASKED)
        turns = np.exp(-2j * np.pi * np.outer(self._times_s, off_hz))
        turned, steady = np.ones_like(turns), []
        for tone in range(_ASKED):
            turned *= turns
            steady.append(_steadiness(tones[:, tone, None] * turned))
        return np.stack(steady)

    def hum(self, hz: float, sample_rate: int) -> NDArray[np.float32]:
        """The hum of this section, float32 [samples]; ``hz`` is about its frequency."""
        near = np.arange(-10, 10.5) * _STEP_HZ / 5
        hz += float(near[np.argmax(np.square(self.steadiness(hz, near)).sum(axis=0))])
        tones = self.tones(hz, int(_HIGHEST_HZ / hz))
        standing = np.flatnonzero(_steadiness(tones) > _STANDS_BY_CHANCE / np.sqrt(len(self)))
        waves = _followed(tones[:, standing])
        if not len(standing) or not self._goes_on(waves):
            return np.zeros(self._length, dtype=np.float32)
        return self._sound(hz * (standing + 1).astype(np.float64), waves, sample_rate)

    def _sound(self, hz: Floats, waves: Complex, sample_rate: int) -> NDArray[np.float32]:
        """The ``waves`` [frames, tones] at ``hz`` [tones] as sound, float32 [samples]."""
        hop = round(_HOP / _RATE * sample_rate)
        count = -(-self._length // hop)
        # Windows are centred on every hop from the second on; the first and last hold at the ends.
        at = np.clip(np.arange(count + 1) - _WINDOW // (2 * _HOP), 0, len(self) - 1)
        started = np.exp(2j * np.pi * ((np.arange(count)[:, None] * hop * hz / sample_rate) % 1.0))
        turning = np.exp(2j * np.pi * hz[:, None] * np.arange(hop) / sample_rate)
        share = np.arange(hop) / hop
        leaving = (waves[at[:-1]] * started @ turning).real * (1 - share)
        coming = (waves[at[1:]] * started @ turning).real * share
        hum: NDArray[np.float32] = (leaving + coming).reshape(-1).astype(np.float32)
        return hum[: self._length]

    def _goes_on(self, waves: Complex) -> bool:
        """Whether ``waves`` are there in the quietest moments too, as a voice's tones are not."""
        power = np.square(np.abs(waves)).sum(axis=1)
        loudness = np.square(self._frames).sum(axis=1)
        quiet = loudness <= np.percentile(loudness, _QUIETEST_PERCENT)
        return bool(power[quiet].mean() > _GOES_ON * np.median(power))


def _steadiness(tones: Complex) -> Floats:
    """How alike the phases of each tone are, 0 to 1, in the half of its frames that is quieter."""
    height = np.abs(tones)
    quiet = height <= np.median(height, axis=0)
    phases = np.where(quiet, tones / np.maximum(height, 1e-12), 0.0)
    steady: Floats = np.abs(phases.sum(axis=0)) / quiet.sum(axis=0)
    return steady


def _mains(sections: list[_Section]) -> float | None:
    """The frequency of the mains that hums in all ``sections`` together, or None."""
    off_hz = np.arange(-_OFF_HZ, _OFF_HZ + _STEP_HZ / 2, _STEP_HZ, dtype=np.float64)
    frames = sum(len(section) for section in sections)
    best: tuple[float, float] | None = None
    for mains_hz in MAINS_HZ:
        steady = np.zeros((_ASKED, len(off_hz)))
        for section in sections:
            steady += section.steadiness(mains_hz, off_hz) * (len(section) / frames)
        score = np.square(steady).sum(axis=0)
        at = int(np.argmax(score))
        one = float(steady[:_ONE_TONE_AMONG, at].max())
        sure = score[at] >= _LEAST_SCORE + _SCORE_BY_CHANCE / frames or one >= _ONE_TONE
        if sure and (best is None or score[at] > best[0]):
            best = float(score[at]), mains_hz + float(off_hz[at])
    return None if best is None else best[1]


def _followed(tones: Complex) -> Complex:
    """The steady part of ``tones`` [frames, tones], as it changes over seconds.

    A mean in which a frame counts the less the further it lies from the mean: what a voice adds
    is far off and different each time, and the hum is what remains.
    """
    width = round(_FOLLOWED_S * _RATE / _HOP)
    steady = np.zeros_like(tones)
    nearness = np.ones(tones.shape)
    for _ in range(_ROUNDS):
        total = _smoothed(nearness, width)
        steady = _smoothed(nearness * tones, width) / np.maximum(total, 1e-12)
        away = np.abs(tones - steady)
        nearness = 1 / (1 + np.square(away / (np.percentile(away, 20, axis=0) + 1e-9)))
    # Where a recorder turned the pauses down, their hum is lower, and no more may be taken out.
    there, expected = (np.square(np.abs(part)).sum(axis=1) for part in (tones, steady))
    followed: Complex = (
        steady * np.sqrt(np.minimum(1.0, there / np.maximum(expected, 1e-20)))[:, None]
    )
    return followed


def _smoothed(values: NDArray[_Number], width: int) -> NDArray[_Number]:
    """Sums over a triangle of twice ``width`` frames around each frame."""
    for _ in range(2):
        padded = np.pad(values, ((width // 2 + 1, width - width // 2 - 1), (0, 0)))
        sums = np.cumsum(padded, axis=0)
        values = sums[width:] - sums[:-width]
    return values


def _loud_db(audio: Audio) -> float:
    """The level of the loud moments, dBFS (mean square)."""
    size = max(1, round(0.1 * audio.sample_rate))
    count = len(audio.samples) // size
    frames = audio.samples[: count * size].reshape(count, size).astype(np.float64)
    power = float(np.percentile(np.square(frames).mean(axis=1), 95)) if count else 0.0
    return float(10 * np.log10(max(power, 1e-14)))
