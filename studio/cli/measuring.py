"""The command that measures. The benches live beside the studio, not in it."""

from __future__ import annotations

import argparse
import importlib

from studio.cli.answer import Answer
from studio.errors import OptionsError
from studio.studio import Studio


def bench(studio: Studio, options: argparse.Namespace) -> Answer:
    try:
        run = importlib.import_module("bench.run")
    except ModuleNotFoundError as error:
        raise OptionsError(
            f"The bench cannot run: there is no {error.name!r} here. Call it from the folder that "
            f"holds the studio's source, with requirements-dev.txt installed."
        ) from error
    report = run.measure(options.parts, quick=options.quick, speech_dir=options.speech)
    return Answer(report.data, report.text)
