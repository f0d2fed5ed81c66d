"""The formant voice by itself, for a machine without pyworld: only pitch and pace follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.analysis.prosody import pitch_curve
from studio.audio.loudness import integrated_lufs
from studio.engines.parametric.calibration import CALIBRATION_TEXTS, TARGET_LUFS, Calibration
from studio.engines.parametric.delivery import Delivery
from studio.engines.parametric.espeak import RATE_WPM, Espeak, Rendering, trimmed
from studio.engines.parametric.languages import espeak_voice
from studio.errors import EngineError
from studio.types import Audio, Segment, SpeechOptions

_HIGH_VOICE_HZ: Final = 160.0
_LOW_BASE_HZ, _HIGH_BASE_HZ = 101.0, 195.0
"""Median pitch of the plain voice and of its variant ``+f2`` at pitch 50."""

# espeak-ng's pitch scale, measured: octaves above its middle.
_SCALE: Final = (0, 20, 40, 50, 60, 80, 99)
_SCALE_OCTAVES: Final = (-0.61, -0.40, -0.15, 0.0, 0.14, 0.44, 0.74)


@dataclass(frozen=True)
class PlainVoice:
    """An espeak-ng voice and how many octaves to move it."""

    source_voice: str
    octaves: float

    def to_tensors(self) -> dict[str, NDArray[np.generic]]:
        """The voice as named arrays, for ``from_tensors``."""
        return {
            "source_voice": np.frombuffer(self.source_voice.encode(), dtype=np.uint8),
            "octaves": np.array([self.octaves]),
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[np.generic]]) -> PlainVoice:
        """The voice that ``to_tensors`` took apart.

        Raises:
            KeyError, ValueError: an array is missing or has another shape.
        """
        (octaves,) = (float(value) for value in tensors["octaves"])
        return cls(tensors["source_voice"].tobytes().decode(), octaves)


class PlainSource:
    """Renders sentences of a ``PlainVoice``; expression goes through espeak-ng's own dials."""

    def __init__(self, voice: PlainVoice, espeak: Espeak) -> None:
        self._voice = voice
        self._espeak = espeak

    def render(self, spoken: str, delivery: Delivery) -> Rendering:
        octaves = self._voice.octaves + (delivery.style.semitones + delivery.lift) / 12
        voice = self._voice.source_voice
        if not delivery.style.voiced:
            voice = voice.split("+")[0] + "+whisper"
        return trimmed(
            self._espeak.render(
                spoken,
                voice=voice,
                rate_wpm=RATE_WPM * delivery.rate_factor,
                pitch=round(float(np.interp(octaves, _SCALE_OCTAVES, _SCALE))),
                pitch_range=round(min(99.0, 50 * delivery.range_factor)),
            )
        )

    def sound(
        self, rendering: Rendering, delivery: Delivery, closeness: float
    ) -> Iterator[NDArray[np.float32]]:
        yield rendering.samples


def learn_plain_voice(segments: Sequence[Segment]) -> PlainVoice:
    """The plain voice at the pitch of ``segments``, at least one, all with sound."""
    source_voice = espeak_voice(segments[0].language)
    curves = [pitch_curve(s.audio).f0_hz for s in segments if s.audio is not None]
    pitches = np.concatenate(curves)
    pitches = pitches[np.isfinite(pitches)]
    if not len(pitches):
        return PlainVoice(source_voice, 0.0)
    median_hz = float(np.median(pitches))
    is_high = median_hz > _HIGH_VOICE_HZ
    base_hz = _HIGH_BASE_HZ if is_high else _LOW_BASE_HZ
    return PlainVoice(source_voice + "+f2" * is_high, float(np.log2(median_hz / base_hz)))


def calibrate_plain(voice: PlainVoice, espeak: Espeak) -> Calibration:
    """Let ``voice`` speak, and measure its level.

    Raises:
        EngineError: it stays silent.
    """
    source, delivery = PlainSource(voice, espeak), Delivery(SpeechOptions(), 0)
    sounds = [source.render(text, delivery).samples for text in CALIBRATION_TEXTS]
    lufs = integrated_lufs(Audio(np.concatenate(sounds)))
    if lufs is None:
        raise EngineError("The basic voice stays silent. Reinstall espeakng-loader.")
    return Calibration(
        gain_db=TARGET_LUFS - lufs, middle_hz=0.0, middle_db=0.0, person_hz=0.0, range_factor=1.0
    )
