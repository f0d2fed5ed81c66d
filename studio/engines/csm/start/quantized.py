"""The model in the form that it runs in, kept on disk, so that the second start is quick.

A copy is a folder of safetensors, one file for each layer, and ``manifest.json``, which says what
the matrices are. Its name holds everything that it was made of; whatever differs is another copy.
It appears under its name when it is whole, and can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from studio.disk import sync_dir, write_new
from studio.engines.csm.files.tensor_file import read_entries
from studio.engines.csm.start.assemble import Source
from studio.engines.csm.weights.kernel import find_kernel
from studio.engines.csm.weights.matrix import INT4_GROUP, Matrix, restore
from studio.engines.csm.weights.packing import packing_name
from studio.engines.csm.weights.units import LAYOUT
from studio.errors import EngineUnavailableError

_VERSION: Final = 1
_MANIFEST: Final = "manifest.json"
_WRITING: Final = ".tmp-"
_ABANDONED_S: Final = 86_400
_MATRICES: Final = "/"
"""Stands between the name of a matrix and the name of one of its tensors."""


class CopyUnusableError(Exception):
    """There is no such copy, or it is damaged: it has to be made (again)."""


def copy_name(revision: str, quantization: str, dtype: torch.dtype) -> str:
    """Name of the copy of the weights ``revision``, kept as ``quantization``, on this machine."""
    layout = packing_name() if find_kernel() is None else LAYOUT
    parts = (str(_VERSION), revision, quantization, str(dtype), str(INT4_GROUP), layout)
    made_of = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"{revision[:12]}-{quantization}-{made_of[:12]}"


class CopyWriter:
    """A source that passes on the parts of another one and keeps a copy of them in ``folder``.

    ``finish`` puts the copy in its place; without it nothing is left.

    Raises:
        OSError: from any call, as the disk has it.
    """

    def __init__(self, source: Source, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        self._source = source
        self._folder = folder
        self._writing = Path(tempfile.mkdtemp(prefix=_WRITING, dir=folder.parent))
        self._matrices: dict[str, dict[str, Any]] = {}
        self._files: list[str] = []
        self._group = ""
        self._pending: dict[str, Tensor] = {}

    def matrix(self, name: str) -> Matrix:
        matrix = self._source.matrix(name)
        self._matrices[name] = {"kind": matrix.kind, "rows": matrix.rows}
        self._keep(name, {f"{name}{_MATRICES}{key}": t for key, t in matrix.to_tensors().items()})
        return matrix

    def tensor(self, name: str) -> Tensor:
        tensor = self._source.tensor(name)
        self._keep(name, {name: tensor})
        return tensor

    def finish(self) -> None:
        """Put the copy in its place, unless another process was quicker."""
        self._flush()
        manifest = {"version": _VERSION, "matrices": self._matrices, "files": self._files}
        write_new(self._writing / _MANIFEST, [json.dumps(manifest).encode()])
        sync_dir(self._writing)
        try:
            self._writing.rename(self._folder)
        except OSError:
            if not self._folder.is_dir():
                raise
        sync_dir(self._folder.parent)
        self.discard()

    def discard(self) -> None:
        """Delete what was written."""
        shutil.rmtree(self._writing, ignore_errors=True)

    def _keep(self, name: str, tensors: Mapping[str, Tensor]) -> None:
        group = ".".join(name.split(".")[:3]) if ".layers." in name else name.split(".")[0]
        if group != self._group:
            self._flush()
            self._group = group
        self._pending |= tensors

    def _flush(self) -> None:
        if self._pending:
            name = f"{len(self._files):03d}.safetensors"
            write_new(self._writing / name, [save(self._pending)])
            self._files.append(name)
            self._pending = {}


class CopyReader:
    """The parts of the copy in ``folder``.

    Matrices are read into memory, where they lie together and on the boundaries that the kernels
    like; tables, of which a few rows are read at a time, stay memory-mapped.

    Raises:
        CopyUnusableError: there is no copy, or it is damaged; also from its calls.
    """

    def __init__(self, folder: Path) -> None:
        try:
            manifest = json.loads((folder / _MANIFEST).read_bytes())
            paths = [folder / Path(name).name for name in manifest["files"]]
            self._matrices: Mapping[str, Mapping[str, Any]] = manifest["matrices"]
            self._entries = {name: path for path in paths for name in read_entries(path)}
        except (OSError, ValueError, KeyError, TypeError, EngineUnavailableError) as error:
            raise CopyUnusableError(str(error)) from error
        self._parts: dict[str, list[str]] = {}
        for name in self._entries:
            self._parts.setdefault(name.partition(_MATRICES)[0], []).append(name)

    def matrix(self, name: str) -> Matrix:
        try:
            about = self._matrices[name]
            tensors = {
                key.partition(_MATRICES)[2]: self._read(key).clone() for key in self._parts[name]
            }
            return restore(about["kind"], tensors, about["rows"], find_kernel())
        except (KeyError, TypeError) as error:
            raise CopyUnusableError(f"{name} is missing") from error

    def tensor(self, name: str) -> Tensor:
        try:
            return self._read(name)
        except KeyError as error:
            raise CopyUnusableError(f"{name} is missing") from error

    def _read(self, name: str) -> Tensor:
        path = self._entries[name]
        try:
            with safe_open(path, framework="pt") as file:  # type: ignore[no-untyped-call]
                tensor: Tensor = file.get_tensor(name)
        except (OSError, SafetensorError) as error:
            raise CopyUnusableError(str(error)) from error
        return tensor


def remove_copy(folder: Path) -> None:
    """Delete the copy in ``folder``, such as a damaged one."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_outdated(folder: Path) -> None:
    """Delete the copies beside ``folder`` of the same weights and kind that other versions of
    torch or of the studio have left: each is as large as the model."""
    stem = folder.name.rpartition("-")[0]
    for other in _folders(folder.parent):
        if other.name.startswith(f"{stem}-") and other.name != folder.name:
            shutil.rmtree(other, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Delete what writers that died have left."""
    for folder in _folders(parent):
        with suppress(OSError):
            if folder.name.startswith(_WRITING) and (
                time.time() - folder.stat().st_mtime > _ABANDONED_S
            ):
                shutil.rmtree(folder, ignore_errors=True)


def _folders(parent: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from [path for path in parent.iterdir() if path.is_dir()]
