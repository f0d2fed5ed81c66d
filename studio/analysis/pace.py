"""How fast somebody speaks: syllables counted in the words, or heard in the sound.

Hearing them follows N. de Jong & T. Wempe, "Praat script to detect syllable nuclei and measure
speech rate automatically", Behavior Research Methods 41 (2009): a syllable is a voiced peak of
the level with a dip before it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.analysis.pitch import PitchCurve
from studio.types import Audio, Span

# Nobody reads more slowly or quickly than this; a transcript that says so is of another clip.
_SLOWEST, _FASTEST = 1.2, 9.5

# Voice activity may leave out so much of the speech in a clip.
_SPARE_S = 0.5

# Where vowels are strong and fricatives are not.
_BAND_HZ = (300.0, 2_000.0)
_HOP_S = 0.01
_WINDOW_S = 0.04
_SMOOTH_FRAMES = 2.5
_DIP_DB = 2.0
_BELOW_LOUD_DB = 20.0
# Syllables there are for each one heard: quick ones run together. The mean over 13 clips with
# transcripts; single clips lie within 15 % of it.
_SPOKEN_PER_HEARD = 1.17

_VOWELS = "aeiouyœøæıаеёиоуыэюяєіїαεηιουω"
_VOWEL_GROUP = re.compile(f"[{_VOWELS}]+")
_WORD = re.compile(r"[^\W\d_]+")
_SILENT_END = re.compile(r"[^aeiouy](e|es|ed)$")
_SPOKEN_END = re.compile(r"([^aeiouyl]le|[td]ed|[sxz]es|ches|shes|ges|ces)$")
# Scripts in which about every sign is a syllable: kana, Han, Hangul.
_SYLLABIC = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def syllables_per_s(
    audio: Audio, spans: Sequence[Span], pitch: PitchCurve | None, transcript: str = ""
) -> float | None:
    """Pace over the speech in ``spans``; None when there is too little to tell.

    ``pitch`` is None for a whisper, whose syllables are as real.

    From the words of ``transcript`` when they can be counted and fit the clip, else from the sound.
    """
    speech_s = sum(span.duration_s for span in spans)
    if speech_s < 0.5:
        return None
    counted = count_syllables(transcript)
    if counted is not None and _SLOWEST <= counted / speech_s <= _FASTEST:
        return counted / speech_s
    heard = len(_nuclei(audio, spans, pitch))
    return heard * _SPOKEN_PER_HEARD / speech_s if heard >= 2 else None


def too_many_words(text: str, speech_s: float) -> bool:
    """Whether nobody could have said ``text`` in ``speech_s`` seconds."""
    return _fewest_syllables(text) > _FASTEST * (speech_s + _SPARE_S)


def too_few_words(text: str, speech_s: float) -> bool:
    """Whether ``speech_s`` seconds of speech must hold more than ``text``."""
    counted = count_syllables(text)
    return counted is not None and counted < _SLOWEST * (speech_s - _SPARE_S)


def _fewest_syllables(text: str) -> int:
    """At least so many are in ``text``, numerals and scripts without vowels included."""
    composed = unicodedata.normalize("NFC", text).lower()
    signs = len(_SYLLABIC.findall(composed))
    words = _WORD.findall(_SYLLABIC.sub(" ", composed))
    digits = sum(char.isdigit() for char in composed)
    return signs + digits + sum(max(1, _in_word(word)) for word in words)


def count_syllables(text: str) -> int | None:
    """Syllables of ``text``, about; None when they cannot be counted from its letters.

    Numerals are read aloud in many ways, and some scripts do not write their vowels.
    """
    if any(char.isdigit() for char in text):
        return None
    composed = unicodedata.normalize("NFC", text).lower()
    signs = len(_SYLLABIC.findall(composed))
    words = _WORD.findall(_SYLLABIC.sub(" ", composed))
    return signs + sum(_in_word(word) for word in words) or None


def _in_word(word: str) -> int:
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    groups = len(_VOWEL_GROUP.findall(bare))
    if not groups:
        return 0
    # "made", "asked": the last e is silent in English, but not in "table" or "wanted".
    silent = _SILENT_END.search(word) and not _SPOKEN_END.search(word)
    return max(1, groups - 1) if silent else groups


def _nuclei(audio: Audio, spans: Sequence[Span], pitch: PitchCurve | None) -> NDArray[np.float64]:
    """Times (s) of the syllables heard within ``spans``."""
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    level_db = gaussian_filter1d(_band_level_db(audio), _SMOOTH_FRAMES)
    if len(level_db) < 3:
        return np.zeros(0)
    loud = float(np.percentile(level_db, 95))
    peaks, _ = find_peaks(level_db, height=loud - _BELOW_LOUD_DB, prominence=_DIP_DB)
    times_s = peaks.astype(np.float64) * _HOP_S + _WINDOW_S / 2
    inside = np.array(
        [any(s.start_s <= time <= s.end_s for s in spans) for time in times_s], dtype=bool
    )
    return times_s[inside if pitch is None else inside & _voiced_at(pitch, times_s)]


def _voiced_at(pitch: PitchCurve, times_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    voiced = np.isfinite(pitch.f0_hz)
    near: NDArray[np.bool_] = np.convolve(voiced, np.ones(3), "same") > 0
    voiced_at: NDArray[np.bool_] = near[
        np.searchsorted(pitch.times_s, times_s).clip(0, len(near) - 1)
    ]
    return voiced_at


def _band_level_db(audio: Audio) -> NDArray[np.float64]:
    """Level in the vowels' band every 10 ms, dB."""
    size, hop = round(_WINDOW_S * audio.sample_rate), round(_HOP_S * audio.sample_rate)
    if len(audio.samples) < size:
        return np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(audio.samples, size)[::hop]
    hz = np.fft.rfftfreq(size, 1 / audio.sample_rate)
    band = (hz >= _BAND_HZ[0]) & (hz <= _BAND_HZ[1])
    window = np.hanning(size).astype(np.float32)
    power = np.concatenate(
        [
            (np.abs(np.fft.rfft(frames[i : i + 4_096] * window))[:, band] ** 2).sum(axis=1)
            for i in range(0, len(frames), 4_096)
        ]
    )
    level: NDArray[np.float64] = 10 * np.log10(power.astype(np.float64) + 1e-10)
    return level
