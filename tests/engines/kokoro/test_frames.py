"""The way out: limiter and framer, over any cutting of the sound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.audio.loudness import true_peak_dbtp
from studio.engines.kokoro.speech.frames import Framer
from studio.engines.kokoro.speech.limiter import Limiter
from studio.types import FRAME_SAMPLES, Audio

PIECES = st.lists(st.integers(0, 5_000), min_size=1, max_size=12)


def limited(sound: NDArray[np.float32], pieces: list[int]) -> NDArray[np.float32]:
    limiter = Limiter()
    ends = np.cumsum(pieces)[:-1]
    return np.concatenate([*map(limiter.push, np.split(sound, ends)), limiter.flush()])


@given(PIECES, st.floats(0.05, 3.0))
@settings(max_examples=40, deadline=None)
def test_the_limiter_does_not_care_how_the_sound_is_cut(pieces: list[int], peak: float) -> None:
    times = np.arange(sum(pieces)) / 24_000
    sound = (peak * np.sin(2 * np.pi * 180 * times) * np.sin(2 * np.pi * 3 * times)).astype(
        np.float32
    )
    out = limited(sound, pieces)
    assert len(out) == len(sound)
    np.testing.assert_allclose(out, limited(sound, [len(sound)]), atol=1e-6)
    assert np.abs(out).max(initial=0.0) <= 10 ** (-1 / 20)
    assert (np.abs(out) <= np.abs(sound) + 1e-7).all()


def test_quiet_sound_passes_the_limiter_unchanged() -> None:
    sound = np.random.default_rng(1).normal(0, 0.05, 20_000).astype(np.float32)
    np.testing.assert_array_equal(limited(sound, [20_000]), sound)


@pytest.mark.parametrize("hz", [100.0, 997.0, 6_000.0])
def test_no_true_peak_goes_over_the_ceiling(hz: float) -> None:
    times = np.arange(24_000) / 24_000
    swell = np.sin(np.pi * times)  # no steps at the ends, which have peaks of their own
    sound = (2 * swell * np.sin(2 * np.pi * hz * times + 0.785)).astype(np.float32)
    peak = true_peak_dbtp(Audio(limited(sound, [24_000])))
    assert peak is not None
    assert peak <= -0.95


@given(PIECES)
@settings(max_examples=40, deadline=None)
def test_frames_hold_every_sample_once(pieces: list[int]) -> None:
    sound = np.arange(sum(pieces), dtype=np.float32)
    framer = Framer(text_chars=10)
    framer.mark(len(sound) // 2, 5)
    frames = []
    for piece in np.split(sound, np.cumsum(pieces)[:-1]):
        frames += framer.push(piece)
    frames += framer.finish()
    if not len(sound):
        assert frames == []
        return
    np.testing.assert_array_equal(np.concatenate([f.samples for f in frames]), sound)
    assert all(len(f.samples) == FRAME_SAMPLES for f in frames[:-1])
    assert [f.index for f in frames] == list(range(len(frames)))
    assert [f.text_end for f in frames] == sorted(f.text_end for f in frames)
    assert frames[-1].text_end == 10
