"""Whom the speaker encoder hears, with gradients: which way sound has to change to be heard as
somebody else.

``speaker.embed`` does the same for a clip, through libraries that know no gradients; it also drops
pauses, which short phrases do not have.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import torch
from torch import Tensor

from studio.analysis.speaker_encoder import (
    ENCODER_RATE,
    FRAMES_PER_S,
    LEVEL_RMS,
    WINDOW_FRAMES,
    embeddings,
    mel_bands,
)
from studio.types import SAMPLE_RATE

_HOP: Final = SAMPLE_RATE // FRAMES_PER_S
_FFT: Final = 400 * SAMPLE_RATE // ENCODER_RATE
"""As long as the encoder's own at its lower rate, so that bins lie at the same frequencies."""

_STEP_FRAMES: Final = 80


def embedding_of(sound: Tensor) -> Tensor:
    """The voice in ``sound`` [n] at 24 kHz: [256] of length 1.

    Raises:
        AnalysisUnavailableError: the encoder is not installed or its weights do not load.
    """
    level = sound.square().mean().sqrt().clamp_min(1e-7)
    mels = _mels(sound * (LEVEL_RMS / level))
    last = max(0, len(mels) - WINDOW_FRAMES * 3 // 4)
    starts = range(0, last + 1, _STEP_FRAMES)
    missing = max(0, starts[-1] + WINDOW_FRAMES - len(mels))
    mels = torch.cat([mels, mels.new_zeros(missing, mels.shape[1])])
    windows = torch.stack([mels[start : start + WINDOW_FRAMES] for start in starts])
    mean = embeddings(windows).mean(dim=0)
    unit: Tensor = mean / mean.norm()
    return unit


def _mels(sound: Tensor) -> Tensor:
    """Mel power spectra [1 + n // 240, 40]."""
    window, bands = _tables()
    spectrum = torch.stft(
        sound, _FFT, _HOP, window=window, return_complex=True, pad_mode="constant"
    )
    power = torch.view_as_real(spectrum).square().sum(dim=-1)[: bands.shape[1]]
    # A longer window of the same sound has more power in each bin.
    return (bands @ power).T * (ENCODER_RATE / SAMPLE_RATE) ** 2


@lru_cache(maxsize=1)
def _tables() -> tuple[Tensor, Tensor]:
    with torch.inference_mode(False):
        return torch.hann_window(_FFT), torch.from_numpy(mel_bands())
