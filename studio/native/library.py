"""C sources, compiled for this very processor when they are first needed.

A C compiler is there wherever the studio could be installed, since packages that it needs are
compiled on the way; compiling takes a second or two. Where there is none, torch does the same
work.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

_COMPILERS: Final = ("cc", "gcc", "clang")
_INCLUDES: Final = Path(__file__).parent
_FLAGS: Final = ("-std=gnu11", "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC")
_TIMEOUT_S: Final = 60.0


class NativeUnavailableError(Exception):
    """It cannot be compiled here; the message says why, without a full stop."""


def compile_library(source: Path, extra_flags: tuple[str, ...] = ()) -> ctypes.CDLL:
    """Compile ``source``, a C file, and load it. Nothing is left on disk.

    Raises:
        NativeUnavailableError: there is no compiler, or it cannot make this for the processor.
    """
    compiler = next((found for name in _COMPILERS if (found := shutil.which(name))), None)
    if compiler is None:
        raise NativeUnavailableError("there is no C compiler (cc, gcc or clang)")
    try:
        with tempfile.TemporaryDirectory(prefix="voice-studio-") as folder:
            library = Path(folder) / f"{source.stem}.so"
            flags = (*_FLAGS, f"-I{_INCLUDES}", *extra_flags)
            done = subprocess.run(
                [compiler, *flags, str(source), "-o", str(library), "-lm"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_TIMEOUT_S,
                check=False,
            )
            if done.returncode:
                said = next((line for line in done.stderr.splitlines() if "error" in line), "")
                raise NativeUnavailableError(
                    f"{Path(compiler).name} cannot compile it for this processor ({said.strip()})"
                )
            # It stays mapped when its file is gone.
            return ctypes.CDLL(str(library))
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NativeUnavailableError(str(error)) from error
