"""Fundamental frequency by autocorrelation and a best path through its peaks.

Method: P. Boersma, "Accurate short-term analysis of the fundamental frequency and the
harmonics-to-noise ratio of a sampled sound", IFA Proceedings 17 (1993); the search range then
follows the voice: C. De Looze & D. Hirst, "Detecting changes in key and range", Speech Prosody
(2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.types import Audio

_RATE = 16_000
_FLOOR_HZ = 60.0
_CEILING_HZ = 600.0
# Three periods of the lowest pitch: the least that shows it is periodic.
_WINDOW = round(3 * _RATE / _FLOOR_HZ)
_FFT = 2_048
_OVERSAMPLING = 2
_RUMBLE_HZ = (35.0, 55.0)
_CANDIDATES = 8
# Frames analysed at once, to bound memory on long clips.
_BATCH = 1_000

# Boersma's costs, for a hop of 10 ms. The voicing threshold and the price of a jump are his too.
_SILENCE = 0.03
_VOICING = 0.45
_OCTAVE_COST = 0.01
_FADING_COST = 0.5
_JUMP_COST = 0.35
_VOICING_CHANGE_COST = 0.14
_COST_HOP_S = 0.01

_SURE = 0.15
_LOUD = 0.1
# The voice's own range, around the quartiles of a first pass. Wide enough for lively speech, too
# narrow for most octave errors.
_RANGE_BELOW = 0.7
_RANGE_ABOVE = 1.4


@dataclass(frozen=True, eq=False)
class PitchCurve:
    """Pitch over time: ``times_s`` float64 [n], ``f0_hz`` float64 [n], NaN where unvoiced.

    ``strength`` [n] says how well the sound repeats at that pitch: 1 exactly, NaN where unvoiced.
    """

    times_s: NDArray[np.float64]
    f0_hz: NDArray[np.float64]
    strength: NDArray[np.float64]


def pitch_curve(audio: Audio, hop_s: float = 0.02) -> PitchCurve:
    """The pitch of ``audio`` every ``hop_s`` seconds, from its start.

    Hears 60 to 600 Hz. Silence, noise and whispering are unvoiced; so is a sound too short to
    hold a few periods. Level does not matter.
    """
    count = int(audio.duration_s / hop_s + 1e-9) + 1 if len(audio.samples) else 0
    times_s = hop_s * np.arange(count, dtype=np.float64)
    samples = _prepared(audio)
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak < 1e-7:
        nothing = np.full(len(times_s), np.nan)
        return PitchCurve(times_s, nothing, nothing)
    frequencies, strengths, level = _candidates(samples / np.float32(peak), times_s)
    # Not the maximum: one click would make all speech look like silence.
    level = level / max(float(np.percentile(level, 90)), 1e-9)
    unvoiced = _unvoiced_strength(level)
    f0_hz, sure = _best_path(frequencies, strengths, unvoiced, hop_s)
    # What is loud and clearly periodic is the voice; hum and ringing are seldom both.
    voice = f0_hz[(sure > np.nanmax(sure, initial=0.0) - _SURE) & (level > _LOUD)]
    if len(voice):
        low, high = np.percentile(voice, [10, 90])
        outside = (frequencies < low * _RANGE_BELOW) | (frequencies > high * _RANGE_ABOVE)
        strengths = np.where(outside, -np.inf, strengths)
        f0_hz, sure = _best_path(frequencies, strengths, unvoiced, hop_s)
    return PitchCurve(times_s, f0_hz, sure)


def _prepared(audio: Audio) -> NDArray[np.float32]:
    """The samples at the analysis rate, without the rumble below any voice."""
    samples = audio.samples
    if not len(samples):
        return samples
    if audio.sample_rate != _RATE:
        import soxr

        samples = np.asarray(soxr.resample(samples, audio.sample_rate, _RATE), dtype=np.float32)
    # Padded, so that one end does not run into the other and the transform is a quick one.
    length = -(-(len(samples) + _RATE // 4) // 4_096) * 4_096
    spectrum = np.fft.rfft(samples, length)
    hz = np.fft.rfftfreq(length, 1 / _RATE)
    spectrum *= np.clip((hz - _RUMBLE_HZ[0]) / (_RUMBLE_HZ[1] - _RUMBLE_HZ[0]), 0.0, 1.0)
    return np.fft.irfft(spectrum, length)[: len(samples)].astype(np.float32)


def _candidates(
    samples: NDArray[np.float32], times_s: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies and strengths [n, candidates] of each frame, and its peak level [n].

    A candidate that is not there has frequency 1 Hz and strength minus infinity.
    """
    padded = np.pad(samples, _WINDOW)
    starts = np.rint(times_s * _RATE).astype(np.intp) + _WINDOW // 2
    found = [_of_batch(padded, starts[i : i + _BATCH]) for i in range(0, len(starts), _BATCH)]
    frequencies, strengths, level = (np.concatenate(part) for part in zip(*found, strict=True))
    return frequencies, strengths, level


def _of_batch(
    padded: NDArray[np.float32], starts: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    frames = padded[starts[:, None] + np.arange(_WINDOW)].astype(np.float64)
    frames -= frames.mean(axis=1, keepdims=True)
    level = np.abs(frames).max(axis=1)
    window = np.hanning(_WINDOW)
    rate = _RATE * _OVERSAMPLING
    longest = int(rate / _FLOOR_HZ) + 2
    own = _autocorrelation(window[None])[0, :longest]
    raw = _autocorrelation(frames * window)[:, :longest]
    # Dividing by the window's own autocorrelation undoes its fading with the lag.
    r = raw / np.maximum(raw[:, :1], 1e-12) / (own / own[0])

    lags = np.arange(int(rate / _CEILING_HZ), longest - 1)
    before, here, after = r[:, lags - 1], r[:, lags], r[:, lags + 1]
    is_peak = (here > before) & (here >= after) & (here > 0)
    # Rumble holds all short lags up; a period's peak stands above a valley of its own.
    valley = np.minimum.accumulate(r[:, : longest - 1], axis=1)[:, lags]
    # The peak lies between samples: a parabola through three points finds it.
    bend = np.where(is_peak, before - 2 * here + after, -1.0)
    shift = np.where(is_peak, 0.5 * (before - after) / bend, 0.0)
    height = here - 0.25 * (before - after) * shift
    frequency = rate / (lags + shift)
    # Noise that rings (a fricative, a room) has one high peak; a voice repeats after two periods.
    again = r[:, np.minimum(2 * lags, longest - 1)]
    fading = np.where(2 * lags < longest, np.maximum(0.0, height - again), 0.0)
    strength = np.minimum(np.minimum(height, 1.0), height - valley) - _FADING_COST * fading
    strength = np.where(is_peak, strength - _OCTAVE_COST * np.log2(_FLOOR_HZ / frequency), -np.inf)
    best = np.argsort(-strength, axis=1, kind="stable")[:, :_CANDIDATES]
    strengths = np.take_along_axis(strength, best, axis=1)
    frequencies = np.take_along_axis(frequency, best, axis=1)
    return np.where(np.isfinite(strengths), frequencies, 1.0), strengths, level


def _autocorrelation(frames: NDArray[np.floating]) -> NDArray[np.float64]:
    """Autocorrelation of each row at half-sample lags."""
    power = np.abs(np.fft.rfft(frames, _FFT)) ** 2
    # A longer inverse transform interpolates: the peaks of a high voice are a few samples wide.
    return np.fft.irfft(power, _FFT * _OVERSAMPLING)


def _unvoiced_strength(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Strength of "no pitch" for each frame: higher the quieter it is; 1 is a loud frame."""
    return _VOICING + np.maximum(0.0, 2.0 - level * (1.0 + _VOICING) / _SILENCE)


def _best_path(
    frequencies: NDArray[np.float64],
    strengths: NDArray[np.float64],
    unvoiced: NDArray[np.float64],
    hop_s: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The cheapest way through the candidates (Viterbi): frequency and strength of each frame.

    Both are NaN where the way goes through "no pitch".
    """
    scale = _COST_HOP_S / hop_s
    change, jump = _VOICING_CHANGE_COST * scale, _JUMP_COST * scale
    octaves = np.log2(frequencies)
    strengths = np.concatenate([unvoiced[:, None], strengths], axis=1)
    count, states = strengths.shape
    came_from = np.zeros((count, states), dtype=np.intp)
    cost = np.zeros((states, states))
    cost[0, 1:] = cost[1:, 0] = change
    score = strengths[0]
    for frame in range(1, count):
        cost[1:, 1:] = jump * np.abs(octaves[frame - 1][:, None] - octaves[frame][None, :])
        total = score[:, None] - cost
        came_from[frame] = np.argmax(total, axis=0)
        score = total[came_from[frame], np.arange(states)] + strengths[frame]
    state = int(np.argmax(score))
    path = np.empty(count, dtype=np.intp)
    for frame in range(count - 1, -1, -1):
        path[frame] = state
        state = int(came_from[frame, state])
    chosen = frequencies[np.arange(count), np.maximum(path - 1, 0)]
    strength = strengths[np.arange(count), path]
    return np.where(path > 0, chosen, np.nan), np.where(path > 0, strength, np.nan)
