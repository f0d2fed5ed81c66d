"""The file in which an engine keeps a voice that it has read: tensors and figures, checked whole.

Safetensors, whose header says which engine made it of which weights, and carries a hash of all
that the file holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from studio.errors import ContextMismatchError

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")

_REBUILD: Final = "Delete it, or prepare the voice again, and it is built anew."


def save(
    path: Path,
    fingerprint: str,
    format_version: str,
    tensors: Mapping[str, Tensor],
    figures: Mapping[str, Any],
) -> None:
    """Write ``tensors`` and ``figures`` (fit for JSON); ``fingerprint`` names the engine and the
    weights that read the voice."""
    from safetensors.torch import save_file

    header = {
        "format": format_version,
        "fingerprint": fingerprint,
        "figures": json.dumps(figures),
    }
    header["sha256"] = _digest(tensors, header)
    save_file(dict(tensors), path, metadata=header)


def load(
    path: Path,
    fingerprint: str,
    format_version: str,
    context_of: Callable[[Mapping[str, Tensor], Mapping[str, Any]], T],
) -> T:
    """What ``context_of`` makes of the tensors and figures that ``save`` wrote.

    Raises:
        ContextMismatchError: the file is damaged, or was made by another engine, or of other
            weights.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:  # type: ignore[no-untyped-call]
            header: dict[str, str] = dict(file.metadata() or {})
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise _damaged(path) from error
    if (header.get("format"), header.get("fingerprint")) != (format_version, fingerprint):
        raise ContextMismatchError(
            f"The prepared voice {path.name} was made by another engine or version. {_REBUILD}"
        )
    if header.pop("sha256", "") != _digest(tensors, header):
        raise _damaged(path)
    try:
        return context_of(tensors, json.loads(header["figures"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> ContextMismatchError:
    return ContextMismatchError(f"The prepared voice {path.name} is damaged. {_REBUILD}")


def _digest(tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> str:
    import torch

    digest = hashlib.sha256(json.dumps(dict(header), sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name}\0{tensor.dtype}\0{list(tensor.shape)}\0".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()
