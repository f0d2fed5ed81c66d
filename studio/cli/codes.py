"""The codes that an engine spoke, as a file that other implementations can be held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from studio.core.saving import require_file, require_own, write_whole
from studio.errors import OptionsError

KEY: Final = "codes"
ENDING: Final = ".safetensors"


def require_codes_file(path: Path, sound: Path) -> None:
    """Refuse a file that could not be written, before anything is spoken.

    Raises:
        OptionsError: it has another ending, or is also the file for the ``sound``.
        StorageError: it cannot have this name, its folder is not there, or a file is that holds
            no codes.
    """
    require_file(path)
    if path.resolve() == sound.resolve():
        raise OptionsError("Sound and codes cannot go into one file. Name another for --codes.")
    if path.suffix.lower() != ENDING:
        raise OptionsError(f"{path.name!r} cannot be written. Give it the ending {ENDING}.")
    require_own(path, _holds_codes, "a file of spoken codes")


def write_codes(
    path: Path, codes: Sequence[NDArray[np.int16]], about: Mapping[str, object]
) -> None:
    """Write the frames ``codes``, [codebooks] each, as int16 [codebooks, frames] in safetensors.

    ``about`` goes into the header. An earlier file of codes is replaced whole.

    Raises:
        StorageError: the disk said no.
    """
    stacked = np.ascontiguousarray(np.stack(codes, axis=1))
    data = save({KEY: stacked}, {name: str(value) for name, value in about.items()})
    write_whole(path, data)


def _holds_codes(path: Path) -> bool:
    try:
        with safe_open(path, framework="numpy") as file:  # type: ignore[no-untyped-call]
            return list(file.keys()) == [KEY]
    except SafetensorError:
        return False
