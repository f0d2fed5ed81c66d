"""Runs the parts that were asked for, one after the other, and puts their figures together."""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import machine
from bench.figures import Figure, SkipPart, figures_table
from bench.material import Setting, find_speech
from studio.errors import OptionsError

PARTS = ("build", "speech", "trim", "similarity", "words", "store", "codec", "start", "page")
ON_REQUEST = ("csm",)
"""Minutes long, and 8 GB of disk: measured only when it is asked for."""


@dataclass(frozen=True)
class Report:
    """``data`` for machines; ``text`` for people, which ends in the same data as one line."""

    data: dict[str, Any]
    text: str


def measure(parts: Sequence[str], *, quick: bool = False, speech_dir: Path | None = None) -> Report:
    """Run ``parts`` (all if empty).

    Raises:
        OptionsError: there is no such part, or no recordings in ``speech_dir``.
    """
    unknown = [part for part in parts if part not in PARTS + ON_REQUEST]
    if unknown:
        raise OptionsError(
            f"There is no bench part {unknown[0]!r}. Choose among: {', '.join(PARTS + ON_REQUEST)}."
        )
    speech = find_speech(speech_dir)
    figures: list[tuple[str, Figure]] = []
    left_out: list[dict[str, str]] = []
    for part in parts or PARTS:
        print(f"bench: {part} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="voice-studio-bench-") as folder:
            try:
                made = _measure_part(part, Setting(quick, speech, Path(folder)))
                figures += [(part, figure) for figure in made]
            except SkipPart as reason:
                left_out.append({"part": part, "reason": str(reason)})
            except Exception as error:  # one broken part must not cost the figures of the others
                left_out.append(
                    {"part": part, "reason": f"FAILED: {type(error).__name__}: {error}"}
                )
    return _report(figures, left_out, quick=quick)


def _measure_part(part: str, setting: Setting) -> list[Figure]:
    made: list[Figure] = importlib.import_module(f"bench.{part}").measure(setting)
    return made


def _report(
    figures: list[tuple[str, Figure]], left_out: list[dict[str, str]], *, quick: bool
) -> Report:
    where = machine.describe()
    data = {
        "machine": where,
        "quick": quick,
        "figures": [figure.row(part) for part, figure in figures],
        "left_out": left_out,
        "missed": sum(figure.reached is False for _, figure in figures),
    }
    text = "\n".join(
        [
            machine.sentence(where),
            "",
            figures_table([figure.cells(part) for part, figure in figures]),
            *(f"{one['part']} was left out: {one['reason']}" for one in left_out),
            "",
            json.dumps(data),
        ]
    )
    return Report(data, text)
