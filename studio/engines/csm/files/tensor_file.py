"""One safetensors file: what its header says, checked before anything is read from it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from studio.errors import EngineUnavailableError

_LONGEST_HEADER: Final = 100_000_000
"""Bytes; what the safetensors package itself allows."""

_BYTES: Final = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1,
    "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1,
}  # fmt: skip

_POINTER: Final = b"version https://git-lfs"


@dataclass(frozen=True)
class TensorEntry:
    """Where a tensor lies: bytes ``start`` to ``end`` of ``file``."""

    file: Path
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def read_entries(path: Path) -> dict[str, TensorEntry]:
    """The tensors of the file at ``path`` by name. Only its header is read.

    Raises:
        EngineUnavailableError: it is no whole safetensors file; the message says what it is.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(len(_POINTER))
            length = int.from_bytes(start[:8], "little")
            if start == _POINTER:
                raise _refusal(path, "is a Git LFS pointer, not the weights themselves")
            if size < 8 or length > min(size - 8, _LONGEST_HEADER):
                raise _refusal(path, "is cut short or is not a safetensors file")
            file.seek(8)
            header = json.loads(file.read(length))
    except OSError as error:
        raise _refusal(path, f"cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise _refusal(path, "is not a safetensors file, or is damaged") from error
    entries = _entries(path, header, 8 + length)
    end = max((entry.end for entry in entries.values()), default=8 + length)
    if end != size:
        raise _refusal(path, f"is cut short ({size:,} of {end:,} bytes are there)")
    return entries


def _entries(path: Path, header: Any, data: int) -> dict[str, TensorEntry]:
    try:
        return {
            name: _entry(path, fields, data)
            for name, fields in header.items()
            if name != "__metadata__"
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _refusal(path, "has a damaged header") from error


def _entry(path: Path, fields: Mapping[str, Any], data: int) -> TensorEntry:
    start, end = (int(offset) for offset in fields["data_offsets"])
    entry = TensorEntry(
        path, str(fields["dtype"]), tuple(int(n) for n in fields["shape"]), data + start, data + end
    )
    size = math.prod(entry.shape) * _BYTES.get(entry.dtype, 0)
    if not 0 <= start <= end or (entry.dtype in _BYTES and size != end - start):
        raise ValueError("a tensor does not fill its bytes")
    return entry


def _refusal(path: Path, what: str) -> EngineUnavailableError:
    return EngineUnavailableError(
        f"The weight file {path} {what}. Fetch it again with `python -m studio fetch csm`, "
        "or copy it again from where it is whole."
    )
