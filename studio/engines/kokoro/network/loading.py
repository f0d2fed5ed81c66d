"""From the packages' graph to a network that runs, by way of a copy that is kept."""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor

from studio.disk import fill_file
from studio.engines.kokoro.network import parts
from studio.engines.kokoro.network.blocks import Shape
from studio.engines.kokoro.network.kernel import FastConvolutions, find_kernel
from studio.engines.kokoro.network.kokoro import Kokoro
from studio.errors import EngineUnavailableError

if TYPE_CHECKING:
    from studio.types import Progress

log = logging.getLogger(__name__)

NEEDED: Final = "text_encoder.embedding.weight"
"""A parameter that every network of this layout has."""

_FORM: Final = "1"
"""Goes up when the kept copy changes, so that old ones are made anew."""


def load_network(
    cache_dir: Path | None, own: Path | None = None, progress: Progress | None = None
) -> Kokoro:
    """The network, from the copy in ``cache_dir`` where there is a whole one; else it is made
    from the packages, in seconds, and kept. ``own`` is a file of weights to take instead.

    Raises:
        EngineUnavailableError: the packages are missing or damaged, or ``own`` does not fit.
    """
    if own is not None:
        return _of_file(own)
    reason = parts.unavailable()
    if reason is not None:
        raise EngineUnavailableError(reason)
    path = None if cache_dir is None else kept_copy(cache_dir)
    tensors = None if path is None else _read(path)
    if tensors is None:
        if progress is not None:
            progress(0.0, "Unpacking the studio voice")
        tensors = _converted()
        if path is not None:
            _keep(tensors, path)
    return network_of(tensors)


def _of_file(path: Path) -> Kokoro:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
        return network_of(tensors)
    except (SafetensorError, OSError, KeyError, IndexError, ValueError, RuntimeError) as error:
        raise EngineUnavailableError(_not_weights(path)) from error


def own_unavailable(path: Path) -> str | None:
    """Why the weights at ``path`` cannot be used, as far as a look at the file tells."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:  # type: ignore[no-untyped-call]
            return None if NEEDED in file.keys() else _not_weights(path)  # noqa: SIM118
    except (SafetensorError, OSError, ValueError):
        return _not_weights(path)


def _not_weights(path: Path) -> str:
    return (
        f"The weights of the studio voice in {str(path)!r} cannot be used: they have to be a "
        f"safetensors file with the layout of Kokoro-82M. Correct the setting, or leave it "
        f"out: then those of the packages speak."
    )


def network_of(tensors: dict[str, Tensor]) -> Kokoro:
    """The network with the parameters ``tensors``, which it keeps, closed to gradients of them.

    Raises:
        RuntimeError, KeyError: they are not those of such a network.
    """
    with torch.device("meta"):
        network = Kokoro(Shape.of(tensors))
    network.load_state_dict(tensors, assign=True, strict=True)
    kernel = find_kernel()
    network.fast = None if kernel is None else FastConvolutions(kernel)
    return network.eval().requires_grad_(False)


def kept_copy(cache_dir: Path) -> Path:
    """Where the copy is kept. Its name says which weights and which form."""
    return cache_dir / f"kokoro-{parts.SHA256[:12]}-{_FORM}.safetensors"


def _read(path: Path) -> dict[str, Tensor] | None:
    """What is kept, mapped rather than read; None where there is no whole copy."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except FileNotFoundError:
        return None
    except (SafetensorError, OSError) as error:
        log.warning("the kept copy %s is made anew: %s", path.name, error)
        return None


def _converted() -> dict[str, Tensor]:
    from onnx import load_model_from_string

    from studio.engines.kokoro.network.graph import parameters

    with torch.device("meta"):
        names = Kokoro(Shape()).state_dict().keys()
    found = parameters(load_model_from_string(parts.joined()))
    return {name: torch.from_numpy(found[name]) for name in names}


def _keep(tensors: dict[str, Tensor], path: Path) -> None:
    """Write the copy so that it appears only whole; without it the next start takes longer."""
    from safetensors.torch import save_file

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".tmp-kokoro-{uuid.uuid4().hex}")
        fill_file(path, lambda unfinished: save_file(tensors, unfinished), temporary)
    except OSError as error:
        log.warning("the studio voice's weights are not kept: %s", error)
