"""A whisper has no pitch and keeps its words' spectrum, however the sound comes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.analysis.pitch import pitch_curve
from studio.engines.kokoro.speech.whisper import whispered
from studio.types import Audio
from tests.voices import spoken

Floats = NDArray[np.float32]


def joined(*parts: Floats) -> Floats:
    return np.concatenate([np.zeros(0, np.float32), *whispered(iter(parts), seed=1)])


@pytest.mark.parametrize("length", [0, 100, 6_960, 7_013])
def test_parts_of_any_length_give_the_same_samples(length: int) -> None:
    sound = np.random.default_rng(0).standard_normal(length).astype(np.float32)
    whole = joined(sound)
    assert len(whole) == length
    assert np.array_equal(whole, joined(sound[:33], sound[33:1_000], sound[1_000:]))


def test_a_voice_becomes_a_whisper() -> None:
    voice = spoken("We walked home along the river, and then it began to rain.")
    whisper = Audio(joined(voice.samples))
    heard = np.isfinite(pitch_curve(voice).f0_hz).mean()
    left = np.isfinite(pitch_curve(whisper).f0_hz).mean()
    assert heard > 0.5
    assert left < 0.1
    # Where it was loud it is loud: the words are in there.
    frames = len(voice.samples) // 480
    before, after = (
        np.log(np.square(one.samples[: frames * 480]).reshape(frames, 480).mean(axis=1) + 1e-7)
        for one in (voice, whisper)
    )
    assert np.corrcoef(before, after)[0, 1] > 0.85


def test_another_seed_is_another_breath() -> None:
    sound = spoken("Hello.").samples
    assert not np.array_equal(joined(sound), np.concatenate(list(whispered(iter([sound]), 2))))
