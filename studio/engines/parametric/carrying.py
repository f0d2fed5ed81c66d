"""The source voice carried onto the person, sentence by sentence: the basic voice with pyworld."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.audio.loudness import integrated_lufs
from studio.engines.parametric import match, vocoder
from studio.engines.parametric.blocks import STEP_DONE, render_blocks
from studio.engines.parametric.calibration import (
    CALIBRATION_TEXTS,
    TARGET_LUFS,
    Calibration,
)
from studio.engines.parametric.delivery import Delivery, frame_level_db
from studio.engines.parametric.espeak import RATE_WPM, Espeak, Phoneme, Rendering, trimmed
from studio.engines.parametric.grains import resound
from studio.engines.parametric.tone import learn_tone
from studio.engines.parametric.vocoder import HOP_S, Features
from studio.engines.parametric.voice import ParametricVoice
from studio.errors import EngineError
from studio.types import Audio, SpeechOptions

SOURCE_F0_HZ: Final = (60.0, 450.0)
"""Where espeak-ng's pitch is looked for; its voices stay well inside."""

P10_TO_P90: Final = 2.563
"""Standard deviations between these percentiles of a normal distribution."""

RANGE_FACTOR_LIMITS: Final = (0.5, 1.0)
"""Too wide a melody is narrowed; one that stays too narrow is not stretched into singing."""


class CarriedSource:
    """Renders sentences of a learnt voice."""

    def __init__(self, voice: ParametricVoice, calibration: Calibration, espeak: Espeak) -> None:
        self._voice = voice
        self._calibration = calibration
        self._espeak = espeak

    def render(self, spoken: str, delivery: Delivery) -> Rendering:
        return _render(self._voice, self._espeak, spoken, delivery.rate_factor)

    def sound(
        self, rendering: Rendering, delivery: Delivery, closeness: float
    ) -> Iterator[NDArray[np.float32]]:
        pitch = _source_pitch(rendering)
        melody = delivery.melody(rendering, len(pitch))

        def carry(source: Features, start: int) -> Features:
            carried = _carried(self._voice, source, start, rendering, closeness)
            return delivery.shape(
                self._calibration.tone.colour(carried, closeness),
                melody.slice(start, start + len(source)),
                self._calibration,
            )

        yield STEP_DONE
        yield from render_blocks(rendering.samples, pitch, carry)


def calibrate(voice: ParametricVoice, espeak: Espeak, person: Audio) -> Calibration:
    """Let ``voice`` speak as it usually will, measure it, and hold it against the ``person``.

    Raises:
        EngineError: it stays silent.
    """
    usual = SpeechOptions()
    renderings = [_render(voice, espeak, text, 1.0) for text in CALIBRATION_TEXTS]
    sources = [_taken_apart(rendering) for rendering in renderings]
    carried = [
        _carried(voice, source, 0, rendering, usual.closeness)
        for source, rendering in zip(sources, renderings, strict=True)
    ]
    if not any(sentence.f0_hz.any() for sentence in carried):
        raise _stays_silent()
    tone = learn_tone(carried, _resounded(renderings, sources, carried), person)
    coloured = [tone.colour(sentence, usual.closeness) for sentence in carried]
    middle = _middle(voice, coloured)
    delivered = []
    for number, (rendering, sentence) in enumerate(zip(renderings, coloured, strict=True)):
        delivery = Delivery(usual, number)
        melody = delivery.melody(rendering, len(sentence))
        delivered.append(delivery.shape(sentence, melody, middle))
    lufs = integrated_lufs(_resounded(renderings, sources, delivered))
    if lufs is None:
        raise _stays_silent()
    return replace(middle, tone=tone, gain_db=TARGET_LUFS - lufs)


def _taken_apart(rendering: Rendering) -> Features:
    return vocoder.take_apart(rendering.samples, _source_pitch(rendering), aperiodicity=False)


def _resounded(
    renderings: Sequence[Rendering], sources: Sequence[Features], wanted: Sequence[Features]
) -> Audio:
    """All sentences as they are ``wanted``, one after the other."""
    sounds = [
        resound(rendering.samples, source, sentence)
        for rendering, source, sentence in zip(renderings, sources, wanted, strict=True)
    ]
    return Audio(np.concatenate(sounds))


def _middle(voice: ParametricVoice, sentences: Sequence[Features]) -> Calibration:
    """The voice's median pitch and level; its gain is not known yet."""
    voiced = [sentence.f0_hz > 0 for sentence in sentences]
    pitch = np.concatenate([s.f0_hz[at] for s, at in zip(sentences, voiced, strict=True)])
    level = np.concatenate([frame_level_db(s)[at] for s, at in zip(sentences, voiced, strict=True)])
    low, middle, high = np.percentile(np.log(pitch), [10, 50, 90])
    own_range = P10_TO_P90 * voice.target_pitch.spread
    factor = float(np.clip(own_range / max(high - low, 1e-3), *RANGE_FACTOR_LIMITS))
    return Calibration(
        gain_db=0.0,
        middle_hz=float(np.exp(middle)),
        middle_db=float(np.median(level)),
        person_hz=float(np.exp(voice.target_pitch.centre)),
        range_factor=factor,
    )


def _stays_silent() -> EngineError:
    return EngineError(
        "The voice that was learnt from these clips stays silent. Add a clip of clear speech."
    )


def _render(voice: ParametricVoice, espeak: Espeak, spoken: str, rate_factor: float) -> Rendering:
    rate_wpm = RATE_WPM * voice.rate_factor * rate_factor
    return trimmed(espeak.render(spoken, voice=voice.source_voice, rate_wpm=rate_wpm))


def _carried(
    voice: ParametricVoice, source: Features, start: int, rendering: Rendering, closeness: float
) -> Features:
    """A block of ``rendering``, from frame ``start`` on, carried onto ``voice``."""
    from_s, to_s = start * HOP_S, (start + len(source)) * HOP_S
    sounds = rendering.phonemes
    ends = [*(sound.start_s for sound in sounds[1:]), rendering.duration_s]
    inside = [
        Phoneme(sound.start_s - from_s, sound.symbol)
        for sound, end_s in zip(sounds, ends, strict=False)
        if end_s > from_s and sound.start_s < to_s
    ]
    return match.carry(voice, source, inside, closeness)


def _source_pitch(rendering: Rendering) -> NDArray[np.float64]:
    floor, ceil = SOURCE_F0_HZ
    return vocoder.track_pitch(rendering.samples, quick=True, f0_floor=floor, f0_ceil=ceil)
