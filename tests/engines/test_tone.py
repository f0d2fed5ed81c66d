"""Where the tone of a voice acts, and where it must not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.analysis import speaker_encoder
from studio.analysis.speaker_encoder import MEL_BANDS
from studio.engines.parametric.tone import NO_TONE, Tone, learn_tone
from studio.engines.parametric.vocoder import BINS, Features
from studio.types import Audio, SpeechOptions
from tests.voices import spoken

USUAL = SpeechOptions().closeness
LOUD, SOFT = 1.0, 1e-6


def sounds(voiced: bool, power: float) -> Features:
    frames = 60
    return Features(
        np.full(frames, 120.0 if voiced else 0.0),
        np.full((frames, BINS), power),
        np.zeros((frames, BINS)),
    )


TONE = Tone(tuple(np.linspace(-1.0, 1.0, MEL_BANDS)), top_db=float(10 * np.log10(BINS)))


def change(features: Features, closeness: float) -> np.ndarray:
    """By what the middle frame is changed, nepers of power [BINS]."""
    return np.log(TONE.colour(features, closeness).envelope / features.envelope)[30]


def test_loud_voiced_sounds_take_the_tone() -> None:
    changed = change(sounds(True, LOUD), USUAL)
    assert changed[0] == -1.0
    assert changed[-1] == 1.0
    assert (np.diff(changed) >= 0).all()


def test_soft_and_unvoiced_sounds_keep_their_own() -> None:
    for kept in (sounds(True, SOFT), sounds(False, LOUD)):
        assert not change(kept, USUAL).any()


def test_the_clearest_voice_has_no_tone_and_the_closest_no_more_than_usual() -> None:
    loud = sounds(True, LOUD)
    assert not change(loud, 0.0).any()
    assert np.allclose(change(loud, USUAL / 2), change(loud, USUAL) / 2)
    assert np.array_equal(change(loud, 1.0), change(loud, USUAL))


def test_without_the_encoder_or_a_sound_there_is_no_tone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    voice = [sounds(True, 1e-4)]
    person = spoken("Good morning.")
    assert learn_tone(voice, person, Audio(np.zeros_like(person.samples))) == NO_TONE
    damaged = tmp_path / "pretrained.pt"
    damaged.write_bytes(b"cut short")
    for path in (None, damaged):
        speaker_encoder._load_network.cache_clear()
        monkeypatch.setattr(speaker_encoder, "weights_path", lambda path=path: path)
        assert learn_tone(voice, person, person) == NO_TONE


def test_a_voice_without_a_tone_stays_as_it_is() -> None:
    loud = sounds(True, LOUD)
    assert NO_TONE.colour(loud, USUAL) is loud
