"""How a sentence is delivered: an emotion as acoustic dials, and expressiveness as variation.

Emotion sets pitch, range, pace, level, brightness and breath. Temperature widens or flattens the
melody and draws, from the seed, how this sentence moves within it. Nothing here knows a voice.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.parametric.calibration import Calibration
from studio.engines.parametric.espeak import Rendering
from studio.engines.parametric.vocoder import BINS_HZ, HOP_S, Features
from studio.types import Emotion, SpeechOptions

MIN_F0_HZ: Final = 45.0
MAX_F0_HZ: Final = 700.0


@dataclass(frozen=True)
class Style:
    """An emotion in acoustic terms, relative to the voice's neutral.

    ``range_factor`` stretches the melody around the voice's middle, ``rate_factor`` the pace;
    ``tilt_db`` per octave above 500 Hz brightens; ``breath`` mixes in noise, 0 to 1;
    ``dynamics`` is the exponent on the loudness contour.
    """

    semitones: float
    range_factor: float
    rate_factor: float
    gain_db: float
    tilt_db: float
    breath: float
    dynamics: float
    voiced: bool = True


STYLES: Final = {
    Emotion.NEUTRAL: Style(0, 1, 1, 0, 0, 0, 1),
    Emotion.HAPPY: Style(2, 1.35, 1.06, 1.5, 0.7, 0, 1.1),
    Emotion.EXCITED: Style(3.5, 1.6, 1.14, 3, 1.2, 0, 1.2),
    Emotion.SAD: Style(-2, 0.55, 0.84, -4, -1.3, 0.15, 0.9),
    Emotion.ANGRY: Style(1, 1.25, 1.08, 4, 1.8, 0, 1.35),
    Emotion.CALM: Style(-1, 0.75, 0.9, -2, -0.6, 0.05, 0.95),
    Emotion.WHISPER: Style(0, 1, 0.92, -9, 0.8, 1, 0.8, voiced=False),
}

# What one unit of temperature adds to a sentence, as standard deviations.
_SENTENCE_SEMITONES: Final = 0.4
_PHRASE_SEMITONES: Final = 0.6
_SLOPE_SEMITONES_PER_S: Final = 0.5
_ACCENT_SEMITONES: Final = 1.1
_RATE_LOG: Final = 0.03

_ACCENT_WIDTH_S: Final = 0.28
_ACCENT_DB_PER_SEMITONE: Final = 0.6
_MAX_SPREADS: Final = 2.0
"""Draws are held within this many standard deviations: lively, never strange."""

_PHRASE_PAUSE_S: Final = 0.04
_TILT_FROM_HZ: Final = 500.0
_WHISPER_ROLL_OFF_HZ: Final = 900.0
_WHISPER_ROLL_OFF_DB: Final = 7.0
_BREATH_FROM_HZ: Final = 1_000.0
_MAX_DYNAMICS_DB: Final = 6.0


@dataclass(frozen=True, eq=False)
class Melody:
    """What a sentence adds to the voice's own pitch and level: one value per frame."""

    semitones: NDArray[np.float64]
    level_db: NDArray[np.float64]

    def slice(self, start: int, end: int) -> Melody:
        return Melody(self.semitones[start:end], self.level_db[start:end])


class Delivery:
    """The delivery of one sentence: drawn once from options and ``sentence``, its number.

    The same options and number give the same delivery. ``lift`` is what the whole sentence is
    raised by, in semitones.
    """

    def __init__(self, options: SpeechOptions, sentence: int) -> None:
        self.style = STYLES[options.emotion]
        self._temperature = options.temperature
        self._draws = np.random.default_rng((options.seed, sentence))
        self.rate_factor = self.style.rate_factor * float(
            np.exp(self._draw() * _RATE_LOG * options.temperature)
        )
        self.lift = self._draw() * _SENTENCE_SEMITONES * options.temperature
        # What is drawn adds to the range, so the usual temperature stays a little below 1.
        widening = 0.6 + 0.4 * options.temperature
        self.range_factor = self.style.range_factor * widening

    def melody(self, rendering: Rendering, frames: int) -> Melody:
        """How this sentence moves, over ``frames`` frames of ``rendering``. Call it once."""
        times = np.arange(frames) * HOP_S
        semitones: NDArray[np.float64] = np.zeros(frames)
        for start_s, end_s in _phrases(rendering):
            within = (times >= start_s) & (times < end_s)
            offset = self._draw() * _PHRASE_SEMITONES
            slope = self._draw() * _SLOPE_SEMITONES_PER_S
            semitones[within] += offset + slope * (times[within] - (start_s + end_s) / 2)
        accents = np.zeros(frames)
        for phoneme in rendering.phonemes:
            if "ˈ" in phoneme.symbol:
                away = np.abs(times - phoneme.start_s - _ACCENT_WIDTH_S / 4) / _ACCENT_WIDTH_S
                bump = 0.5 + 0.5 * np.cos(2 * np.pi * np.minimum(away, 0.5))
                accents += self._draw() * _ACCENT_SEMITONES * bump
        semitones = self.lift + (semitones + accents) * self._temperature
        return Melody(semitones, accents * self._temperature * _ACCENT_DB_PER_SEMITONE)

    def shape(self, features: Features, melody: Melody, voice: Calibration) -> Features:
        """``features`` of the voice that ``voice`` was measured on, delivered; same frames."""
        envelope = features.envelope
        level_db = frame_level_db(features)
        change_db = (self.style.dynamics - 1) * (level_db - voice.middle_db)
        change_db = np.clip(change_db, -_MAX_DYNAMICS_DB, _MAX_DYNAMICS_DB) + melody.level_db
        envelope = envelope * 10 ** (change_db / 10)[:, None]
        if self.style.tilt_db:
            envelope = _tilted(envelope, self.style.tilt_db)
        if not self.style.voiced:
            return Features(
                np.zeros_like(features.f0_hz),
                envelope * _whisper_roll_off(),
                np.ones_like(features.aperiodicity),
            )
        noise = features.aperiodicity
        if self.style.breath:
            noise = noise + (1 - noise) * self.style.breath * _breath_profile()
        return Features(self._pitch(features.f0_hz, melody, voice), envelope, noise)

    def _pitch(
        self, f0_hz: NDArray[np.float64], melody: Melody, voice: Calibration
    ) -> NDArray[np.float64]:
        voiced = f0_hz > 0
        octaves = np.log2(np.where(voiced, f0_hz, voice.middle_hz) / voice.middle_hz)
        octaves *= self.range_factor * voice.range_factor
        octaves += (self.style.semitones + melody.semitones) / 12
        moved = np.clip(voice.person_hz * 2**octaves, MIN_F0_HZ, MAX_F0_HZ)
        return np.where(voiced, moved, 0.0)

    def _draw(self) -> float:
        return float(np.clip(self._draws.standard_normal(), -_MAX_SPREADS, _MAX_SPREADS))


def frame_level_db(features: Features) -> NDArray[np.float64]:
    """Power of each frame in dB, float64 [frames]."""
    level: NDArray[np.float64] = 10 * np.log10(features.envelope.mean(axis=1))
    return level


def _phrases(rendering: Rendering) -> list[tuple[float, float]]:
    """Stretches between pauses, in seconds; together they cover the rendering."""
    starts = [0.0]
    for sound, following in pairwise(rendering.phonemes):
        is_pause = sound.symbol in ("", "_")
        if is_pause and following.start_s - sound.start_s >= _PHRASE_PAUSE_S:
            starts.append(following.start_s)
    ends = [*starts[1:], rendering.duration_s + HOP_S]
    return list(zip(starts, ends, strict=True))


def _tilted(envelope: NDArray[np.float64], db_per_octave: float) -> NDArray[np.float64]:
    """``envelope`` made brighter above 500 Hz; every frame keeps its power."""
    octaves = np.log2(np.maximum(BINS_HZ, _TILT_FROM_HZ) / _TILT_FROM_HZ)
    tilted: NDArray[np.float64] = envelope * 10 ** (db_per_octave * octaves / 10)
    kept = envelope.sum(axis=1) / tilted.sum(axis=1)
    return np.asarray(tilted * kept[:, None])


def _breath_profile() -> NDArray[np.float64]:
    """Breath is heard above the first formant: 0 below 500 Hz, 1 from 1.5 kHz up."""
    above: NDArray[np.float64] = (BINS_HZ - _BREATH_FROM_HZ / 2) / _BREATH_FROM_HZ
    return np.asarray(np.clip(above, 0.0, 1.0), dtype=np.float64)


def _whisper_roll_off() -> NDArray[np.float64]:
    """Without a voice there is no fundamental to carry the lowest octaves."""
    depth = 1 - np.minimum(BINS_HZ, _WHISPER_ROLL_OFF_HZ) / _WHISPER_ROLL_OFF_HZ
    factor: NDArray[np.float64] = 10 ** (-_WHISPER_ROLL_OFF_DB * depth / 10)
    return factor
