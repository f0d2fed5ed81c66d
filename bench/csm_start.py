"""How long CSM takes to be ready, and how much memory: each start in a process of its own."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, SkipPart
from bench.material import ROOT
from studio.engines.base import EngineSetup

LONGEST_S = 900
QUICK_VOICE_S = 2.0
READY_S = 15.0
MOST_GB, MOST_GB_CONVERTING = 3.5, 6.0


def figures(setup: EngineSetup, *, quick: bool = False) -> Iterator[Figure]:
    """Of the first start, which converts and keeps a copy in the cache, and of a later one.

    Each also reads a voice, of which ``quick`` takes ``QUICK_VOICE_S`` seconds only.
    """
    kind = setup.quantize
    targets = kind == "int4"
    if kind != "none":
        first = _start(setup, quick)
        yield Figure(f"{kind}: first start, with conversion", first["load_s"], "s")
        yield Figure(
            f"{kind}: peak memory while converting", first["load_peak_gb"], "GB",
            MOST_GB_CONVERTING if targets else None,
        )  # fmt: skip
    dropped = drop_from_memory(Path(setup.model), cache_of(setup))
    later = _start(setup, quick)
    yield Figure(
        f"{kind}: load to ready" + (" from the copy" if kind != "none" else ""),
        later["load_s"], "s", READY_S if targets else None,
        note="from disk" if dropped else "its files were in memory",
    )  # fmt: skip
    yield Figure(
        f"{kind}: peak memory after load", later["peak_gb"], "GB", MOST_GB if targets else None,
        note=f"load, a voice of {later['voice_s']:.0f} s and speech; "
        f"{later['resident_gb']:.2f} GB remain",
    )  # fmt: skip
    if setup.device == "cuda":
        yield Figure(f"{kind}: peak memory of the card", later["card_gb"], "GB")


def cache_of(setup: EngineSetup) -> Path:
    assert setup.cache_dir is not None
    return setup.cache_dir


def drop_from_memory(*folders: Path) -> bool:
    """Make the system forget the content of the files in ``folders``, so that they are read from
    the disk next time. Whether that worked: it needs no rights, but not every system can."""
    if not hasattr(os, "posix_fadvise"):
        return False
    dropped = True
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        dropped &= _drop(path)
    return dropped


def _drop(path: Path) -> bool:
    with path.open("rb") as file:
        os.fsync(file.fileno())  # what is not yet on the disk stays
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return not _is_in_memory(file.fileno(), path.stat().st_size // 2)


def _is_in_memory(file: int, at: int) -> bool:
    """Whether the byte ``at`` of ``file`` can be read without waiting for the disk."""
    try:
        os.preadv(file, [bytearray(1)], at, os.RWF_NOWAIT)
    except OSError as error:
        return error.errno != errno.EAGAIN
    return True


def _start(setup: EngineSetup, quick: bool) -> dict[str, float]:
    given = [setup.model, setup.quantize, setup.device, str(setup.cache_dir)]
    given += [str(QUICK_VOICE_S)] if quick else []
    command = [sys.executable, "-m", "bench.csm_child", *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S)
    if done.returncode:
        last_words = done.stderr.strip().splitlines()[-1:]
        raise SkipPart(f"CSM did not start as {setup.quantize}: {' '.join(last_words)}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
