"""What the basic voice learns of a person, and what it does with it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from studio.engines.parametric.espeak import Espeak, Rendering
from studio.engines.parametric.grains import resound
from studio.engines.parametric.match import carry
from studio.engines.parametric.match_space import active, to_bands, to_cepstra
from studio.engines.parametric.vocoder import BINS, Features, analyse
from studio.engines.parametric.voice import ParametricVoice, learn_voice
from studio.errors import EngineError
from studio.types import SAMPLE_RATE, Audio, Segment
from tests.voices import spoken

pytest.importorskip("pyworld")

TRANSCRIPT = (
    "The museum was closed for the whole winter, but the children found another way to see it. "
    "Their teacher asked a friend, who was the keeper of the house, to open it for one morning."
)
SENTENCE = "Please send the small parcel to my sister before Friday."
PERSON = "en-us+f5"


@cache
def person(pitch: int = 80) -> Segment:
    """A clip of somebody who sounds unlike the source voice."""
    return Segment("clip", TRANSCRIPT, spoken(TRANSCRIPT, voice=PERSON, pitch=pitch))


@cache
def learnt(pitch: int = 80) -> ParametricVoice:
    with Espeak() as espeak:
        return learn_voice([person(pitch)], espeak)


@cache
def source() -> tuple[Rendering, Features]:
    with Espeak() as espeak:
        rendering = espeak.render(SENTENCE, voice=learnt().source_voice)
    return rendering, taken_apart(Audio(rendering.samples))


def taken_apart(audio: Audio) -> Features:
    return analyse(audio.samples, quick=True, f0_floor=60.0, f0_ceil=450.0, aperiodicity=False)


def carried(voice: ParametricVoice, closeness: float) -> Features:
    rendering, features = source()
    return carry(voice, features, rendering.phonemes, closeness)


def mean_cepstra(features: Features) -> np.ndarray:
    voiced = active(features.envelope) & (features.f0_hz > 0)
    return to_cepstra(to_bands(features.envelope))[voiced, 1:].mean(0)


def distance(features: Features, reference: Features) -> float:
    """Mel-cepstral distance of two voices' average vowel, in no unit in particular."""
    return float(np.linalg.norm(mean_cepstra(features) - mean_cepstra(reference)))


def frame_distance(features: Features, reference: Features) -> float:
    """How far frames are from their nearest in ``reference``, on average."""
    a, b = (
        to_cepstra(to_bands(f.envelope))[active(f.envelope) & (f.f0_hz > 0), 1:]
        for f in (features, reference)
    )
    squared = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return float(np.sqrt(np.maximum(squared, 0).min(1)).mean())


def test_pitch_follows_the_person() -> None:
    for pitch in (40, 90):
        reference = taken_apart(person(pitch).audio or Audio(np.zeros(1, np.float32)))
        f0 = carried(learnt(pitch), 0.6).f0_hz
        wanted = np.median(np.log(reference.f0_hz[reference.f0_hz > 0]))
        assert np.median(np.log(f0[f0 > 0])) == pytest.approx(wanted, abs=0.08)


def test_a_lively_reader_gives_a_livelier_melody_than_a_flat_one() -> None:
    spreads = []
    for spread in (0.07, 0.13):
        voice = learnt()
        voice = replace(voice, target_pitch=replace(voice.target_pitch, spread=spread))
        f0 = carried(voice, 0.6).f0_hz
        spreads.append(np.log(f0[f0 > 0]).std())
    assert spreads[1] > 1.3 * spreads[0]


def test_timbre_comes_nearer_to_the_person() -> None:
    reference = taken_apart(person().audio or Audio(np.zeros(1, np.float32)))
    before = distance(source()[1], reference)
    for closeness in (0.0, 0.6, 1.0):
        assert distance(carried(learnt(), closeness), reference) < 0.5 * before


def test_sounds_are_set_further_apart_than_the_source_speaks_them() -> None:
    def contrast(features: Features) -> np.ndarray:
        voiced = active(source()[1].envelope) & (source()[1].f0_hz > 0)
        return to_cepstra(to_bands(features.envelope))[voiced, 1:].std(0)

    assert 1.1 < np.median(contrast(carried(learnt(), 0.0)) / contrast(source()[1])) < 1.5


def test_consonants_without_a_voice_are_louder_beside_the_others() -> None:
    before, after = source()[1], carried(learnt(), 0.0)
    raised_db = 10 * np.log10(after.envelope.mean(1) / before.envelope.mean(1))
    voiced = before.f0_hz > 0
    deep = np.convolve(voiced, np.ones(9), mode="same") == 0
    assert np.median(raised_db[active(before.envelope) & deep]) == pytest.approx(3.0, abs=0.5)
    assert np.median(raised_db[voiced]) == pytest.approx(0.0, abs=0.5)


def test_closer_is_closer() -> None:
    reference = taken_apart(person().audio or Audio(np.zeros(1, np.float32)))
    steps = [frame_distance(carried(learnt(), c), reference) for c in (0.0, 0.3, 0.6, 1.0)]
    assert steps == sorted(steps, reverse=True)


def test_silence_stays_silent_and_finite() -> None:
    silent = np.zeros(SAMPLE_RATE // 4, np.float32)
    silence = taken_apart(Audio(silent))
    out = carry(learnt(), silence, (), 1.0)
    for array in (out.f0_hz, out.envelope, out.aperiodicity):
        assert np.isfinite(array).all()
    assert np.abs(resound(silent, silence, out)).max() < 1e-3
    nothing = Features(np.zeros(0), np.zeros((0, BINS)), np.zeros((0, BINS)))
    assert len(carry(learnt(), nothing, (), 1.0)) == 0


def test_a_block_comes_out_as_in_the_whole_sentence() -> None:
    rendering, features = source()
    first, last, margin = 120, 260, 30
    shifted = [replace(p, start_s=p.start_s - (first - margin) * 0.005) for p in rendering.phonemes]
    block = carry(learnt(), features.slice(first - margin, last + margin), shifted, 0.6)
    whole = carried(learnt(), 0.6)
    a, b = block.slice(margin, margin + last - first), whole.slice(first, last)
    speaking = active(features.envelope)[first:last]
    ratio_db = 10 * np.abs(np.log10(a.envelope / b.envelope))[speaking]
    assert np.percentile(ratio_db, 95) < 0.5


def test_a_voice_survives_being_kept() -> None:
    voice = ParametricVoice.from_tensors(learnt().to_tensors())
    again = ParametricVoice.from_tensors(voice.to_tensors())
    assert sum(t.nbytes for t in voice.to_tensors().values()) < 3_000_000
    np.testing.assert_array_equal(carried(voice, 0.6).envelope, carried(again, 0.6).envelope)
    first, kept = carried(learnt(), 0.6).envelope, carried(voice, 0.6).envelope
    assert np.percentile(np.abs(np.log(first / kept)), 95) < 0.05


@pytest.mark.parametrize(
    "transcript", ["", "Nobody here says anything like this, ever, at all, anywhere."]
)
def test_a_missing_or_wrong_transcript_still_gives_the_voice(transcript: str) -> None:
    segment = replace(person(), transcript=transcript)
    with Espeak() as espeak:
        voice = learn_voice([segment], espeak)
    reference = taken_apart(person().audio or Audio(np.zeros(1, np.float32)))
    assert distance(carried(voice, 0.6), reference) < 0.5 * distance(source()[1], reference)


@pytest.mark.parametrize("kind", ["short", "noisy", "noise", "silent", "instant"])
def test_a_poor_clip_gives_some_voice(kind: str) -> None:
    clip = person().audio or Audio(np.zeros(1, np.float32))
    noise = np.random.default_rng(1).normal(0, 0.02, len(clip.samples)).astype(np.float32)
    sound = {
        "short": clip.slice(0.5, 2.0).samples,
        "noisy": clip.samples + noise,
        "noise": noise[: SAMPLE_RATE * 2],
        "silent": np.zeros(SAMPLE_RATE, np.float32),
        "instant": clip.slice(0.5, 0.52).samples,
    }[kind]
    with Espeak() as espeak:
        voice = learn_voice([Segment("clip", TRANSCRIPT, Audio(sound))], espeak)
    rendering, features = source()
    samples = resound(rendering.samples, features, carried(voice, 1.0))
    assert np.isfinite(samples).all()
    assert 0.005 < np.sqrt(np.mean(samples**2)) < 1.0


def test_without_sound_there_is_nothing_to_learn() -> None:
    with Espeak() as espeak, pytest.raises(EngineError, match="Add a clip"):
        learn_voice([Segment("clip", TRANSCRIPT, None)], espeak)
