"""Pictures of sound: what they show is where and as high as it was heard."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.types import SAMPLE_RATE, Audio, Span
from studio.ui.parts import drawing


def sound(duration_s: float, level: float = 0.5) -> Audio:
    times = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    return Audio((level * np.sin(2 * np.pi * 1_000 * times)).astype(np.float32))


def parsed(html: str) -> ET.Element:
    """Well-formed, or this fails."""
    return ET.fromstring(f"<div>{html}</div>")


def points(html: str, kind: str = "vs-wave-line") -> np.ndarray:
    """x and y of all points of the paths of that class, [n, 2]."""
    paths = [path.get("d", "") for path in parsed(html).iter("path") if path.get("class") == kind]
    pairs = re.findall(r"(-?[\d.]+) (-?[\d.]+)", " ".join(paths))
    return np.array(pairs, dtype=float).reshape(-1, 2)


def test_silence_is_flat_and_sound_is_high() -> None:
    quiet_then_loud = Audio(np.concatenate([np.zeros(SAMPLE_RATE, np.float32), sound(1.0).samples]))
    drawn = points(drawing.waveform(quiet_then_loud, label="x"))
    height = np.abs(drawn[:, 1] - drawing.HEIGHT / 2)
    assert height[drawn[:, 0] < 290].max() < 2
    assert height[drawn[:, 0] > 310].min() > 40


def test_a_click_is_never_lost_between_columns() -> None:
    samples = np.zeros(600 * SAMPLE_RATE // 10, np.float32)
    samples[123_456] = 1.0
    drawn = points(drawing.waveform(Audio(samples), label="x"))
    assert (drawing.HEIGHT / 2 - drawn[:, 1]).max() > 45


def test_before_and_after_stand_above_each_other() -> None:
    original = sound(4.0, level=0.1)
    drawn = drawing.cleaning(original, sound(2.5, level=0.4), 1.0, 0.5)
    root = parsed(drawn)
    cuts = [(float(r.get("x", 0)), float(r.get("width", 0))) for r in root.iter("rect")]
    assert cuts == pytest.approx([(0, 150), (525, 75)])
    before, after = (p for p in root.iter("path") if p.get("class") == "vs-wave-line")
    assert "translate(150.0 0)" in after.get("transform", "")
    heights = [
        np.ptp(np.array(re.findall(r" (-?[\d.]+)", path.get("d", "")), dtype=float))
        for path in (before, after)
    ]
    assert heights[1] / heights[0] == pytest.approx(4, rel=0.1)


def test_the_time_axis_has_round_seconds_with_their_unit() -> None:
    labels = re.findall(r"<span[^>]*>([^<]+)</span>", drawing.waveform(sound(6.4), label="x"))
    assert labels == ["0 s", "2 s", "4 s", "6 s"]
    long = drawing.waveform(sound(0.01), label="x", total_s=400)
    assert re.findall(r"<span[^>]*>([^<]+)</span>", long)[:2] == ["0:00", "2:00"]


def test_pitch_is_broken_where_there_is_no_voice_and_rises_upwards() -> None:
    times = np.arange(100) * 0.02
    hz = np.linspace(100, 200, 100)
    hz[40:60] = np.nan
    drawn = drawing.pitch_curve(times, hz, label="x")
    (path,) = (p for p in parsed(drawn).iter("path") if p.get("class") == "vs-pitch-line")
    assert path.get("d", "").count("M") == 2
    heights = points(drawn, "vs-pitch-line")[:, 1]
    assert (np.diff(heights) <= 0).all()
    assert "Hz" in drawn


def test_neighbours_share_their_axes() -> None:
    low, high = np.full(50, 100.0), np.full(50, 200.0)
    shared = drawing.pitch_range([low, high])
    times = np.arange(50) * 0.02
    first, second = (
        points(
            drawing.pitch_curve(times, hz, label="x", range_hz=shared, total_s=4),
            "vs-pitch-line",
        )
        for hz in (low, high)
    )
    assert first[0, 1] > second[0, 1] + 30
    assert first[-1, 0] == pytest.approx(drawing.WIDTH * times[-1] / 4, abs=0.1)


def test_words_are_escaped() -> None:
    evil = '"><script>alert(1)</script>'
    for drawn in (
        drawing.waveform(sound(0.1), label=evil),
        drawing.small_waveform(sound(0.1), label=evil),
        drawing.pitch_curve(np.zeros(1), np.full(1, 100.0), label=evil),
    ):
        assert "<script" not in drawn
        assert any(node.get("aria-label") == evil for node in parsed(drawn).iter())


@given(
    arrays(np.float32, st.integers(0, 2_000), elements=st.floats(-1, 1, width=32)),
    st.floats(0, 3),
    st.floats(0, 3),
)
def test_any_sound_is_drawn_inside_its_frame(
    samples: np.ndarray, start_s: float, end_s: float
) -> None:
    audio = Audio(samples)
    drawn = drawing.cleaning(audio, audio.slice(0.0, 0.02), start_s, end_s)
    heights = points(drawn)[:, 1]
    assert ((heights >= 0) & (heights <= drawing.HEIGHT)).all()
    assert "nan" not in drawn
    assert drawing.small_waveform(audio, label="x").startswith("<svg")


@given(arrays(np.float64, st.integers(0, 200), elements=st.floats(0, 5_000) | st.just(np.nan)))
def test_any_pitch_is_drawn_inside_its_frame(hz: np.ndarray) -> None:
    drawn = drawing.pitch_curve(np.arange(len(hz)) * 0.02, hz, label="x")
    heights = points(drawn, "vs-pitch-line")[:, 1]
    assert ((heights >= 0) & (heights <= drawing.HEIGHT)).all()
    assert "nan" not in drawn


def test_a_cut_of_nothing_is_not_shaded() -> None:
    drawn = drawing.waveform(sound(1.0), label="x", cut=[Span(0.0, 0.0)])
    assert "<rect" not in drawn
