"""Where a clip speaks: silero-vad where it is installed, the clip's own levels otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from studio.analysis.silero import (
    SILERO_RATE,
    STEP_S,
    SileroMissingError,
    load_weights,
    speech_probabilities,
)
from studio.audio.levels import Levels, measure_levels
from studio.audio.resample import resample
from studio.clips.activity import energy_speech_spans, merge_spans, refine_spans
from studio.clips.content import sounds_spoken
from studio.types import Audio, Span

_ON: Final = 0.5
_OFF: Final = 0.35
"""Silero's own thresholds, with hysteresis: a word does not end where it is softest."""

_MIN_SPAN_S: Final = 0.09
"""Shorter than this is a click; the shortest words are about twice as long."""

_MIN_GAP_S: Final = 0.10

_HEARD_DBFS: Final = -30.0
_MAX_LIFT_DB: Final = 70.0
"""The network was trained on ordinary levels, and hears nothing in a very quiet recording."""


@dataclass(frozen=True)
class SpeechActivity:
    """Where there is speech, in order and apart, and what found it."""

    spans: tuple[Span, ...]
    method: Literal["silero", "energy"]

    @property
    def speech_s(self) -> float:
        return sum(span.duration_s for span in self.spans)


def speech_activity(audio: Audio, levels: Levels | None = None) -> SpeechActivity:
    """The spoken stretches of ``audio``, their edges on the first and last sound of speech.

    ``levels`` are those of ``audio``, for a caller that has them already.

    Thread-safe. A sound in which silero hears no speech although it rises and falls as speech
    does (a whisper, an unusual voice) is judged by its levels.
    """
    levels = levels or measure_levels(audio)
    try:
        weights = load_weights()
    except SileroMissingError:
        return SpeechActivity(tuple(energy_speech_spans(audio)), "energy")
    if not audio.samples.any():
        return SpeechActivity((), "silero")
    heard = _as_silero_hears(audio, levels)
    found = _spans_of(speech_probabilities(heard, weights), audio.duration_s)
    if found:
        return SpeechActivity(tuple(refine_spans(audio, found, levels)), "silero")
    by_level = energy_speech_spans(audio)
    if by_level and sounds_spoken(audio, by_level):
        return SpeechActivity(tuple(by_level), "energy")
    return SpeechActivity((), "silero")


def _as_silero_hears(audio: Audio, levels: Levels) -> NDArray[np.float32]:
    loud = float(np.percentile(levels.db, 95))
    lift_db = min(max(0.0, _HEARD_DBFS - loud), _MAX_LIFT_DB)
    gain = np.float32(10 ** (lift_db / 20))
    return resample(audio, SILERO_RATE).samples * gain


def _spans_of(probabilities: NDArray[np.float32], duration_s: float) -> list[Span]:
    spans = []
    start: int | None = None
    for step, probability in enumerate([*probabilities.tolist(), 0.0]):
        if start is None and probability >= _ON:
            start = step
        elif start is not None and probability < _OFF:
            spans.append(Span(start * STEP_S, min(duration_s, step * STEP_S)))
            start = None
    return [s for s in merge_spans(spans, _MIN_GAP_S) if s.duration_s >= _MIN_SPAN_S]
