"""What is measured of a voice once, by letting it speak, and never per sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.analysis.pace import count_syllables
from studio.audio.loudness import integrated_lufs
from studio.engines.kokoro.network.kokoro import Kokoro
from studio.engines.kokoro.speech.delivery import PAUSING, VOICED_HZ
from studio.engines.kokoro.speech.lines import Measuring
from studio.engines.kokoro.speech.rendering import (
    SentenceLayout,
    halves,
    lay_out,
    sound_of,
    tokens_of,
    trimmed,
    usual_frames,
)
from studio.types import Audio

TARGET_LUFS: Final = -20.0
"""Level of neutral speech; the same as that of cleaned clips."""

TEXTS: Final = {
    "We walked home along the river, and then it began to rain.": (
        "wˌi wˈɔkt hˈOm əlˈɔŋ ðə ɹˈɪvəɹ, ænd ðˈɛn ɪt bəɡˈæn tə ɹˈAn."
    ),
    "Could you show me the large yellow van?": ("kʊd ju ʃˈO mˌi ðə lˈɑɹʤ jˈɛlO vˈæn?"),
}
"""Usual sentences, with their phonemes."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """``moments`` are for ``lines.fixed_lines``; ``gain_db`` brings neutral speech to the studio's
    level; ``middle_hz`` and ``range_octaves`` are the voice's own median pitch and its way from
    the 10th to the 90th percentile; ``pace`` its syllables a second."""

    moments: NDArray[np.float16]
    gain_db: float
    middle_hz: float
    range_octaves: float
    pace: float


def calibrate(network: Kokoro, style: Tensor) -> Calibration:
    """Measure what ``style`` [256] makes of the network."""
    timbre, prosody = halves(style)
    measuring = Measuring(timbre)
    sounds, voiced = [], []
    spoken_s = 0.0
    with torch.inference_mode():
        for symbols in TEXTS.values():
            layout = usual_layout(network, symbols, prosody)
            sounds.append(sound_of(network, layout, timbre, measuring, seed=1).numpy())
            voiced.append(layout.pitch_hz[layout.pitch_hz > VOICED_HZ].numpy())
            spoken_s += _spoken_s(layout, symbols)
        moments = measuring.moments(network.decoder.generator)
    lufs = integrated_lufs(Audio(np.concatenate(sounds)))
    low, middle, high = np.percentile(np.concatenate(voiced), [10, 50, 90])
    syllables = sum(count_syllables(text) or 0 for text in TEXTS)
    return Calibration(
        moments=moments,
        gain_db=0.0 if lufs is None else TARGET_LUFS - lufs,
        middle_hz=float(middle),
        range_octaves=float(np.log2(high / low)),
        pace=syllables / spoken_s,
    )


def whisper_moments(network: Kokoro, style: Tensor) -> NDArray[np.float16]:
    """``Calibration.moments`` for speech without a voice."""
    timbre, prosody = halves(style)
    measuring = Measuring(timbre)
    with torch.inference_mode():
        for symbols in TEXTS.values():
            layout = usual_layout(network, symbols, prosody)
            silent = SentenceLayout(
                layout.said, torch.zeros_like(layout.pitch_hz), layout.energy, layout.frames
            )
            sound_of(network, silent, timbre, measuring, seed=1)
        return measuring.moments(network.decoder.generator)


def usual_layout(network: Kokoro, symbols: str, prosody: Tensor) -> SentenceLayout:
    """``symbols`` as the network says them by itself, without the silence around them."""
    reading = network.read(tokens_of(symbols), prosody)
    frames = trimmed(usual_frames(reading.frames), symbols)
    return lay_out(network, reading.plain, reading.spoken, frames, prosody)


def _spoken_s(layout: SentenceLayout, symbols: str) -> float:
    """Seconds of speech, without pauses."""
    spoken = [
        int(count)
        for symbol, count in zip(symbols, layout.frames[1:-1], strict=True)
        if symbol not in PAUSING
    ]
    return sum(spoken) * 0.025
