"""A voice as the studio voice has read it, and the file it is kept in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from studio.engines import context_file
from studio.engines.base import EngineInfo
from studio.engines.kokoro.person.calibration import Calibration
from studio.engines.kokoro.speech.delivery import Taught
from studio.types import Emotion, VoiceStage

FORMAT: Final = "2"
_FIGURES: Final = ("gain_db", "middle_hz", "range_octaves", "pace")


@dataclass(frozen=True, eq=False)
class StudioVoice:
    """A voice that was learnt: a value, which nothing that is said changes.

    ``natural`` and ``close`` float32 [256] are the two ends of ``closeness``: a voice like the
    person's that the network says best, and the one that is most like the person. ``calibration``
    is of the usual closeness between them. ``pitch_hz``, ``range_octaves`` and ``pace`` (syllables
    a second) are the person's, where known.
    """

    natural: NDArray[np.float32]
    close: NDArray[np.float32]
    calibration: Calibration
    language: str
    stage: VoiceStage
    pitch_hz: float | None = None
    range_octaves: float | None = None
    pace: float | None = None
    taught: Mapping[Emotion, Taught] = field(default_factory=dict)

    @property
    def positions(self) -> int:
        """Always 0: this context does not fill up."""
        return 0

    @property
    def nbytes(self) -> int:
        return self.natural.nbytes + self.close.nbytes + self.calibration.moments.nbytes

    def fork(self) -> StudioVoice:
        return self

    def style(self, closeness: float) -> NDArray[np.float32]:
        """The style [256] at ``closeness``, 0 to 1."""
        style = self.natural + (self.close - self.natural) * np.float32(closeness)
        return style.astype(np.float32)


def save(voice: StudioVoice, info: EngineInfo, path: Path) -> None:
    """Write ``voice``, which the engine of ``info`` has read."""
    tensors = {
        "natural": torch.tensor(voice.natural),
        "close": torch.tensor(voice.close),
        "moments": torch.tensor(voice.calibration.moments),
    }
    figures = {
        "calibration": {name: getattr(voice.calibration, name) for name in _FIGURES},
        "language": voice.language,
        "stage": voice.stage.value,
        "pitch_hz": voice.pitch_hz,
        "range_octaves": voice.range_octaves,
        "pace": voice.pace,
        "taught": {emotion.value: vars(one) for emotion, one in voice.taught.items()},
    }
    context_file.save(path, info.fingerprint, FORMAT, tensors, figures)


def load(info: EngineInfo, path: Path) -> StudioVoice:
    """Read what ``save`` wrote.

    Raises:
        ContextMismatchError: the file is damaged or belongs to another engine or revision.
    """
    return context_file.load(path, info.fingerprint, FORMAT, _voice)


def _voice(tensors: Mapping[str, torch.Tensor], figures: Mapping[str, Any]) -> StudioVoice:
    return StudioVoice(
        natural=tensors["natural"].numpy(),
        close=tensors["close"].numpy(),
        calibration=Calibration(tensors["moments"].numpy(), **figures["calibration"]),
        language=figures["language"],
        stage=VoiceStage(figures["stage"]),
        pitch_hz=figures["pitch_hz"],
        range_octaves=figures["range_octaves"],
        pace=figures["pace"],
        taught={Emotion(name): Taught(**one) for name, one in figures["taught"].items()},
    )
