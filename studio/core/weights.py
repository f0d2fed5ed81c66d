"""The weights of the model as a person asks after them: where they are, and how large."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from studio.engines.csm.identity import NAME
from studio.settings import Settings

OWNER: Final = NAME
"""The engine whose weights ``Settings.model`` names."""


@dataclass(frozen=True)
class Weights:
    """Weights that can be used. ``revision`` tells them from others: sha256, hex."""

    folder: Path
    size_bytes: int
    revision: str


@dataclass(frozen=True)
class KeptCopy:
    """The form that the weights run in, kept for the next start. ``label`` says which form;
    ``size_bytes`` is 0 until it was made."""

    label: str
    folder: Path
    size_bytes: int


def find_weights(settings: Settings) -> Weights:
    """Those that ``settings.model`` names.

    Raises:
        EngineUnavailableError: they are not here or cannot be used; the message says what to do.
    """
    from studio.engines.csm.checkpoint import open_checkpoint

    checkpoint = open_checkpoint(settings.model)
    return Weights(checkpoint.folder, _size_of(checkpoint.files), checkpoint.revision)


def find_copy(settings: Settings, weights: Weights) -> KeptCopy | None:
    """The copy of ``weights`` that an engine starts from; None where it starts from themselves.

    Raises:
        EngineUnavailableError: this machine cannot run them as ``settings`` say.
    """
    from studio.engines.csm.loading import Plan
    from studio.engines.csm.quantized import copy_name

    plan = Plan.choose(settings.quantize, settings.device)
    if plan.quantization == "none":
        return None
    name = copy_name(weights.revision, plan.quantization, plan.dtype)
    folder = settings.cache_dir.expanduser() / name
    return KeptCopy(plan.label, folder, _size_of(tuple(folder.glob("*"))))


def _size_of(files: tuple[Path, ...]) -> int:
    size = 0
    for path in files:
        with suppress(OSError):  # somebody deletes them just now
            size += path.stat().st_size
    return size
