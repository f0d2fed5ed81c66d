"""Comparing voices: fair in loudness and seed, bounded in number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio import Clip, SpeechRequest, Studio
from studio.audio.files import encode_wav
from studio.audio.loudness import integrated_lufs, true_peak_dbtp
from studio.core.speech.comparison import COMPARE_LUFS, match_loudness
from studio.errors import OptionsError, Stopped
from studio.types import SAMPLE_RATE, Audio
from tests.voices import spoken

TEXT = "Which of us would you rather listen to?"


@pytest.fixture
def two_voices(studio: Studio, tmp_path: Path) -> Studio:
    path = tmp_path / "low.wav"
    path.write_bytes(
        encode_wav(spoken("The source of the huge river is the clear spring.", pitch=20))
    )
    studio.create_profile("Low", [Clip(path)], consent="yes")
    return studio


def test_takes_are_equally_loud_and_share_the_seed(two_voices: Studio) -> None:
    takes = list(two_voices.compare(TEXT, ["anna", "low"], SpeechRequest(seed=4)))
    assert [take.profile.name for take in takes] == ["Anna", "Low"]
    assert {take.stats.seed for take in takes} == {4}
    for take in takes:
        assert take.lufs == pytest.approx(COMPARE_LUFS, abs=0.3)
        assert integrated_lufs(take.audio) == pytest.approx(COMPARE_LUFS, abs=0.3)
        assert np.isfinite(take.pitch.f0_hz).any()


def test_a_voice_is_nearer_to_itself_than_to_another(two_voices: Studio) -> None:
    for take in two_voices.compare(TEXT, ["anna", "low"], SpeechRequest(seed=4)):
        assert take.similarity is not None
        assert 0.3 < take.similarity <= 1.0


@pytest.mark.parametrize("voices", [[], ["anna"] * 5])
def test_a_number_of_voices_that_cannot_be_compared(studio: Studio, voices: list[str]) -> None:
    with pytest.raises(OptionsError, match="Choose"):
        studio.compare(TEXT, voices)


def test_a_voice_is_not_compared_with_itself(studio: Studio) -> None:
    with pytest.raises(OptionsError, match="only once"):
        studio.compare(TEXT, ["anna", "anna"])


def test_loudness_matching_never_goes_above_the_ceiling() -> None:
    clicks = np.zeros(3 * SAMPLE_RATE, np.float32)
    clicks[::6_000] = 0.9
    matched, gain_db = match_loudness(Audio(clicks), ceiling_dbtp=-1.0)
    peak = true_peak_dbtp(matched)
    assert peak is not None
    assert peak <= -0.99
    assert gain_db < 40


def test_silence_has_no_loudness_to_match() -> None:
    silence = Audio(np.zeros(SAMPLE_RATE, np.float32))
    matched, gain_db = match_loudness(silence, ceiling_dbtp=-1.0)
    assert gain_db == 0.0
    np.testing.assert_array_equal(matched.samples, silence.samples)


def test_it_stops_within_a_take(two_voices: Studio) -> None:
    frames = 0

    def stop(share: float, doing: str) -> None:
        nonlocal frames
        frames += doing == "Low speaks"
        if frames == 3:
            raise Stopped

    takes = two_voices.compare(TEXT, ["anna", "low"], SpeechRequest(seed=4), on_progress=stop)
    assert next(takes).profile.name == "Anna"
    with pytest.raises(Stopped):
        next(takes)
    assert frames == 3
    assert next(two_voices.compare(TEXT, ["low"], SpeechRequest(seed=4))).profile.name == "Low"
