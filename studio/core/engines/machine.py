"""What the machine has that decides what can run on it."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from studio.engines.lending import why_not_lent
from studio.engines.torch_build import TorchBuild, find_torch

_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Where a container says how much memory it may use, in the newer and in the older way."""


@dataclass(frozen=True)
class Machine:
    """``cores`` are those that this process may use; ``memory_bytes`` None where unknown;
    ``kernel_problem`` says why CSM's own kernel cannot be compiled, None if it can."""

    system: str
    python: str
    cores: int
    memory_bytes: int | None
    torch: TorchBuild
    kernel_problem: str | None


def describe_machine() -> Machine:
    """This machine. Takes the seconds that loading torch and compiling the kernel take."""
    from studio.engines.csm.weights.kernel import why_no_kernel

    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        cores=_cores(),
        memory_bytes=_memory_bytes(),
        torch=find_torch(),
        kernel_problem=why_no_kernel(),
    )


def why_no_card_is_lent() -> str | None:
    """Why a Space with ZeroGPU lends no card, without a full stop; None if it does."""
    return why_not_lent()


def why_not_writable(folder: Path) -> str | None:
    """Why nothing can be written in ``folder``; None if something can. It need not exist yet."""
    try:
        there = next(place for place in (folder, *folder.parents) if place.exists())
        with tempfile.TemporaryFile(dir=there):
            return None
    except OSError as error:
        return error.strerror or str(error)


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_bytes() -> int | None:
    found = []
    with suppress(ValueError, OSError, AttributeError):
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for limit in _LIMITS:
        with suppress(ValueError, OSError):  # no such file, or "max"
            found.append(int(limit.read_text(encoding="ascii")))
    return min(found, default=None)
