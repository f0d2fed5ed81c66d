"""What a sound without words seems to be, and whether something plays behind the words.

Hints by rule, from two properties. Music holds its tones: the strongest partial stays within a
third of a semitone for 150 ms and more, which a speaking voice hardly ever does (at most 0.21 of
its frames on 24 recordings; a solo trumpet 0.57, chords and melodies above 0.9). Speech swings
between vowels and consonants, that is between low and high frequencies, far more than either music
or noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.audio.levels import HOP_S, Levels, measure_levels
from studio.clips.quality import speech_level_db
from studio.types import Audio, Span

_FFT: Final = 2_048
_HOP: Final = 480
_LOWEST_HZ: Final = 80.0
_HIGHEST_HZ: Final = 4_000.0
_FRAMES_AT_ONCE: Final = 1_024
_HELD_FRAMES: Final = 7
_HELD_SEMITONES: Final = 0.35
_LOUD: Final = 1e-3
"""Frames below this part (-30 dB) of the loud ones are pauses and are not asked."""

_MUSICAL: Final = 0.35
_SWING_DB: Final = 18.0
_STEADY_DB: Final = 6.0
_SILENT_DBFS: Final = -75.0
_LEAST_SPEECH_S: Final = 0.5
_LEAST_SYLLABLE_S: Final = 0.1

_HUM_HZ: Final = 400.0
"""Tones below here in a pause are the mains more often than an instrument."""

_BEHIND_DB: Final = 40.0
"""What is further below the voice than this is not heard beside it."""

_PAUSE_S: Final = 0.5
"""In less, noise can stand still by chance."""

_PAUSE_EDGE_S: Final = 0.05


class Content(StrEnum):
    """What a sound without speech seems to be; NOTHING is too short to be anything."""

    NOTHING = "nothing"
    SILENCE = "silence"
    NOISE = "noise"
    MUSIC = "music"
    UNKNOWN = "unknown"


def content_without_speech(audio: Audio) -> Content:
    """What ``audio``, in which nobody speaks, seems to hold instead."""
    if audio.duration_s < _LEAST_SPEECH_S:
        return Content.NOTHING
    levels = measure_levels(audio)
    if float(levels.db.max()) < _SILENT_DBFS:
        return Content.SILENCE
    if held_tone_ratio(audio) >= _MUSICAL:
        return Content.MUSIC
    low, high = np.percentile(levels.db, [10, 90])
    return Content.NOISE if high - low < _STEADY_DB else Content.UNKNOWN


def sounds_spoken(audio: Audio, spans: Sequence[Span]) -> bool:
    """Whether the sound in ``spans`` moves like speech; for where voice activity heard none."""
    lasting = [s for s in spans if s.duration_s >= _LEAST_SYLLABLE_S]
    if sum(s.duration_s for s in lasting) < _LEAST_SPEECH_S:
        return False
    levels = measure_levels(audio)
    inside = np.zeros(len(levels), dtype=bool)
    for span in lasting:
        inside[round(span.start_s / HOP_S) : round(span.end_s / HOP_S)] = True
    return _swing_db(levels, inside) >= _SWING_DB and held_tone_ratio(audio) < _MUSICAL


def music_behind_speech(audio: Audio, speech: Sequence[Span], levels: Levels) -> bool:
    """Whether tones are held in the pauses of ``audio``, loud enough to be heard."""
    loud = speech_level_db(levels, speech)
    if loud is None:
        return False
    edges = [0.0, *(t for s in speech for t in (s.start_s, s.end_s)), audio.duration_s]
    held_s = total_s = 0.0
    for start_s, end_s in zip(edges[::2], edges[1::2], strict=True):
        pause = audio.slice(start_s + _PAUSE_EDGE_S, end_s - _PAUSE_EDGE_S)
        if pause.duration_s < _PAUSE_S:
            continue
        total_s += pause.duration_s
        here = levels.db[round(start_s / HOP_S) : round(end_s / HOP_S)]
        if float(np.median(here)) > loud - _BEHIND_DB:
            held_s += pause.duration_s * held_tone_ratio(pause, _HUM_HZ)
    return held_s > _MUSICAL * total_s


def held_tone_ratio(audio: Audio, lowest_hz: float = _LOWEST_HZ) -> float:
    """The part of the sounding frames, 0 to 1, in which the strongest partial stands still."""
    if len(audio.samples) < _FFT:
        return 0.0
    semitones, power = _strongest_partial(audio, lowest_hz)
    loud = power > np.percentile(power, 95) * _LOUD
    if len(semitones) < _HELD_FRAMES or not loud.any() or not power.any():
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(semitones, _HELD_FRAMES)
    sounding = np.lib.stride_tricks.sliding_window_view(loud, _HELD_FRAMES).all(axis=1)
    still = (np.ptp(windows, axis=1) < _HELD_SEMITONES) & sounding
    held = np.zeros(len(semitones), dtype=bool)
    for offset in range(_HELD_FRAMES):
        held[offset : offset + len(still)] |= still
    return float(held[loud].mean())


def _strongest_partial(
    audio: Audio, lowest_hz: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Its pitch in semitones [frames] (parabola through three bins), and the power [frames]."""
    frames = np.lib.stride_tricks.sliding_window_view(audio.samples, _FFT)[::_HOP]
    window = np.hanning(_FFT).astype(np.float32)
    bin_hz = audio.sample_rate / (2 * _FFT)
    low, high = round(lowest_hz / bin_hz), round(_HIGHEST_HZ / bin_hz)
    pitches, powers = [], []
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        spectrum = np.fft.rfft(frames[start : start + _FRAMES_AT_ONCE] * window, 2 * _FFT, axis=1)
        power = np.square(np.abs(spectrum[:, low - 1 : high + 1]), dtype=np.float64)
        top = power[:, 1:-1].argmax(axis=1) + 1
        rows = np.arange(len(top))
        before, here, after = (np.log(power[rows, top + step] + 1e-20) for step in (-1, 0, 1))
        bend = np.minimum(before - 2 * here + after, -1e-9)
        shift = np.clip(0.5 * (before - after) / bend, -1, 1)
        pitches.append(12 * np.log2((top + low - 1 + shift) * bin_hz))
        powers.append(power.sum(axis=1))
    return np.concatenate(pitches), np.concatenate(powers)


def _swing_db(levels: Levels, inside: NDArray[np.bool_]) -> float:
    inside = inside & (levels.db > levels.db.max() - _BEHIND_DB)
    low, high = levels.bands_db[0][inside], levels.bands_db[2][inside]
    if not len(low):
        return 0.0
    # Far below the vowels, the high band is noise or nothing, and its exact level says nothing.
    tilt = low - np.maximum(high, levels.bands_db[0].max() - 70)
    return float(np.subtract(*np.percentile(tilt, [90, 10])))
