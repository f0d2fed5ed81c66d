"""Another sample rate."""

from __future__ import annotations

import numpy as np
import soxr

from studio.types import Audio


def resample(audio: Audio, sample_rate: int) -> Audio:
    """``audio`` at ``sample_rate``, by soxr at very high quality; itself if it is there already."""
    if audio.sample_rate == sample_rate:
        return audio
    samples = soxr.resample(audio.samples, audio.sample_rate, sample_rate, quality="VHQ")
    return Audio(np.asarray(samples, dtype=np.float32), sample_rate)
