"""How an emotion, a temperature and a person's own clips move lengths and pitch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.engines.kokoro.speech.delivery import Delivery, Manner, Pitch, Taught, manner_of
from studio.types import Emotion, SpeechOptions

SYMBOLS = "wˌi wˈɔkt hˈOm, ænd ɪt ɹˈAnd."
VOICE = Pitch(middle_hz=150.0, person_hz=210.0, widening=0.0)
MELODY = torch.cat([150 * 2 ** torch.linspace(0.4, -0.4, 90), torch.zeros(10)])[None]


def delivered(
    emotion: Emotion = Emotion.NEUTRAL,
    *,
    temperature: float = 0.0,
    seed: int = 1,
    taught: Taught | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole frames of each symbol, and the pitch."""
    options = SpeechOptions(emotion=emotion, temperature=temperature, seed=seed)
    delivery = Delivery(manner_of(emotion, taught), options, 0)
    wished = torch.full((len(SYMBOLS),), 3.3)
    frames = delivery.frames(wished, SYMBOLS, 0.0)
    return frames, delivery.pitch(MELODY, [0.3, 0.7], VOICE)


def middle_and_range(hz: torch.Tensor) -> tuple[float, float]:
    low, middle, high = np.percentile(hz[hz > 0].numpy(), [10, 50, 90])
    return float(middle), float(np.log2(high / low))


def test_neutral_speech_is_the_networks_own_at_the_persons_pitch() -> None:
    frames, hz = delivered()
    assert int(frames.sum()) == round(3.3 * len(SYMBOLS)), "rounding must not move the pace"
    assert middle_and_range(hz)[0] == pytest.approx(210.0, rel=0.01)
    assert (hz[0, -10:] == 0).all(), "what has no voice gets none"


@pytest.mark.parametrize(
    ("emotion", "higher", "wider", "quicker"),
    [
        (Emotion.HAPPY, 1, 1, 1),
        (Emotion.EXCITED, 1, 1, 1),
        (Emotion.ANGRY, 1, 1, 1),
        (Emotion.SAD, -1, -1, -1),
        (Emotion.CALM, -1, -1, -1),
    ],
)
def test_an_emotion_moves_pitch_range_and_pace(
    emotion: Emotion, higher: int, wider: int, quicker: int
) -> None:
    usual_frames, usual_hz = delivered()
    frames, hz = delivered(emotion)
    (middle, width), (usual_middle, usual_width) = middle_and_range(hz), middle_and_range(usual_hz)
    assert (middle - usual_middle) * higher > 5
    assert (width - usual_width) * wider > 0.1
    assert (int(usual_frames.sum()) - int(frames.sum())) * quicker > 2


def test_a_whisper_has_no_pitch() -> None:
    _, hz = delivered(Emotion.WHISPER)
    assert (hz == 0).all()


def test_at_temperature_0_the_seed_changes_nothing_and_above_it_does() -> None:
    same = [delivered(seed=seed)[1] for seed in (1, 2)]
    assert torch.equal(*same)
    other = [delivered(seed=seed, temperature=0.8)[1] for seed in (1, 2)]
    assert not torch.equal(*other)
    assert torch.equal(other[0], delivered(seed=1, temperature=0.8)[1])


def test_the_highest_temperature_stays_within_what_a_voice_can_do() -> None:
    for seed in range(20):
        frames, hz = delivered(Emotion.EXCITED, temperature=2.0, seed=seed)
        assert (frames >= 1).all()
        assert int(frames.sum()) < 3.3 * len(SYMBOLS) * 1.6
        assert float(hz[hz > 0].min()) >= 50
        assert float(hz.max()) <= 600


def test_the_persons_own_clips_teach_an_emotion() -> None:
    taught = Taught(semitones=-3.0, rate_log=None)
    manner = manner_of(Emotion.HAPPY, taught)
    assert manner.semitones == -3.0
    assert manner.rate_log == manner_of(Emotion.HAPPY).rate_log, "what is not known stays usual"
    assert middle_and_range(delivered(Emotion.HAPPY, taught=taught)[1])[0] < 200
    assert manner_of(Emotion.HAPPY, Taught(semitones=40.0)).semitones < 12


def test_intensity_is_a_share_of_the_manner() -> None:
    whole = manner_of(Emotion.SAD)
    assert whole.at(0.0) == Manner()
    assert whole.at(1.0) == whole
    assert whole.at(0.5).semitones == pytest.approx(whole.semitones / 2)
