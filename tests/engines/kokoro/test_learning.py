"""A person is learnt from clips: what is said is nearer to them than any voice that was there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.analysis import speaker
from studio.clips.decoding.decode import DecodeLimits, decode_clip
from studio.engines.base import EngineSetup
from studio.engines.kokoro.engine import KokoroEngine
from studio.engines.kokoro.person import tuning
from studio.engines.kokoro.person.voice import StudioVoice
from studio.errors import Stopped
from studio.text import prepare
from studio.types import Audio, Emotion, Segment, SpeechOptions, VoiceStage
from tests.engines.conftest import segment

STARTERS = Path(__file__).resolve().parents[3] / "assets" / "starters"


@pytest.fixture(scope="module")
def engine(weights_cache: Path) -> KokoroEngine:
    """With its own weights."""
    return KokoroEngine(EngineSetup(cache_dir=weights_cache))


@pytest.fixture(scope="module")
def small(small_voice: Path) -> KokoroEngine:
    return KokoroEngine(EngineSetup(studio_voice=small_voice))


def said(engine: KokoroEngine, voice: StudioVoice, text: str, closeness: float) -> Audio:
    options = SpeechOptions(seed=1, closeness=closeness)
    frames = engine.stream(voice, prepare(text, "en"), options)
    return Audio(np.concatenate([frame.samples for frame in frames]))


@pytest.mark.speech
def test_each_step_brings_a_real_person_nearer(
    engine: KokoroEngine, speech_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "STEPS", 6)  # of 24: nearer is shown by fewer
    clip, other = (
        decode_clip(speech_dir / f"ls_1998-15444-000{number}.flac", DecodeLimits()).audio
        for number in (4, 1)
    )
    person = speaker.embed(other)
    segments = [Segment("clip", "", clip, sha256="1998")]
    quick = engine.prepare(segments)
    tuned = engine.tune(quick, segments)
    assert (quick.stage, tuned.stage) == (VoiceStage.QUICK, VoiceStage.TUNED)

    def alike(voice: StudioVoice, closeness: float) -> float:
        sound = said(engine, voice, "Please close the window before you go.", closeness)
        return speaker.similarity(speaker.embed(sound), person)

    nearest = alike(quick, 0.0)
    assert alike(quick, 1.0) > nearest + 0.03
    assert alike(tuned, 1.0) > nearest + 0.12


@pytest.mark.parametrize("name", ["ada", "bruno"])
def test_every_word_is_said_whole_from_the_first(engine: KokoroEngine, name: str) -> None:
    pytest.importorskip("moonshine_voice")
    from bench.judges import Moonshine
    from bench.words import wrong_words

    clip = decode_clip(STARTERS / f"{name}.flac", DecodeLimits()).audio
    voice = engine.prepare([Segment("clip", "", clip, sha256=name)])
    listener = Moonshine()
    texts = (
        "The bridge was built by people of this town.",
        "A young woman stepped out of the car.",
        "After dinner we played cards until it was late.",
    )
    wrong = [
        wrong_words(listener, text, said(engine, voice, text, 0.85), number)
        for number, text in enumerate(texts)
    ]
    assert sum(wrong) <= 1, wrong


def test_the_same_clips_give_the_same_voice(
    small: KokoroEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "STEPS", 2)
    one, other = (small.prepare([segment()]) for _ in range(2))
    assert np.array_equal(one.close, other.close)
    tuned, again = (small.tune(voice, [segment()]) for voice in (one, other))
    assert np.array_equal(tuned.close, again.close)
    assert not np.array_equal(tuned.close, one.close)


def test_tuning_ends_where_whoever_watches_says_so(small: KokoroEngine) -> None:
    quick = small.prepare([segment()])
    shares: list[float] = []

    def watch(share: float, what: str) -> None:
        shares.append(share)
        if share > 0.3:
            raise Stopped

    with pytest.raises(Stopped):
        small.tune(quick, [segment()], watch)
    assert shares == sorted(shares)
    assert 0.3 < shares[-1] < 0.5


def test_a_clip_with_an_emotion_teaches_how_the_person_does_it(small: KokoroEngine) -> None:
    usual = segment(pitch=40)
    higher = segment(pitch=80)
    happy = Segment("other", "", higher.audio, emotion=Emotion.HAPPY, sha256="other")
    taught = small.prepare([usual, happy]).taught
    assert set(taught) == {Emotion.HAPPY}
    semitones = taught[Emotion.HAPPY].semitones
    assert semitones is not None
    assert semitones > 2
    assert small.prepare([usual]).taught == {}
