"""From a decoded clip to a cleaned one with a report: measured, cleaned, judged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from studio.analysis import speaker
from studio.audio.levels import HOP_S, Levels
from studio.audio.loudness import integrated_lufs, true_peak_dbtp
from studio.clips.activity import noise_frames
from studio.clips.channels import HeardClip, hear_clearest
from studio.clips.clean import CleanedClip, CleaningRecipe, clean
from studio.clips.content import Content, content_without_speech, music_behind_speech
from studio.clips.decoding.decode import DecodedClip
from studio.clips.findings import ClipMeasures, judge, worst
from studio.clips.quality import (
    bandwidth_hz,
    noise_floor_db,
    piled_up_ratio,
    snr_db,
    speech_level_db,
)
from studio.clips.voice_activity import SpeechActivity
from studio.types import Audio, CleaningReport, Span

_LEAST_FOR_TWO_S: Final = 6.0
"""Shorter speech is hardly ever of two people, and has too little of each to tell them apart."""


@dataclass(frozen=True, eq=False)
class ExaminedClip:
    """A clip before and after cleaning; ``speech`` is where the cleaned one speaks."""

    original: Audio
    cleaned: Audio
    report: CleaningReport
    speech: tuple[Span, ...]


def examine_clip(decoded: DecodedClip, recipe: CleaningRecipe) -> ExaminedClip:
    """Clean ``decoded`` after ``recipe`` and say what is thought of it.

    However bad the sound, there is a report: a verdict of REFUSE says that the clip should not
    become a segment, and its advice says why. ``decoded`` is not changed. Thread-safe.
    """
    heard = hear_clearest(decoded)
    cleaned = clean(heard.voice, heard.activity.spans, recipe)
    report = _report(heard, recipe, cleaned)
    return ExaminedClip(heard.clip.audio, cleaned.audio, report, cleaned.speech)


def _report(heard: HeardClip, recipe: CleaningRecipe, cleaned: CleanedClip) -> CleaningReport:
    decoded, voice, levels = heard.clip, heard.voice, heard.levels
    original, activity, spans = decoded.audio, heard.activity, heard.activity.spans
    hum = heard.hum
    below_db = None if hum is None else _hum_below_db(heard.centred, voice, levels, spans)
    floor = noise_floor_db(levels, spans)
    measures = ClipMeasures(
        speech_s=activity.speech_s,
        content=Content.UNKNOWN if spans else content_without_speech(voice),
        snr_db=snr_db(levels, spans),
        clipping_ratio=max(decoded.clipping_ratio, piled_up_ratio(heard.centred)),
        bandwidth_hz=bandwidth_hz(voice, spans),
        gain_db=cleaned.gain_db + decoded.scale_db,
        target_lufs=recipe.target_lufs,
        lufs_after=integrated_lufs(cleaned.audio),
        music_behind=music_behind_speech(voice, spans, levels),
        second_voice_s=_second_voice(voice, activity),
        hum_hz=None if hum is None else hum.hz,
        hum_below_db=below_db,
    )
    findings = (*decoded.findings, *judge(measures))
    return CleaningReport(
        source_format=decoded.format,
        source_sample_rate=decoded.sample_rate,
        source_channels=decoded.channels,
        source_duration_s=decoded.duration_s,
        duration_s=cleaned.audio.duration_s,
        speech_s=measures.speech_s,
        lufs_before=_as_recorded(integrated_lufs(original), decoded),
        lufs_after=measures.lufs_after,
        true_peak_before_dbtp=_as_recorded(true_peak_dbtp(original), decoded),
        true_peak_dbtp=true_peak_dbtp(cleaned.audio),
        gain_db=measures.gain_db,
        trimmed_start_s=cleaned.trimmed_start_s,
        trimmed_end_s=cleaned.trimmed_end_s,
        pauses_shortened_s=cleaned.pauses_shortened_s,
        snr_db=measures.snr_db,
        noise_floor_dbfs=_as_recorded(floor, decoded),
        clipping_ratio=measures.clipping_ratio,
        bandwidth_hz=measures.bandwidth_hz,
        voice_activity=activity.method,
        findings=findings,
        verdict=worst(findings),
    )


def _hum_below_db(
    centred: Audio, voice: Audio, levels: Levels, spans: Sequence[Span]
) -> float | None:
    """How far the hum lies below the voice in the pauses, where it is heard; None without speech.

    Some recorders turn the pauses down, and the hum with them.
    """
    loud_db = speech_level_db(levels, spans)
    if loud_db is None:
        return None
    hum = np.square(centred.samples - voice.samples, dtype=np.float64)
    frames = np.repeat(noise_frames(levels, spans), round(HOP_S * centred.sample_rate))[: len(hum)]
    power = float(hum[frames].mean() if frames.any() else hum.mean())
    return loud_db - 10 * math.log10(max(power, 1e-14))


def _second_voice(audio: Audio, activity: SpeechActivity) -> float | None:
    if activity.speech_s < _LEAST_FOR_TWO_S or not speaker.available():
        return None
    return speaker.second_voice(audio, activity.spans)


def _as_recorded(level_db: float | None, decoded: DecodedClip) -> float | None:
    """A level of the file itself, before it was scaled into range."""
    return None if level_db is None else level_db - decoded.scale_db
