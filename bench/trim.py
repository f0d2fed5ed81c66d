"""Cuts, loudness and peaks of cleaned clips, against edges and meters that are known."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pyloudnorm
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from bench.figures import Figure
from bench.material import SENTENCES, Setting, english_readers, read, render
from studio.clips.clean import CleaningRecipe
from studio.clips.decoding.decode import DecodedClip
from studio.clips.examine import examine_clip
from studio.types import SAMPLE_RATE, Audio, CleaningReport

NOISE_BELOW_SPEECH_DB = (80.0, 55.0, 40.0)
PADS_S = ((0.4, 1.7), (1.1, 0.6), (2.3, 0.9))

HOP = SAMPLE_RATE // 200
# Where a recording's speech starts and ends is read twice, once over all frequencies and once in
# the band of speech. Only edges that both readings put within 50 ms of each other are counted: at
# the others a breath, a click or a bump against the microphone is as loud as speech.
READINGS = ((20.0, 11_000.0, 12.0), (200.0, 6_000.0, 15.0))
"""Lowest and highest hertz, and the decibels over the background that count as speech."""

LASTING_HOPS = 6
"""Shorter than 30 ms is a click."""

AGREE_S = 0.05


@dataclass(frozen=True, eq=False)
class Case:
    """Speech from ``start_s`` to ``end_s``, with quiet noise around it; None: not known."""

    audio: Audio
    start_s: float | None
    end_s: float | None


@dataclass
class Found:
    """What cleaning did to some cases. Milliseconds are of each edge; positive: speech was lost."""

    off_ms: list[float] = field(default_factory=list)
    simple_ms: list[float] = field(default_factory=list)
    loudness_lu: list[float] = field(default_factory=list)
    peaks_dbtp: list[float] = field(default_factory=list)


def measure(setting: Setting) -> list[Figure]:
    rendered = _clean_all(_rendered_cases(quick=setting.quick))
    figures = _edge_figures("rendered", rendered)
    everything = [rendered]
    if setting.speech is not None:
        recorded = _clean_all(_recorded_cases(setting.speech, quick=setting.quick))
        figures += _edge_figures("recorded", recorded)
        everything.append(recorded)
    recipe = CleaningRecipe()
    peaks = [peak for found in everything for peak in found.peaks_dbtp]
    off_lu = [off for found in everything for off in found.loudness_lu]
    figures.append(
        Figure("true peak, highest", max(peaks), "dBTP", recipe.ceiling_dbtp + 0.05,
               note="measured here by 8-fold oversampling; the ceiling and its last digit")
    )  # fmt: skip
    if off_lu:
        figures.append(
            Figure("loudness off target, most", max(off_lu), "LU", 0.5,
                   note=f"by pyloudnorm; {len(off_lu)} clips that the ceiling did not hold back")
        )  # fmt: skip
    return figures


def _edge_figures(kind: str, found: Found) -> list[Figure]:
    off_ms = [abs(value) for value in found.off_ms]
    return [
        Figure(
            f"{kind}: cut against true edge, most", max(off_ms), "ms", 80.0,
            baseline=max(found.simple_ms), baseline_name="threshold",
            note=f"{len(off_ms)} edges, median {statistics.median(off_ms):.0f} ms, threshold "
            f"(librosa.effects.trim, 40 dB) {statistics.median(found.simple_ms):.0f} ms",
        ),
        Figure(f"{kind}: speech cut off, most", max(0.0, *found.off_ms), "ms", 0.0),
    ]  # fmt: skip


def _clean_all(cases: Iterable[Case]) -> Found:
    recipe = CleaningRecipe()
    meter = pyloudnorm.Meter(SAMPLE_RATE)
    found = Found()
    for case in cases:
        decoded = DecodedClip(case.audio, "wav", SAMPLE_RATE, 1, case.audio.duration_s)
        examined = examine_clip(decoded, recipe)
        report = examined.report
        end_s = case.audio.duration_s - report.trimmed_end_s
        found.off_ms += _off_ms(case, report.trimmed_start_s, end_s)
        found.simple_ms += [abs(off) for off in _off_ms(case, *_cut_by_threshold(case.audio))]
        found.peaks_dbtp.append(_true_peak_dbtp(examined.cleaned))
        if _ceiling_allows(report, recipe):
            loudness = meter.integrated_loudness(examined.cleaned.samples.astype(np.float64))
            found.loudness_lu.append(abs(loudness - recipe.target_lufs))
    return found


def _off_ms(case: Case, start_s: float, end_s: float) -> list[float]:
    """How far a cut is inside each known edge; less than nothing is silence that was left."""
    off_s = []
    if case.start_s is not None:
        off_s.append(start_s - case.start_s)
    if case.end_s is not None:
        off_s.append(case.end_s - end_s)
    return [1000 * value for value in off_s]


def _rendered_cases(*, quick: bool) -> Iterator[Case]:
    """Speech whose ends are known to the sample, with noise all over it."""
    rng = np.random.default_rng(7)
    for text in SENTENCES[:2] if quick else SENTENCES:
        speech = _without_silence(render(text).samples)
        level = float(np.sqrt(np.mean(speech**2)))
        for below_db, (before_s, after_s) in zip(NOISE_BELOW_SPEECH_DB, PADS_S, strict=True):
            padded = np.pad(speech, [round(before_s * SAMPLE_RATE), round(after_s * SAMPLE_RATE)])
            noise = rng.standard_normal(len(padded)) * level * 10 ** (-below_db / 20)
            audio = Audio(np.clip(padded + noise, -1, 1).astype(np.float32))
            yield Case(audio, before_s, before_s + len(speech) / SAMPLE_RATE)


def _recorded_cases(speech: Path, *, quick: bool) -> Iterator[Case]:
    """Recordings cut to where they rise over their background, in more of that background."""
    rng = np.random.default_rng(7)
    for clips in list(english_readers(speech).values())[: 2 if quick else None]:
        for clip in clips[:2]:
            samples = read(clip.path).samples
            (start, end), (other_start, other_end) = (_edges_s(samples, *r) for r in READINGS)
            start_known = abs(start - other_start) <= AGREE_S
            end_known = abs(end - other_end) <= AGREE_S
            spoken = Audio(samples).slice(min(start, other_start), max(end, other_end)).samples
            floor = 10 ** (np.percentile(_levels_db(samples), 5) / 20)
            for before_s, after_s in PADS_S:
                before, after = (
                    rng.standard_normal(round(pad_s * SAMPLE_RATE)) * floor
                    for pad_s in (before_s, after_s)
                )
                yield Case(
                    Audio(np.concatenate([before, spoken, after]).astype(np.float32)),
                    before_s if start_known else None,
                    before_s + len(spoken) / SAMPLE_RATE if end_known else None,
                )


def _without_silence(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """A rendering is nearly silent around its speech."""
    sounding = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    return samples[sounding[0] : sounding[-1] + 1]


def _edges_s(
    samples: NDArray[np.float32], low_hz: float, high_hz: float, above_db: float
) -> tuple[float, float]:
    """Where a recording first and last stays over its background in a band, in seconds."""
    band = butter(4, (low_hz, high_hz), "bandpass", fs=SAMPLE_RATE, output="sos")
    levels_db = _levels_db(sosfiltfilt(band, samples))
    over = (levels_db > np.percentile(levels_db, 5) + above_db).astype(int)
    lasting = np.flatnonzero(np.convolve(over, np.ones(LASTING_HOPS), "valid") == LASTING_HOPS)
    return lasting[0] * HOP / SAMPLE_RATE, (lasting[-1] + LASTING_HOPS) * HOP / SAMPLE_RATE


def _levels_db(samples: NDArray[Any]) -> NDArray[np.float64]:
    count = len(samples) // HOP
    power = np.mean(samples[: count * HOP].reshape(count, HOP) ** 2, axis=1)
    return np.asarray(10 * np.log10(power + 1e-12), dtype=np.float64)


def _cut_by_threshold(audio: Audio) -> tuple[float, float]:
    _, (start, end) = librosa.effects.trim(audio.samples, top_db=40)
    return start / SAMPLE_RATE, end / SAMPLE_RATE


def _ceiling_allows(report: CleaningReport, recipe: CleaningRecipe) -> bool:
    peak = report.true_peak_dbtp
    return peak is not None and peak < recipe.ceiling_dbtp - 0.1


def _true_peak_dbtp(audio: Audio) -> float:
    finer = soxr.resample(audio.samples, SAMPLE_RATE, 8 * SAMPLE_RATE, quality="VHQ")
    return float(20 * np.log10(np.max(np.abs(finer), initial=1e-9)))
