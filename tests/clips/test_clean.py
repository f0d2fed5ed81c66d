"""Cleaning is a cut and one gain: nothing of the sound between two cuts is touched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.audio.loudness import integrated_lufs, true_peak_dbtp
from studio.clips.clean import (
    FADE_S,
    LONGEST_PAUSE_S,
    MARGIN_S,
    SHORTENED_PAUSE_S,
    CleaningRecipe,
    clean,
)
from studio.types import Audio, Span
from tests.corpus import RATE, as_audio, noise, speech


def bursts(spans: list[Span], duration_s: float, level: float = 0.1, offset: float = 0.0) -> Audio:
    """Noise where ``spans`` are, a trace of noise elsewhere, and a constant offset."""
    samples = noise(round(duration_s * RATE), level * 1e-3)
    for seed, span in enumerate(spans):
        start = round(span.start_s * RATE)
        burst = noise(round(span.duration_s * RATE), level, seed)
        samples[start : start + len(burst)] += burst[: len(samples) - start]
    return as_audio(samples + offset)


@st.composite
def recordings(draw: st.DrawFn) -> tuple[Audio, list[Span]]:
    gaps = draw(st.lists(st.floats(0.0, 1.5), min_size=2, max_size=5))
    spans, clock_s = [], gaps[0]
    for gap_s in gaps[1:]:
        length_s = draw(st.floats(0.1, 1.0))
        spans.append(Span(clock_s, clock_s + length_s))
        clock_s += length_s + gap_s
    level = 10 ** draw(st.floats(-3.5, -0.5))
    return bursts(spans, clock_s, level, draw(st.floats(-0.3, 0.3))), spans


recipes = st.builds(
    CleaningRecipe,
    trim=st.booleans(),
    shorten_pauses=st.just(False),
    target_lufs=st.floats(-36, -10),
    ceiling_dbtp=st.floats(-9, 0),
)


@given(recording=recordings(), recipe=recipes)
@settings(max_examples=20, deadline=None)
def test_what_is_left_is_the_original_times_one_number(
    recording: tuple[Audio, list[Span]], recipe: CleaningRecipe
) -> None:
    original, spans = recording
    cleaned = clean(original, spans, recipe)
    kept = cleaned.kept[0]
    before = original.slice(kept.start_s, kept.end_s).samples
    before = before - np.mean(original.samples, dtype=np.float64)
    fade = round(FADE_S * RATE)
    inside = slice(fade, len(before) - fade)
    gain = 10 ** (cleaned.gain_db / 20)
    # A quiet sound beside an offset is rounded as its sum is, and raised with that: -100 dBFS.
    np.testing.assert_allclose(
        cleaned.audio.samples[inside], before[inside] * gain, rtol=1e-4, atol=1e-5
    )


@given(recording=recordings(), recipe=recipes)
@settings(max_examples=20, deadline=None)
def test_loud_enough_and_never_above_the_ceiling(
    recording: tuple[Audio, list[Span]], recipe: CleaningRecipe
) -> None:
    cleaned = clean(*recording, recipe).audio
    peak, lufs = true_peak_dbtp(cleaned), integrated_lufs(cleaned)
    assert peak is not None
    assert peak <= recipe.ceiling_dbtp
    if lufs is not None and peak < recipe.ceiling_dbtp - 0.1:
        assert lufs == pytest.approx(recipe.target_lufs, abs=0.5)


@given(recording=recordings(), shorten=st.booleans())
@settings(max_examples=20, deadline=None)
def test_no_speech_is_cut_or_faded(recording: tuple[Audio, list[Span]], shorten: bool) -> None:
    original, spans = recording
    recipe = CleaningRecipe(shorten_pauses=shorten)
    cleaned = clean(original, spans, recipe)
    gain = 10 ** (cleaned.gain_db / 20)
    centred = Audio(original.samples - original.samples.mean(dtype=np.float64).astype(np.float32))
    assert len(cleaned.speech) == len(spans)
    for before, after in zip(spans, cleaned.speech, strict=True):
        assert after.duration_s == pytest.approx(before.duration_s, abs=1 / RATE)
        wanted = centred.slice(before.start_s, before.end_s).samples * gain
        start = round(after.start_s * RATE)
        # A span may fall between two samples; the right ones are at most two away.
        near = [
            cleaned.audio.samples[max(0, start + by) : start + by + len(wanted)]
            for by in (-2, -1, 0, 1, 2)
        ]
        same = [n for n in near if len(n) >= len(wanted) - 2]
        errors = [np.abs(n - wanted[: len(n)]).max() for n in same]
        assert min(errors) < 1e-4 * np.abs(wanted).max() + 1e-6


@given(recording=recordings())
@settings(max_examples=20, deadline=None)
def test_trimming_keeps_its_margin_and_no_more(recording: tuple[Audio, list[Span]]) -> None:
    original, spans = recording
    cleaned = clean(original, spans, CleaningRecipe())
    first, last = spans[0].start_s, original.duration_s - spans[-1].end_s
    assert 0 <= first - cleaned.trimmed_start_s <= 0.08
    assert -1 / RATE <= last - cleaned.trimmed_end_s <= 0.08
    total = cleaned.audio.duration_s + cleaned.trimmed_start_s + cleaned.trimmed_end_s
    assert total == pytest.approx(original.duration_s, abs=1e-3)


def test_without_trim_both_ends_stay() -> None:
    spans = [Span(1.0, 2.0)]
    cleaned = clean(bursts(spans, 3.0), spans, CleaningRecipe(trim=False))
    assert cleaned.trimmed_start_s == cleaned.trimmed_end_s == 0
    assert cleaned.audio.duration_s == 3.0
    assert cleaned.speech == tuple(spans)


def test_long_pauses_are_shortened_only_when_asked() -> None:
    spans = [Span(0.5, 1.5), Span(3.5, 4.5), Span(4.5 + LONGEST_PAUSE_S - 0.01, 6.0)]
    original = bursts(spans, 6.5)
    assert clean(original, spans, CleaningRecipe()).pauses_shortened_s == pytest.approx(0)
    cleaned = clean(original, spans, CleaningRecipe(shorten_pauses=True))
    first, second, third = cleaned.speech
    assert second.start_s - first.end_s == pytest.approx(SHORTENED_PAUSE_S, abs=1e-3)
    assert third.start_s - second.end_s == pytest.approx(LONGEST_PAUSE_S - 0.01, abs=1e-3)
    assert cleaned.pauses_shortened_s == pytest.approx(2.0 - SHORTENED_PAUSE_S, abs=1e-3)


def test_a_cut_does_not_click() -> None:
    # A loud hum runs through the pauses, so that a bare cut would be a step.
    t = np.arange(4 * RATE) / RATE
    hum = as_audio(0.5 * np.cos(2 * np.pi * 50 * t))
    spans = [Span(0.813, 1.2), Span(2.517, 3.1)]
    cleaned = clean(hum, spans, CleaningRecipe(shorten_pauses=True)).audio.samples
    steepest = np.abs(np.diff(hum.samples)).max() * np.abs(cleaned).max() / 0.5
    assert abs(cleaned[0]) < 0.01
    assert abs(cleaned[-1]) < 0.01
    assert np.abs(np.diff(cleaned)).max() < 3 * steepest


def test_without_speech_nothing_is_cut() -> None:
    original = as_audio(noise(RATE, 0.1))
    cleaned = clean(original, [], CleaningRecipe(shorten_pauses=True))
    assert cleaned.audio.duration_s == original.duration_s
    assert cleaned.speech == ()


def test_cleaning_the_cleaned_changes_next_to_nothing() -> None:
    original = as_audio(speech())
    spans = [Span(0.51, original.duration_s - 0.51)]
    once = clean(original, spans, CleaningRecipe())
    twice = clean(once.audio, once.speech, CleaningRecipe())
    assert (twice.trimmed_start_s, twice.trimmed_end_s) == (0, 0)
    assert twice.gain_db == pytest.approx(0, abs=0.05)
    np.testing.assert_allclose(twice.audio.samples, once.audio.samples, atol=5e-3)


@pytest.mark.parametrize("count", [0, 1, 2, 100, 5_000])
def test_tiny_clips_survive(count: int) -> None:
    audio = as_audio(noise(count, 0.1))
    for spans in ([], [Span(0, audio.duration_s)]):
        cleaned = clean(audio, spans, CleaningRecipe(shorten_pauses=True))
        assert len(cleaned.audio.samples) == count
        assert np.isfinite(cleaned.audio.samples).all()


def test_the_margin_is_within_what_is_promised() -> None:
    assert FADE_S < MARGIN_S < 0.08
