"""A voice as the studio voice has read it, and the file it is kept in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.base import EngineInfo
from studio.engines.kokoro.person.calibration import Calibration
from studio.engines.kokoro.speech.delivery import Taught
from studio.errors import ContextMismatchError
from studio.types import Emotion, VoiceStage

FORMAT: Final = "1"

_REBUILD: Final = "Delete it, or prepare the voice again, and it is built anew."
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
    """Write ``voice`` as safetensors; its header says which engine made it."""
    from safetensors.numpy import save as to_bytes

    tensors: dict[str, NDArray[Any]] = {
        "natural": voice.natural,
        "close": voice.close,
        "moments": voice.calibration.moments,
    }
    figures = {
        "calibration": {name: getattr(voice.calibration, name) for name in _FIGURES},
        "pitch_hz": voice.pitch_hz,
        "range_octaves": voice.range_octaves,
        "pace": voice.pace,
        "taught": {emotion.value: vars(one) for emotion, one in voice.taught.items()},
    }
    header = {
        "engine": info.name,
        "fingerprint": info.fingerprint,
        "format": FORMAT,
        "language": voice.language,
        "stage": voice.stage.value,
        "figures": json.dumps(figures),
    }
    header["sha256"] = _digest(tensors, header)
    path.write_bytes(to_bytes(tensors, metadata=header))


def load(info: EngineInfo, path: Path) -> StudioVoice:
    """Read what ``save`` wrote.

    Raises:
        ContextMismatchError: the file is damaged or belongs to another engine or revision.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:  # type: ignore[no-untyped-call]
            header = file.metadata() or {}
            tensors: dict[str, Any] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise _damaged(path) from error
    belongs = (header.get("engine"), header.get("fingerprint"), header.get("format"))
    if belongs != (info.name, info.fingerprint, FORMAT):
        raise ContextMismatchError(
            f"The prepared voice {path.name} was made by another engine or version. {_REBUILD}"
        )
    if header.pop("sha256", "") != _digest(tensors, header):
        raise _damaged(path)
    try:
        return _voice(tensors, header)
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path) from error


def _voice(tensors: Mapping[str, Any], header: Mapping[str, str]) -> StudioVoice:
    figures = json.loads(header["figures"])
    return StudioVoice(
        natural=tensors["natural"],
        close=tensors["close"],
        calibration=Calibration(tensors["moments"], **figures["calibration"]),
        language=header["language"],
        stage=VoiceStage(header["stage"]),
        pitch_hz=figures["pitch_hz"],
        range_octaves=figures["range_octaves"],
        pace=figures["pace"],
        taught={Emotion(name): Taught(**one) for name, one in figures["taught"].items()},
    )


def _damaged(path: Path) -> ContextMismatchError:
    return ContextMismatchError(f"The prepared voice {path.name} is damaged. {_REBUILD}")


def _digest(tensors: Mapping[str, NDArray[Any]], header: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(dict(header), sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name}\0{tensor.dtype}\0{tensor.shape}\0".encode())
        digest.update(tensor.tobytes())
    return digest.hexdigest()
