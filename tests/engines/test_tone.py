"""Where the tone of a voice acts, and where it must not."""

from __future__ import annotations

import numpy as np

from studio.analysis.speaker_encoder import MEL_BANDS
from studio.engines.parametric.tone import NO_TONE, Tone
from studio.engines.parametric.vocoder import BINS, Features
from studio.types import SpeechOptions

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


def test_a_voice_without_a_tone_stays_as_it_is() -> None:
    loud = sounds(True, LOUD)
    assert NO_TONE.colour(loud, USUAL) is loud
