"""Runs the parts that were asked for, one after the other, and puts their figures together."""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import machine
from bench.csm_weights import CsmOptions, CsmSubject, choose
from bench.figures import Figure, Report, SkipPart, figures_table
from bench.material import Setting, find_speech
from studio.errors import OptionsError

PARTS = (
    "build", "speech", "ready", "trim", "voice", "emotions", "store", "codec", "start", "page",
)  # fmt: skip
CSM = "csm"
ON_REQUEST = (CSM,)
"""Minutes long, and 8 GB of disk: measured only when it is asked for."""


def measure(
    parts: Sequence[str],
    *,
    quick: bool = False,
    speech_dir: Path | None = None,
    csm: CsmOptions | None = None,
) -> Report:
    """Run ``parts`` (all if empty); ``csm`` is for the part of that name.

    Raises:
        OptionsError: there is no such part, or no recordings in ``speech_dir``.
        EngineUnavailableError: CSM cannot be measured here as ``csm`` says.
    """
    unknown = [part for part in parts if part not in PARTS + ON_REQUEST]
    if unknown:
        raise OptionsError(
            f"There is no bench part {unknown[0]!r}. Choose among: {', '.join(PARTS + ON_REQUEST)}."
        )
    speech = find_speech(speech_dir)
    subject = choose(csm or CsmOptions()) if CSM in parts else None
    if subject is not None and csm is not None and csm.quality:
        return _quality(parts, subject, csm, quick=quick)
    figures: list[tuple[str, Figure]] = []
    left_out: list[dict[str, str]] = []
    for part in parts or PARTS:
        print(f"bench: {part} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="voice-studio-bench-") as folder:
            try:
                made = _measure_part(part, Setting(quick, speech, Path(folder), subject))
                figures += [(part, figure) for figure in made]
            except SkipPart as reason:
                left_out.append({"part": part, "reason": str(reason)})
            except Exception as error:  # one broken part must not cost the figures of the others
                left_out.append(
                    {"part": part, "reason": f"FAILED: {type(error).__name__}: {error}"}
                )
    return _report(figures, left_out, quick=quick, about=subject.about if subject else "")


def _quality(
    parts: Sequence[str], subject: CsmSubject, options: CsmOptions, *, quick: bool
) -> Report:
    if list(parts) != [CSM]:
        raise OptionsError(f"--quality is measured by itself. Name no part but {CSM!r}.")
    module = importlib.import_module("bench.csm_quality")
    with tempfile.TemporaryDirectory(prefix="voice-studio-bench-") as folder:
        report: Report = module.measure(subject, options.voice, Path(folder), quick=quick)
    return report


def _measure_part(part: str, setting: Setting) -> list[Figure]:
    made: list[Figure] = importlib.import_module(f"bench.{part}").measure(setting)
    return made


def _report(
    figures: list[tuple[str, Figure]], left_out: list[dict[str, str]], *, quick: bool, about: str
) -> Report:
    where = machine.describe()
    data = {
        "machine": where,
        "quick": quick,
        "figures": [figure.row(part) for part, figure in figures],
        "left_out": left_out,
        "missed": sum(figure.reached is False for _, figure in figures),
        **({"weights": about} if about else {}),
    }
    text = "\n".join(
        [
            machine.sentence(where),
            *([about] if about else []),
            "",
            figures_table([figure.cells(part) for part, figure in figures]),
            *(f"{one['part']} was left out: {one['reason']}" for one in left_out),
            "",
            json.dumps(data),
        ]
    )
    return Report(data, text)
