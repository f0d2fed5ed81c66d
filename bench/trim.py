"""Cuts, loudness and peaks of cleaned clips, against edges and meters that are known."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import librosa
import numpy as np
import pyloudnorm
import soxr
from numpy.typing import NDArray

from bench.figures import Figure
from bench.material import SENTENCES, Setting, english_readers, read, render
from studio.analysis.clip import examine_clip
from studio.audio.clean import CleaningRecipe
from studio.audio.decode import DecodedClip
from studio.types import SAMPLE_RATE, Audio, CleaningReport

EDGE_BELOW_PEAK_DB = 34.0
"""Speech starts where the level of 5 ms first comes this near to the clip's loudest."""

WINDOW = SAMPLE_RATE // 200
NOISE_BELOW_SPEECH_DB = (80.0, 55.0, 40.0)
PADS_S = ((0.4, 1.7), (1.1, 0.6), (2.3, 0.9))


@dataclass(frozen=True, eq=False)
class Case:
    """Speech from ``start_s`` to ``end_s``, with quiet noise around and under it."""

    audio: Audio
    start_s: float
    end_s: float


def measure(setting: Setting) -> list[Figure]:
    recipe = CleaningRecipe()
    errors_ms, lost_ms, simple_ms, loudness_lu, peaks_dbtp = [], [], [], [], []
    for case in _cases(setting):
        decoded = DecodedClip(case.audio, "wav", SAMPLE_RATE, 1, case.audio.duration_s)
        examined = examine_clip(decoded, recipe)
        report = examined.report
        start_s = report.trimmed_start_s
        end_s = case.audio.duration_s - report.trimmed_end_s
        errors_ms += [1000 * abs(start_s - case.start_s), 1000 * abs(end_s - case.end_s)]
        lost_ms += [1000 * (start_s - case.start_s), 1000 * (case.end_s - end_s)]
        simple_ms += _errors_of_a_fixed_threshold(case)
        peaks_dbtp.append(_true_peak_dbtp(examined.cleaned))
        if _ceiling_allows(report, recipe):
            meter = pyloudnorm.Meter(SAMPLE_RATE)
            loudness = meter.integrated_loudness(examined.cleaned.samples.astype(np.float64))
            loudness_lu.append(abs(loudness - recipe.target_lufs))
    cases = f"{len(errors_ms)} edges"
    figures = [
        Figure(
            "cut against true edge, largest", max(errors_ms), "ms", 80.0,
            baseline=max(simple_ms), baseline_name="threshold", note=cases,
        ),
        Figure(
            "cut against true edge, median", statistics.median(errors_ms), "ms",
            baseline=statistics.median(simple_ms), baseline_name="threshold",
            note="threshold: librosa.effects.trim, 40 dB below the peak",
        ),
        Figure("speech cut off, most", max(0.0, *lost_ms), "ms", 0.0),
        Figure("true peak, highest", max(peaks_dbtp), "dBTP", recipe.ceiling_dbtp + 0.05,
               note="measured here by 8-fold oversampling; the ceiling and its last digit"),
    ]  # fmt: skip
    if loudness_lu:
        figures.append(
            Figure("loudness off target, most", max(loudness_lu), "LU", 0.5,
                   note=f"by pyloudnorm, {len(loudness_lu)} clips under the ceiling")
        )  # fmt: skip
    return figures


def _cases(setting: Setting) -> Iterator[Case]:
    rng = np.random.default_rng(7)
    if setting.speech is not None:
        sounds = [read(clips[0].path) for clips in english_readers(setting.speech).values()]
    else:
        sounds = [render(text, female=i % 2 == 0) for i, text in enumerate(SENTENCES)]
    for sound in sounds[:2] if setting.quick else sounds:
        speech = _without_its_own_silence(sound.samples)
        level = float(np.sqrt(np.mean(speech**2)))
        for below_db, (before_s, after_s) in zip(NOISE_BELOW_SPEECH_DB, PADS_S, strict=True):
            padded = np.pad(speech, [round(s * SAMPLE_RATE) for s in (before_s, after_s)])
            noise = rng.standard_normal(len(padded)) * level * 10 ** (-below_db / 20)
            audio = Audio(np.clip(padded + noise, -1, 1).astype(np.float32))
            yield Case(audio, before_s, before_s + len(speech) / SAMPLE_RATE)


def _without_its_own_silence(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """From the first to the last 5 ms that are near the loudest: the truth by construction."""
    count = len(samples) // WINDOW
    windows = samples[: count * WINDOW].reshape(count, WINDOW)
    levels_db = 10 * np.log10(np.mean(windows**2, axis=1) + 1e-12)
    loud = np.flatnonzero(levels_db > levels_db.max() - EDGE_BELOW_PEAK_DB)
    return samples[loud[0] * WINDOW : (loud[-1] + 1) * WINDOW]


def _errors_of_a_fixed_threshold(case: Case) -> list[float]:
    _, (start, end) = librosa.effects.trim(case.audio.samples, top_db=40)
    return [
        1000 * abs(start / SAMPLE_RATE - case.start_s),
        1000 * abs(end / SAMPLE_RATE - case.end_s),
    ]


def _ceiling_allows(report: CleaningReport, recipe: CleaningRecipe) -> bool:
    peak = report.true_peak_dbtp
    return peak is not None and peak < recipe.ceiling_dbtp - 0.1


def _true_peak_dbtp(audio: Audio) -> float:
    finer = soxr.resample(audio.samples, SAMPLE_RATE, 8 * SAMPLE_RATE, quality="VHQ")
    return float(20 * np.log10(np.max(np.abs(finer), initial=1e-9)))
