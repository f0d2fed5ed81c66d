"""From a person's clips to a voice: quick at once, and tuned in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from studio.engines.kokoro.network.kokoro import Kokoro
from studio.engines.kokoro.person.calibration import calibrate
from studio.engines.kokoro.person.listening import Person, listen
from studio.engines.kokoro.person.prior import Prior, load_prior
from studio.engines.kokoro.person.tuning import tune
from studio.engines.kokoro.person.voice import StudioVoice
from studio.engines.kokoro.speech.delivery import Taught
from studio.types import USUAL_CLOSENESS, Emotion, Progress, Segment, VoiceStage

Floats = NDArray[np.float32]

_PITCH_WEIGHT: Final = 0.15
"""How much a natural logarithm of pitch counts beside a cosine when a stock voice is chosen."""

_LIMIT: Final = 3.0
"""No coefficient goes further than so many spreads: beyond it voices break."""


def learn_quick(
    network: Kokoro, segments: Sequence[Segment], progress: Progress | None = None
) -> StudioVoice:
    """The voice that the inverse of the network gives for ``segments``, in seconds.

    Raises:
        EngineError: none of them has sound.
    """
    report = progress or _say_nothing
    report(0.0, "Listening to the clips")
    person = listen(segments)
    prior = load_prior()
    report(0.4, "Finding the voice")
    close = quick_coefficients(prior, person)
    natural = nearest_stock(prior, person)
    report(0.5, "Setting pitch, pace and level")
    voice = _calibrated(
        network, prior.style(natural), prior.style(close), segments, person, VoiceStage.QUICK
    )
    report(1.0, "Ready")
    return voice


def learn_tuned(
    network: Kokoro,
    voice: StudioVoice,
    segments: Sequence[Segment],
    progress: Progress | None = None,
) -> StudioVoice:
    """``voice``, brought nearer to the person in ``segments`` by listening to what it says."""
    report = progress or _say_nothing
    person = listen(segments)

    def tuning(share: float) -> None:
        report(0.05 + 0.85 * share, "Bringing the voice nearer")

    report(0.05, "Bringing the voice nearer")
    prior = load_prior()
    start = quick_coefficients(prior, person)
    close = tune(network, prior, start, person, tuning)
    report(0.9, "Setting pitch, pace and level")
    tuned = _calibrated(network, voice.natural, close, segments, person, VoiceStage.TUNED)
    report(1.0, "Ready")
    return tuned


def quick_coefficients(prior: Prior, person: Person) -> Floats:
    """Coefficients [40] of a voice in which the encoder hears ``person``."""
    heard = prior.heard(_asked(prior, person))
    return np.clip(heard, -_LIMIT, _LIMIT).astype(np.float32)


def nearest_stock(prior: Prior, person: Person) -> Floats:
    """Coefficients [40] of the published voice that is most like ``person``."""
    alike = prior.stock_embeddings @ person.embedding
    if person.pitch_hz is not None:
        alike = alike - _PITCH_WEIGHT * np.abs(prior.stock_pitch - np.log(person.pitch_hz))
    nearest: Floats = prior.stock[int(np.argmax(alike))]
    return nearest


def _asked(prior: Prior, person: Person) -> Floats:
    pitch = prior.stock_pitch.mean() if person.pitch_hz is None else np.log(person.pitch_hz)
    return np.append(person.embedding, pitch).astype(np.float32)


def _calibrated(
    network: Kokoro,
    natural: Floats,
    close: Floats,
    segments: Sequence[Segment],
    person: Person,
    stage: VoiceStage,
) -> StudioVoice:
    usual = natural + (close - natural) * np.float32(USUAL_CLOSENESS)
    return StudioVoice(
        natural=natural,
        close=close,
        calibration=calibrate(network, torch.from_numpy(usual)),
        language=next(segment.language for segment in segments if segment.audio is not None),
        stage=stage,
        pitch_hz=person.pitch_hz,
        range_octaves=person.range_octaves,
        pace=person.pace,
        taught=_taught(segments),
    )


def _taught(segments: Sequence[Segment]) -> Mapping[Emotion, Taught]:
    """What the clips of each emotion have that the neutral ones have not."""
    by_emotion: dict[Emotion, list[Segment]] = {}
    for segment in segments:
        if segment.audio is not None:
            by_emotion.setdefault(segment.emotion, []).append(segment)
    usual = by_emotion.pop(Emotion.NEUTRAL, None)
    if usual is None or not by_emotion:
        return {}
    neutral = listen(usual)
    return {emotion: _change(neutral, listen(clips)) for emotion, clips in by_emotion.items()}


def _change(neutral: Person, other: Person) -> Taught:
    def log_ratio(a: float | None, b: float | None) -> float | None:
        return float(np.log(b / a)) if a and b else None

    octaves = log_ratio(neutral.pitch_hz, other.pitch_hz)
    return Taught(
        semitones=None if octaves is None else 12 * octaves / float(np.log(2)),
        range_log=log_ratio(neutral.range_octaves, other.range_octaves),
        rate_log=log_ratio(neutral.pace, other.pace),
    )


def _say_nothing(share: float, what: str) -> None:
    """Stands in where nobody listens to the progress."""
