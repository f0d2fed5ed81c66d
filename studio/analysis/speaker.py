"""Who speaks: speaker embeddings, how alike two voices are, and whether a second voice joins in.

The similarity is a cosine. Measured on recordings: the same person in two clips 0.75 to 0.97,
different people 0.25 to 0.72. It hears the microphone and the room as well as the voice, and says
nothing about how natural a voice sounds.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.analysis.speaker_encoder import (
    EMBEDDING_SIZE,
    ENCODER_RATE,
    FRAMES_PER_S,
    HOP_SAMPLES,
    LEVEL_RMS,
    WINDOW_FRAMES,
    encode,
    mel_frames,
    weights_path,
)
from studio.errors import ClipRefusedError
from studio.types import Audio, Span

__all__ = ["EMBEDDING_SIZE", "available", "embed", "second_voice", "similarity"]

# Quieter than the clip's own speech by this much is a pause, which has no voice in it.
_PAUSE_DROP_DB = 35.0
_PAUSE_FRAME_S = 0.03
_PAUSE_MARGIN_FRAMES = 3
# 1.3 windows a second, the overlap that Resemblyzer itself averages over.
_EMBED_STEP_FRAMES = 77

# Second voice. Calibrated on 20 recordings of one speaker each (lowest 0.81), on 816 joins and
# alternations of two of them (highest 0.75) and on a meeting of two men (0.73).
_SAME_VOICE: Final = 0.77
_STEP_FRAMES = 32
_MIN_WINDOWS_EACH = 4
# A long clip is read in wider steps, so that ten minutes cost no more than two.
_MAX_WINDOWS = 400


def available() -> bool:
    """Whether voices can be compared on this machine: the encoder and torch are installed."""
    return weights_path() is not None and importlib.util.find_spec("torch") is not None


def embed(audio: Audio) -> NDArray[np.float32]:
    """The voice in ``audio`` as float32 [256] of length 1; level and pauses do not matter.

    Safe to call from several threads. The first call loads the encoder.

    Raises:
        ClipRefusedError: there is no sound in ``audio``.
        AnalysisUnavailableError: the encoder is not installed.
    """
    return _unit(encode(_spoken_windows(audio, _EMBED_STEP_FRAMES)).mean(axis=0))


def _spoken_windows(audio: Audio, step_frames: int) -> NDArray[np.float32]:
    """Mel windows of the speech in ``audio``, one every ``step_frames``: float32 [k, 160, 40].

    Raises:
        ClipRefusedError: there is no sound in ``audio``.
    """
    samples = _without_pauses(_at_encoder_rate(audio))
    power = float(np.mean(samples.astype(np.float64) ** 2)) if len(samples) else 0.0
    if power < 1e-14:
        raise ClipRefusedError(
            "The clip is silent, so there is no voice in it. Use one in which somebody speaks."
        )
    frames = mel_frames(samples * np.float32(LEVEL_RMS / np.sqrt(power)))
    # The last window is kept when at least three quarters of it are speech.
    last = max(0, len(frames) - WINDOW_FRAMES * 3 // 4)
    starts = np.arange(0, last + 1, step_frames)
    frames = np.pad(frames, ((0, max(0, starts[-1] + WINDOW_FRAMES - len(frames))), (0, 0)))
    return _windows(frames, starts)


def similarity(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Cosine between two embeddings, in [-1, 1]; higher is more alike."""
    return float(np.clip(np.dot(_unit(a), _unit(b)), -1.0, 1.0))


def second_voice(audio: Audio, spans: Sequence[Span]) -> float | None:
    """Where another voice seems to start, in seconds, or None when one voice speaks throughout.

    ``spans`` is where there is speech. Windows of 1.6 s are put into two groups by voice; two
    voices are reported when the groups are as unlike as two people are. Each voice must hold for
    about 2.5 s: a cough or a single "yes" is not reported.

    Raises:
        AnalysisUnavailableError: the encoder is not installed.
    """
    samples, times_s = _speech_only(_at_encoder_rate(audio), spans)
    if len(samples) < (WINDOW_FRAMES + _STEP_FRAMES * 2 * _MIN_WINDOWS_EACH) * HOP_SAMPLES:
        return None
    step = max(_STEP_FRAMES, -(-len(samples) // HOP_SAMPLES // _MAX_WINDOWS))
    starts = np.arange(0, len(samples) // HOP_SAMPLES - WINDOW_FRAMES + 2, step)
    windows = _windows(mel_frames(samples), starts)
    groups = _two_groups(encode(windows * _to_one_level(samples, starts)[:, None, None]))
    if groups is None:
        return None
    change = _first_lasting_change(groups)
    if change is None:
        return None
    # The window that first sounds like the other voice is about half full of it.
    middle = (int(starts[change]) + WINDOW_FRAMES // 2) / FRAMES_PER_S
    return _clip_time(middle, times_s)


def _two_groups(embeddings: NDArray[np.float32]) -> NDArray[np.intp] | None:
    """Group (0 or 1) of each window when there are two voices, else None."""
    likeness = embeddings @ embeddings.T
    first, second = np.unravel_index(np.argmin(likeness), likeness.shape)
    centres = embeddings[[first, second]]
    groups: NDArray[np.intp] = np.argmax(embeddings @ centres.T, axis=1)
    for _ in range(20):
        centres = np.stack([_unit(embeddings[groups == group].mean(axis=0)) for group in (0, 1)])
        moved = np.argmax(embeddings @ centres.T, axis=1)
        if np.array_equal(moved, groups) or len(set(moved.tolist())) < 2:
            break
        groups = moved
    # A window across a change of voices is a blend of both and would hide how unlike they are.
    pure = np.ones(len(groups), dtype=bool)
    changes = groups[1:] != groups[:-1]
    pure[1:] &= ~changes
    pure[:-1] &= ~changes
    members = [embeddings[pure & (groups == group)] for group in (0, 1)]
    if min(len(group) for group in members) < _MIN_WINDOWS_EACH:
        return None
    if similarity(members[0].mean(axis=0), members[1].mean(axis=0)) >= _SAME_VOICE:
        return None
    return groups


def _first_lasting_change(groups: NDArray[np.intp]) -> int | None:
    """First window of the second group, once that has held for three windows."""
    other = groups != np.bincount(groups[:_MIN_WINDOWS_EACH]).argmax()
    lasting = other[:-2] & other[1:-1] & other[2:]
    found = np.flatnonzero(lasting)
    return int(found[0]) if len(found) else None


def _windows(frames: NDArray[np.float32], starts: NDArray[np.intp]) -> NDArray[np.float32]:
    return np.stack([frames[start : start + WINDOW_FRAMES] for start in starts])


def _to_one_level(samples: NDArray[np.float32], starts: NDArray[np.intp]) -> NDArray[np.float32]:
    """Factors [k] for the power of each window: somebody who turns away is no second voice."""
    size = WINDOW_FRAMES * HOP_SAMPLES
    power = [np.mean(samples[s : s + size].astype(np.float64) ** 2) for s in starts * HOP_SAMPLES]
    factors: NDArray[np.float32] = (LEVEL_RMS**2 / np.maximum(power, 1e-12)).astype(np.float32)
    return factors


def _at_encoder_rate(audio: Audio) -> NDArray[np.float32]:
    if audio.sample_rate == ENCODER_RATE or not len(audio.samples):
        return audio.samples
    import soxr

    resampled = soxr.resample(audio.samples, audio.sample_rate, ENCODER_RATE)
    return np.asarray(resampled, dtype=np.float32)


def _without_pauses(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    size = round(_PAUSE_FRAME_S * ENCODER_RATE)
    count = len(samples) // size
    if count < 2:
        return samples
    frames = samples[: count * size].reshape(count, size)
    level_db = 10 * np.log10(np.mean(frames.astype(np.float64) ** 2, axis=1) + 1e-14)
    spoken = level_db > np.percentile(level_db, 95) - _PAUSE_DROP_DB
    reach = np.ones(2 * _PAUSE_MARGIN_FRAMES + 1)
    return frames[np.convolve(spoken, reach, "same")[:count] > 0].reshape(-1)


def _speech_only(
    samples: NDArray[np.float32], spans: Sequence[Span]
) -> tuple[NDArray[np.float32], list[Span]]:
    """The spans joined, and where each of them lies in the clip."""
    parts, inside = [], []
    for span in spans:
        part = samples[
            max(0, round(span.start_s * ENCODER_RATE)) : max(0, round(span.end_s * ENCODER_RATE))
        ]
        if len(part):
            parts.append(part)
            inside.append(Span(span.start_s, span.start_s + len(part) / ENCODER_RATE))
    return (np.concatenate(parts) if parts else samples[:0]), inside


def _clip_time(speech_s: float, spans: Sequence[Span]) -> float:
    for span in spans:
        if speech_s < span.duration_s:
            return span.start_s + speech_s
        speech_s -= span.duration_s
    return spans[-1].end_s


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(
        np.float32
    )
    return scaled
