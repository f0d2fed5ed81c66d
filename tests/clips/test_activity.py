"""Where speech starts and ends: soft consonants stay, whatever the level and the noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.audio.levels import measure_levels
from studio.clips.activity import energy_speech_spans, merge_spans, refine_spans
from studio.types import Audio, Span
from tests.corpus import RATE, as_audio, chords, noise
from tests.voices import spoken

LEAD_S = 0.7


def in_a_room(voice: Audio, noise_db: float | None, gain: float = 1.0) -> Audio:
    """``voice`` with ``LEAD_S`` of room on both sides and noise ``noise_db`` below its peak."""
    room = np.zeros(round(LEAD_S * RATE), dtype=np.float32)
    samples = np.concatenate([room, voice.samples, room])
    if noise_db is not None:
        level = float(np.abs(voice.samples).max()) * 10 ** (noise_db / 20)
        samples = samples + noise(len(samples), level)
    return as_audio(samples * gain)


def true_edges(voice: Audio, below_db: float = 45.0) -> tuple[float, float]:
    """First and last moment of ``voice`` that is louder than its peak less ``below_db``."""
    level = np.abs(voice.samples).max() * 10 ** (-below_db / 20)
    loud = np.flatnonzero(np.abs(voice.samples) > level)
    return LEAD_S + loud[0] / RATE, LEAD_S + loud[-1] / RATE


WORDS = [
    "She sells fresh fish for half of this.",
    "Feathers fell off his hat. Tough stuff.",
    "Hush, the path is thick with moss.",
    "Back to the dock, Bob.",
]


@pytest.mark.parametrize("gain", [1.0, 0.01])
@pytest.mark.parametrize("noise_db", [None, -60.0])
@pytest.mark.parametrize("text", WORDS)
def test_edges_are_where_the_first_and_last_consonants_are(
    text: str, noise_db: float | None, gain: float
) -> None:
    voice = spoken(text)
    spans = energy_speech_spans(in_a_room(voice, noise_db, gain))
    start_s, end_s = true_edges(voice)
    assert spans[0].start_s == pytest.approx(start_s, abs=0.04)
    assert spans[-1].end_s == pytest.approx(end_s, abs=0.06)


@pytest.mark.parametrize("text", WORDS)
def test_rough_edges_are_refined_in_both_directions(text: str) -> None:
    voice = spoken(text)
    audio = in_a_room(voice, -60.0)
    start_s, end_s = true_edges(voice)
    for early_s in (-0.12, 0.0, 0.15):
        rough = [Span(start_s - early_s, end_s + early_s)]
        [span] = refine_spans(audio, rough)
        assert span.start_s == pytest.approx(start_s, abs=0.04)
        assert span.end_s == pytest.approx(end_s, abs=0.06)


def test_the_level_of_a_clip_does_not_matter() -> None:
    audio = in_a_room(spoken(WORDS[0]), -50.0)
    loud, quiet = (energy_speech_spans(as_audio(audio.samples * g)) for g in (1.0, 1e-3))
    assert [(s.start_s, s.end_s) for s in loud] == [(s.start_s, s.end_s) for s in quiet]


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0),
        np.zeros(1),
        np.zeros(3 * RATE),
        np.full(3 * RATE, 1e-7),
        noise(3 * RATE, 0.1),
        0.3 * np.sin(np.arange(3 * RATE) * 0.05),
    ],
    ids=["empty", "one", "silence", "nothing", "noise", "tone"],
)
def test_steady_sound_is_not_speech(samples: np.ndarray) -> None:
    assert energy_speech_spans(as_audio(samples)) == []


def test_by_level_alone_music_passes() -> None:
    # Known and documented: who asks for more than level has to ask more than level.
    gap = np.zeros(RATE, dtype=np.float32)
    assert energy_speech_spans(as_audio(np.concatenate([gap, chords(2.0), gap])))


@given(
    starts=st.lists(st.floats(0, 3), min_size=0, max_size=6),
    lengths=st.lists(st.floats(0.01, 1), min_size=6, max_size=6),
    seed=st.integers(0, 99),
)
@settings(max_examples=20, deadline=None)
def test_refined_spans_are_in_order_apart_and_inside(
    starts: list[float], lengths: list[float], seed: int
) -> None:
    audio = as_audio(noise(3 * RATE, 0.1, seed) * np.repeat(noise(30, 1, seed), RATE // 10))
    spans = merge_spans(
        [Span(s, min(3.0, s + n)) for s, n in zip(starts, lengths, strict=False)], 0.1
    )
    refined = refine_spans(audio, [s for s in spans if s.duration_s > 0])
    times = [t for s in refined for t in (s.start_s, s.end_s)]
    assert times == sorted(times)
    assert all(0 <= t <= 3.0 for t in times)


def test_levels_are_those_of_the_sound() -> None:
    t = np.arange(RATE) / RATE
    for band, frequency in enumerate((400, 2_000, 7_000)):
        levels = measure_levels(as_audio(0.5 * np.sin(2 * np.pi * frequency * t)))
        assert np.median(levels.db) == pytest.approx(-9.03, abs=0.1)  # the mean square of it
        assert np.median(levels.bands_db[band]) == pytest.approx(-9.03, abs=0.1)
        assert (np.median(np.delete(levels.bands_db, band, axis=0), axis=1) < -50).all()
