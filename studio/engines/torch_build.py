"""Which torch is installed, and what it can compute on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TorchBuild:
    """``cuda`` is the version that torch was built for, None for a build without it. ``card`` is
    the first graphics card that it can use, with ``card_bytes`` of memory. ``problem`` says why
    torch does not load; then the rest is unknown."""

    version: str | None = None
    cuda: str | None = None
    card: str | None = None
    card_bytes: int | None = None
    problem: str | None = None


def find_torch() -> TorchBuild:
    """What there is. Loads torch, which takes seconds the first time."""
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a library that it needs is missing
        return TorchBuild(problem=str(error))
    version, cuda = str(torch.__version__), torch.version.cuda
    if not torch.cuda.is_available():
        return TorchBuild(version, cuda)
    card = torch.cuda.get_device_properties(0)
    return TorchBuild(version, cuda, card.name, card.total_memory)
