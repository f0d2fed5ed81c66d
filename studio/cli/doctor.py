"""The command that looks at the machine and says what to do."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from studio import __version__
from studio.cli.answer import Answer, plain, size, table
from studio.cli.engines import engine_row
from studio.core.engines.machine import (
    Machine,
    describe_machine,
    why_no_card_is_lent,
    why_not_writable,
)
from studio.core.engines.pool import EngineStatus
from studio.errors import EngineUnavailableError
from studio.settings import Settings
from studio.sharing.safety import notes
from studio.studio import Studio

CONVERTING_BYTES: Final = 6_000_000_000
"""What CSM takes at most, once, while its weights are converted."""

NOT_NEEDED: Final = (
    "Nothing else is needed: no ffmpeg, no Chromium (only the tests of the page drive one), and "
    "no network once the weights are here."
)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; ``advice`` is empty where nothing is to be done."""

    what: str
    found: str
    advice: str = ""


def doctor(studio: Studio, options: argparse.Namespace) -> Answer:
    machine = describe_machine()
    statuses = studio.engines()
    checks = [
        *_machine_checks(machine),
        *_lending_check(studio.settings),
        *(_engine_check(status) for status in statuses),
        *(check for status in statuses for check in _weights_checks(studio, status.name)),
        *_cache_check(studio.settings),
        *(Check("The page", sentence) for sentence in notes(studio.settings)),
        _profiles_check(studio),
    ]
    can_speak = any(status.available for status in statuses)
    text = table(["Part", "Found"], [[check.what, check.found] for check in checks])
    advice = [f"- {check.what}: {plain(check.advice)}" for check in checks if check.advice]
    to_do = "\n".join(["What to do:", *advice]) if advice else "There is nothing to do."
    data = {
        "can_speak": can_speak,
        "machine": _machine_row(machine),
        "engines": [engine_row(status) for status in statuses],
        "checks": [asdict(check) for check in checks],
    }
    problem = "" if can_speak else "No engine can speak on this machine; see above what to do."
    return Answer(data, f"{text}\n\n{to_do}\n\n{NOT_NEEDED}", problem)


def _machine_checks(machine: Machine) -> Iterator[Check]:
    torch = machine.torch
    yield Check("Voice Studio", __version__)
    yield Check("Python", f"{machine.python}, {machine.system}")
    if torch.version is None:
        yield Check(
            "torch",
            f"does not load ({torch.problem})",
            "Install it again: pip install -r requirements.txt",
        )
    else:
        cuda = f"CUDA {torch.cuda}" if torch.cuda else "without CUDA"
        yield Check("torch", f"{torch.version}, {cuda}")
    if torch.card is None:
        yield Check("Graphics card", "none that torch can use")
    else:
        yield Check("Graphics card", f"{torch.card}, {size(torch.card_bytes or 0)}")
    yield Check("Cores", str(machine.cores))
    problem = machine.kernel_problem
    yield Check(
        "CSM's kernel",
        "can be compiled" if problem is None else f"cannot be compiled: {problem}",
        ""
        if problem is None or torch.card is not None
        else "Install a C compiler (gcc or clang with OpenMP); without it, or on another processor "
        "than x86-64, CSM takes about twice as long on torch's kernels.",
    )
    memory = machine.memory_bytes
    little = memory is not None and memory < CONVERTING_BYTES and torch.card is None
    yield Check(
        "Memory",
        "unknown" if memory is None else size(memory),
        f"CSM takes up to {size(CONVERTING_BYTES)} once, while its weights are converted; "
        "less is not enough for it. The studio voice needs no more than there is."
        if little
        else "",
    )


def _lending_check(settings: Settings) -> Iterator[Check]:
    if not settings.zero_gpu:
        return
    what = "ZeroGPU"
    if settings.device == "cpu":
        yield Check(what, "not used: the setting device is cpu")
    elif problem := why_no_card_is_lent():
        yield Check(
            what,
            f"lends no graphics card: {problem}",
            "CSM runs on the processor meanwhile. A Space with ZeroGPU brings that package along; "
            "see that its SDK is gradio, then restart it.",
        )
    else:
        yield Check(what, "lends a graphics card for each reply of CSM")


def _engine_check(status: EngineStatus) -> Check:
    what = f"Engine {status.name}"
    if status.info is None:
        return Check(what, "cannot run here", status.reason or "")
    return Check(what, f"runs here, {status.info.dtype} on {status.info.device}")


def _weights_checks(studio: Studio, name: str) -> Iterator[Check]:
    """The weights of one engine, if it has any; its own line says why they cannot be used."""
    try:
        weights = studio.weights(name)
    except EngineUnavailableError:
        yield Check("Model", f"{studio.settings.model}, cannot be used (see the engine {name})")
        return
    if weights is None:
        return
    yield Check("Model", f"{weights.model}, {size(weights.size_bytes)} in {weights.folder}")
    what, copy = "Quantised copy", weights.copy
    if copy is None:
        yield Check(what, "none needed: the weights are used as they are")
    elif copy.size_bytes:
        yield Check(what, f"{copy.label}, {size(copy.size_bytes)} in {copy.folder}")
    else:
        yield Check(what, f"{copy.label}, not made yet: the first start makes it, once")


def _cache_check(settings: Settings) -> Iterator[Check]:
    folder = settings.cache_dir.expanduser()
    if reason := why_not_writable(folder):
        yield Check(
            "Cache",
            f"{folder}, cannot be written ({reason})",
            "Each start converts the weights again. Mend that, or set VOICE_STUDIO_CACHE_DIR.",
        )


def _profiles_check(studio: Studio) -> Check:
    folder = Path(studio.settings.profiles_dir).absolute()
    reason = why_not_writable(folder)
    if reason is not None:
        return Check(
            "Profiles",
            f"{folder}, cannot be written ({reason})",
            "Choose another folder with --profiles, or change its permissions.",
        )
    voices = studio.profiles()
    damaged = sum(voice.metadata is None for voice in voices)
    return Check(
        "Profiles",
        f"{folder}, can be written; voices: {len(voices)}",
        f"Damaged voices: {damaged}. Type 'python -m studio check'." if damaged else "",
    )


def _machine_row(machine: Machine) -> dict[str, Any]:
    return {"version": __version__, **asdict(machine)}
