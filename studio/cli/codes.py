"""The codes that an engine spoke, as a file that other implementations can be held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from studio.core.saving import require_file, write_whole
from studio.errors import OptionsError

KEY: Final = "codes"


def require_codes_file(path: Path, sound: Path) -> None:
    """Refuse a file that could not be written, before anything is spoken.

    Raises:
        OptionsError: it is also the file for the ``sound``.
        StorageError: it cannot have this name, or its folder is not there.
    """
    require_file(path)
    if path.resolve() == sound.resolve():
        raise OptionsError("Sound and codes cannot go into one file. Name another for --codes.")


def write_codes(
    path: Path, codes: Sequence[NDArray[np.int16]], about: Mapping[str, object]
) -> None:
    """Write the frames ``codes``, [codebooks] each, as int16 [codebooks, frames] in safetensors.

    ``about`` goes into the header. A file of that name is replaced whole.

    Raises:
        StorageError: the disk said no.
    """
    stacked = np.ascontiguousarray(np.stack(codes, axis=1))
    data = save({KEY: stacked}, {name: str(value) for name, value in about.items()})
    write_whole(path, data)
