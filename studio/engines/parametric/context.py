"""A voice as the basic engine has read it, and the file it is kept in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from studio.engines.base import EngineInfo
from studio.engines.parametric.calibration import Calibration
from studio.engines.parametric.plain import PlainVoice
from studio.engines.parametric.voice import ParametricVoice
from studio.errors import ContextMismatchError

FORMAT: Final = "1"

_VOICES: Final = {voice.__name__: voice for voice in (ParametricVoice, PlainVoice)}

_REBUILD: Final = "Delete it, or prepare the voice again, and it is built anew."


@dataclass(frozen=True, eq=False)
class ParametricContext:
    """A voice that was learnt. Nothing that is said changes it, so it may be shared freely."""

    voice: ParametricVoice | PlainVoice
    language: str
    calibration: Calibration

    @property
    def positions(self) -> int:
        """Always 0: this context does not fill up."""
        return 0

    @property
    def nbytes(self) -> int:
        """Of the arrays that were learnt, in the precision in which they are kept."""
        return sum(array.nbytes for array in self.voice.to_tensors().values())

    def fork(self) -> ParametricContext:
        return self


def save(context: ParametricContext, info: EngineInfo, path: Path) -> None:
    """Write ``context`` as safetensors; its header says which engine made it."""
    from safetensors.numpy import save as to_bytes

    tensors = {name: np.ascontiguousarray(t) for name, t in context.voice.to_tensors().items()}
    header = {
        "engine": info.name,
        "fingerprint": info.fingerprint,
        "format": FORMAT,
        "voice": type(context.voice).__name__,
        "language": context.language,
        "calibration": json.dumps(asdict(context.calibration)),
    }
    header["sha256"] = _digest(tensors, header)
    path.write_bytes(to_bytes(tensors, metadata=header))


def load(info: EngineInfo, path: Path) -> ParametricContext:
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
        return ParametricContext(
            voice=_VOICES[header["voice"]].from_tensors(tensors),
            language=header["language"],
            calibration=Calibration.from_values(json.loads(header["calibration"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> ContextMismatchError:
    return ContextMismatchError(f"The prepared voice {path.name} is damaged. {_REBUILD}")


def _digest(tensors: Mapping[str, NDArray[np.generic]], header: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(dict(header), sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name}\0{tensor.dtype}\0{tensor.shape}\0".encode())
        digest.update(tensor.tobytes())
    return digest.hexdigest()
