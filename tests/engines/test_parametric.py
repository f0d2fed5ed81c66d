"""The basic voice: what emotion, temperature and level do, measured on what comes out.

Pitch is measured by autocorrelation, which has nothing in common with the engine's own vocoder.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.analysis.prosody import pitch_curve
from studio.audio.loudness import integrated_lufs, true_peak_dbtp
from studio.engines.base import Capability
from studio.engines.parametric import blocks, vocoder
from studio.engines.parametric.context import ParametricContext
from studio.engines.parametric.engine import ParametricEngine
from studio.engines.parametric.espeak import Espeak
from studio.engines.parametric.grains import resound
from studio.engines.parametric.vocoder import HOP_S, HOP_SAMPLES, Features
from studio.text import prepare
from studio.types import SAMPLE_RATE, Audio, Emotion, SpeechOptions
from tests.engines.conftest import make_ready, segment

TEXT = "The weather will change before the evening, so take a warm coat with you."
TEXTS = (TEXT, "Nobody knew why the old garden gate was open.", "Please send me the report.")


@dataclass(frozen=True)
class Measured:
    """One delivery, measured. Pitch in semitones, level in LUFS, brightness in dB."""

    pitch: float
    pitch_range: float
    seconds: float
    lufs: float
    brightness: float
    voiced_share: float


@pytest.fixture(scope="module")
def engine() -> ParametricEngine:
    engine = make_ready("parametric").engine
    assert isinstance(engine, ParametricEngine)
    return engine


@pytest.fixture(scope="module")
def context() -> ParametricContext:
    context = make_ready("parametric").context
    assert isinstance(context, ParametricContext)
    return context


def say(
    engine: ParametricEngine, context: ParametricContext, text: str, options: SpeechOptions
) -> NDArray[np.float32]:
    return np.concatenate([f.samples for f in engine.stream(context, prepare(text, "en"), options)])


def measure(sound: NDArray[np.float32]) -> Measured:
    curve = pitch_curve(Audio(sound), hop_s=0.01)
    f0 = np.nan_to_num(curve.f0_hz)
    power = np.convolve(sound.astype(np.float64) ** 2, np.ones(480) / 480, mode="same")
    at = np.minimum((curve.times_s * SAMPLE_RATE).astype(int), len(power) - 1)
    active = power[at] > power.max() * 1e-4
    voiced = f0[active & (f0 > 0)]
    semitones = 12 * np.log2(voiced) if len(voiced) else np.zeros(1)
    low, middle, high = np.percentile(semitones, [10, 50, 90])
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    bright = spectrum[hz > 2_000].sum() / spectrum[(hz > 100) & (hz <= 2_000)].sum()
    lufs = integrated_lufs(Audio(sound))
    assert lufs is not None
    return Measured(
        pitch=float(middle),
        pitch_range=float(high - low),
        seconds=len(sound) / SAMPLE_RATE,
        lufs=lufs,
        brightness=float(10 * np.log10(bright)),
        voiced_share=len(voiced) / int(active.sum()),
    )


@pytest.fixture(scope="module")
def deliveries(engine: ParametricEngine, context: ParametricContext) -> dict[Emotion, Measured]:
    return {
        emotion: measure(say(engine, context, TEXT, SpeechOptions(emotion=emotion, seed=5)))
        for emotion in Emotion
    }


@pytest.mark.parametrize(
    ("emotion", "pitch", "pitch_range", "pace", "lufs", "brightness"),
    [  # the sign of the change against neutral; 0 where nothing is promised
        (Emotion.HAPPY, +1, +1, +1, +1, +1),
        (Emotion.EXCITED, +1, +1, +1, +1, +1),
        (Emotion.SAD, -1, -1, -1, -1, -1),
        (Emotion.ANGRY, +1, +1, +1, +1, +1),
        (Emotion.CALM, -1, -1, -1, -1, -1),
    ],
)
def test_an_emotion_is_heard(
    deliveries: dict[Emotion, Measured],
    emotion: Emotion,
    pitch: int,
    pitch_range: int,
    pace: int,
    lufs: int,
    brightness: int,
) -> None:
    neutral, spoken = deliveries[Emotion.NEUTRAL], deliveries[emotion]
    assert (spoken.pitch - neutral.pitch) * pitch > 0.3
    assert (spoken.pitch_range - neutral.pitch_range) * pitch_range > 0.5
    assert (neutral.seconds / spoken.seconds - 1) * pace > 0.03
    assert (spoken.lufs - neutral.lufs) * lufs > 0.8
    assert (spoken.brightness - neutral.brightness) * brightness > 0.3


def test_a_whisper_has_no_voice(deliveries: dict[Emotion, Measured]) -> None:
    assert deliveries[Emotion.NEUTRAL].voiced_share > 0.6
    assert deliveries[Emotion.WHISPER].voiced_share < 0.3
    assert deliveries[Emotion.WHISPER].lufs < deliveries[Emotion.NEUTRAL].lufs - 6


def test_temperature_widens_the_melody(
    engine: ParametricEngine, context: ParametricContext
) -> None:
    ranges = [
        measure(say(engine, context, TEXT, SpeechOptions(temperature=t, seed=1))).pitch_range
        for t in (0.0, 0.8, 2.0)
    ]
    assert ranges[0] * 1.2 < ranges[1]
    assert ranges[1] * 1.2 < ranges[2]


def test_at_temperature_0_the_seed_changes_nothing(
    engine: ParametricEngine, context: ParametricContext
) -> None:
    one, two = (
        say(engine, context, TEXTS[2], SpeechOptions(temperature=0, seed=seed)) for seed in (1, 2)
    )
    np.testing.assert_array_equal(one, two)


def test_two_seeds_have_two_melodies(engine: ParametricEngine, context: ParametricContext) -> None:
    pitches = []
    for seed in (1, 2):
        sound = say(engine, context, TEXT, SpeechOptions(temperature=1.0, seed=seed))
        pitches.append(measure(sound))
    assert pitches[0] != pitches[1]


def test_neutral_speech_is_at_the_studio_level(
    engine: ParametricEngine, context: ParametricContext
) -> None:
    sound = say(engine, context, " ".join(TEXTS), SpeechOptions(seed=2))
    lufs, peak = integrated_lufs(Audio(sound)), true_peak_dbtp(Audio(sound))
    assert lufs == pytest.approx(-20.0, abs=0.8)
    assert peak is not None
    assert peak <= -0.9


def test_the_loudest_delivery_stays_under_the_ceiling(
    engine: ParametricEngine, context: ParametricContext
) -> None:
    sound = say(engine, context, TEXTS[1], SpeechOptions(emotion=Emotion.ANGRY, temperature=2))
    peak = true_peak_dbtp(Audio(sound))
    assert peak is not None
    assert peak <= -0.9


def test_sound_begins_at_once_and_ends_softly(
    engine: ParametricEngine, context: ParametricContext
) -> None:
    sound = np.abs(say(engine, context, "Hello there.", SpeechOptions()))
    audible = np.flatnonzero(sound > 0.01)
    assert audible[0] < 0.05 * SAMPLE_RATE
    assert 0.05 * SAMPLE_RATE < len(sound) - audible[-1] < 0.4 * SAMPLE_RATE


def test_sentences_are_set_apart_and_paragraphs_further(
    engine: ParametricEngine, context: ParametricContext
) -> None:
    def longest_silence(text: str) -> float:
        quiet = np.abs(say(engine, context, text, SpeechOptions(temperature=0))) < 1e-4
        edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(int), [0]])))
        starts, ends = edges[::2], edges[1::2]
        inner = [e - s for s, e in zip(starts, ends, strict=True) if s > 0 and e < len(quiet)]
        return max(inner) / SAMPLE_RATE

    assert 0.2 < longest_silence("Come in. Sit down.") < 0.5
    assert 0.5 < longest_silence("Come in.\n\nSit down.") < 0.9


def test_a_long_text_starts_before_it_is_spoken(
    engine: ParametricEngine, context: ParametricContext
) -> None:
    # 500 sentences would take minutes; only the first is made.
    stream = engine.stream(
        context, prepare("This is one sentence of many. " * 1_600, "en"), SpeechOptions()
    )
    assert next(stream).index == 0


def test_words_that_cannot_be_read_are_left_out_with_a_note(
    engine: ParametricEngine, context: ParametricContext
) -> None:
    frames = list(
        engine.stream(context, prepare("The word спасибо means thanks.", "en"), SpeechOptions())
    )
    assert "Cyrillic" in frames[0].note
    assert not any(frame.note for frame in frames[1:])
    assert next(engine.stream(context, prepare("Thanks.", "en"), SpeechOptions())).note == ""


def test_blocks_join_as_if_they_were_one() -> None:
    with Espeak() as espeak:
        rendering = espeak.render(f"{TEXT} {TEXT}")
    pitch = vocoder.track_pitch(rendering.samples, quick=True, f0_floor=60, f0_ceil=450)
    joints = blocks.cuts(pitch, rendering.samples)
    assert len(joints) > 4
    assert joints[1] * HOP_S < 2.0
    assert not pitch[joints[1:-1]].any()

    def keep(features: Features, start: int) -> Features:
        return features

    joined = np.concatenate(list(blocks.render_blocks(rendering.samples, pitch, keep)))
    source = vocoder.take_apart(rendering.samples, pitch, aperiodicity=False)
    whole = resound(rendering.samples, source, source)
    assert len(joined) == len(whole) == len(pitch) * HOP_SAMPLES

    def level_db(sound: NDArray[np.float32], joint: int) -> float:
        around = sound[(joint - 24) * HOP_SAMPLES : (joint + 24) * HOP_SAMPLES].astype(np.float64)
        return float(10 * np.log10((around**2).mean() + 1e-6))

    def roughness(sound: NDArray[np.float32], joint: int) -> float:
        around = sound[(joint - 4) * HOP_SAMPLES : (joint + 4) * HOP_SAMPLES].astype(np.float64)
        return float(np.abs(np.diff(around, 2)).max())

    for joint in joints[1:-1]:
        assert level_db(joined, joint) == pytest.approx(level_db(whole, joint), abs=1.0)
        assert roughness(joined, joint) < 2 * roughness(whole, joint) + 0.003


def test_the_file_of_a_voice_is_small(
    engine: ParametricEngine, context: ParametricContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("voice") / "voice.safetensors"
    engine.save_context(context, path)
    assert path.stat().st_size < 3_000_000


def test_a_voice_follows_the_pitch_of_its_clip(engine: ParametricEngine) -> None:
    pitches = []
    for pitch in (20, 80):
        context = engine.prepare([segment("en-us", pitch=pitch, transcript=TEXT)])
        pitches.append(measure(say(engine, context, TEXTS[2], SpeechOptions())).pitch)
    assert pitches[1] - pitches[0] > 6


def test_without_the_vocoder_the_plain_voice_speaks_and_says_so() -> None:
    engine = ParametricEngine(with_vocoder=False)
    try:
        assert "pyworld" in engine.info.label
        assert Capability.CLOSENESS not in engine.info.capabilities
        low = engine.prepare([segment("en-us", pitch=20, transcript=TEXT)])
        assert "pyworld" in next(engine.stream(low, prepare(TEXT, "en"), SpeechOptions())).note
        high = engine.prepare([segment("en-us+f2", pitch=60, transcript=TEXT)])
        spoken = [measure(say(engine, c, TEXT, SpeechOptions(seed=3))) for c in (low, high)]
        assert spoken[1].pitch - spoken[0].pitch > 8
        sad = measure(say(engine, low, TEXT, SpeechOptions(emotion=Emotion.SAD, seed=3)))
        assert sad.seconds > spoken[0].seconds * 1.1
        assert sad.pitch < spoken[0].pitch
        assert spoken[0].lufs == pytest.approx(-20.0, abs=1.0)
    finally:
        engine.close()


def test_a_plain_voice_and_a_carried_one_are_not_mixed_up(
    context: ParametricContext, engine: ParametricEngine
) -> None:
    plain = ParametricEngine(with_vocoder=False)
    assert plain.info.fingerprint != engine.info.fingerprint
