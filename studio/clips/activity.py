"""Where there is speech, by level alone, and where exactly it starts and ends.

Every threshold is relative to the clip's own speech level and noise floor, so that a quiet clip is
treated as a loud one is. A fixed level eats soft consonants, or whole quiet clips.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.audio.levels import HOP_S, Levels, measure_levels
from studio.types import Audio, Span

_ABOVE_FLOOR_DB: Final = 10.0
"""The floor is the lower end of the noise, whose frames stray by 2 to 3 dB; 10 dB up is sound."""

_BELOW_SPEECH_DB: Final = 32.0
"""The softest consonants are about 30 dB below the vowels; what is lower is room and decay."""

_LEAST_RANGE_DB: Final = 15.0
"""Speech rises and falls by more than this. Hiss, hum and held notes do not."""

_LONGEST_STOP_S: Final = 0.12
"""The closure of a p, t or k inside a word is silent, and not a pause."""

_SHORTEST_SPAN_S: Final = 0.05

_OUTWARD_S: Final = 0.20
"""How far before or behind a span its first or last consonant may lie: a long s."""

_INWARD_S: Final = 0.30
"""How far voice activity may overshoot into silence."""

_GAP_S: Final = 0.045
"""Silence between a span and a consonant that still belongs to it."""

_AWAY_S: Final = 0.15
_ENOUGH_FRAMES: Final = round(0.15 / HOP_S)


def energy_speech_spans(audio: Audio) -> list[Span]:
    """Stretches that stand out from the clip's own noise floor as speech does.

    Always there, and blind to what makes the sound: music with pauses passes as well. Steady
    sound gives none.
    """
    levels = measure_levels(audio)
    if not len(levels):
        return []
    smooth = _smoothed(levels.db, round(0.03 / HOP_S))
    heard = smooth[smooth > smooth.max() - 90]
    if heard.max() <= -100:
        return []
    floor, speech = np.percentile(heard, 10), np.percentile(heard, 95)
    if len(heard) > 0.9 * len(smooth) and speech - floor < _LEAST_RANGE_DB:
        return []
    level = max(min(floor + _ABOVE_FLOOR_DB, speech - 10), speech - 30)
    spans = _spans(smooth > level)
    return refine_spans(audio, [s for s in spans if s.duration_s >= _SHORTEST_SPAN_S], levels)


def refine_spans(audio: Audio, spans: Sequence[Span], levels: Levels | None = None) -> list[Span]:
    """``spans`` with their edges moved to where the sound of speech really starts and ends.

    An edge moves out over consonants that voice activity missed and in over silence that it took
    along, never past the middle of its span. Spans that come to touch are one.
    """
    if not spans:
        return []
    levels = levels or measure_levels(audio)
    sounding = _sounding(levels, _mask(spans, len(levels)))
    duration_s = audio.duration_s
    refined = []
    for span in spans:
        start, end = round(span.start_s / HOP_S), round(span.end_s / HOP_S)
        middle = (start + end) // 2
        first = _edge(sounding, start, middle)
        last = (
            len(sounding)
            - 1
            - _edge(sounding[::-1], len(sounding) - 1 - end, len(sounding) - 1 - middle)
        )
        refined.append(Span(max(0.0, first * HOP_S - HOP_S), min(duration_s, last * HOP_S + HOP_S)))
    return merge_spans(refined, _LONGEST_STOP_S)


def merge_spans(spans: Sequence[Span], gap_s: float) -> list[Span]:
    """``spans`` in order, those closer than ``gap_s`` as one."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: s.start_s):
        if merged and span.start_s - merged[-1].end_s < gap_s:
            merged[-1] = Span(merged[-1].start_s, max(merged[-1].end_s, span.end_s))
        else:
            merged.append(span)
    return merged


def noise_frames(levels: Levels, spans: Sequence[Span]) -> NDArray[np.bool_]:
    """Which frames surely hold no speech: outside ``spans`` by 150 ms, and not digital silence."""
    wide = [Span(s.start_s - _AWAY_S, s.end_s + _AWAY_S) for s in spans]
    return ~_mask(wide, len(levels)) & (levels.db > -120)


def speech_frames(levels: Levels, spans: Sequence[Span]) -> NDArray[np.bool_]:
    """Which frames lie in ``spans``."""
    return _mask(spans, len(levels))


def _sounding(levels: Levels, speech: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which frames hold sound that could be speech, in any band."""
    spans = _spans(speech)
    noise = noise_frames(levels, spans)
    sounding = np.zeros(len(levels), dtype=bool)
    for band in levels.bands_db:
        loud = float(np.percentile(band[speech] if speech.any() else band, 95))
        if noise.sum() >= _ENOUGH_FRAMES:
            floor = float(np.percentile(band[noise], 20))
        else:  # the stops inside words come near to it
            floor = float(np.percentile(band, 2))
        # In a noisy clip the floor may be near the speech; its peaks still count.
        above = min(floor + _ABOVE_FLOOR_DB, loud - 3)
        sounding |= band > max(above, loud - _BELOW_SPEECH_DB)
    return sounding


def _edge(sounding: NDArray[np.bool_], start: int, middle: int) -> int:
    """The frame where sound starts, near ``start``, looking in the direction of time.

    First in to where there is sound, then out as long as it lasts.
    """
    start = min(max(start, 0), len(sounding) - 1)
    inward = min(middle, start + round(_INWARD_S / HOP_S))
    ahead = np.flatnonzero(sounding[start : inward + 1])
    edge = start + int(ahead[0]) if len(ahead) else start
    gap = round(_GAP_S / HOP_S)
    for frame in range(edge - 1, max(-1, start - round(_OUTWARD_S / HOP_S)), -1):
        if sounding[frame]:
            edge = frame
        elif edge - frame > gap:
            break
    return edge


def _mask(spans: Sequence[Span], count: int) -> NDArray[np.bool_]:
    mask = np.zeros(count, dtype=bool)
    for span in spans:
        mask[max(0, round(span.start_s / HOP_S)) : max(0, round(span.end_s / HOP_S))] = True
    return mask


def _spans(mask: NDArray[np.bool_]) -> list[Span]:
    edges = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return merge_spans(
        [Span(s * HOP_S, e * HOP_S) for s, e in zip(starts, ends, strict=True)], _LONGEST_STOP_S
    )


def _smoothed(values: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    return np.convolve(values, np.full(width, 1 / width, dtype=np.float32), mode="same")
