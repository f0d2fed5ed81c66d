"""The command that measures. The benches live beside the studio, not in it."""

from __future__ import annotations

import argparse
import importlib
from typing import Final

from studio.cli.answer import Answer
from studio.errors import OptionsError
from studio.studio import Studio
from studio.types import Segment

CSM: Final = "csm"
_OF_CSM: Final = {
    "quality": "--quality",
    "random_weights": "--random-weights",
    "device": "--device",
    "voice": "--voice",
}
"""Options that only that part heeds."""


def bench(studio: Studio, options: argparse.Namespace) -> Answer:
    _require_fitting(options)
    try:
        run = importlib.import_module("bench.run")
        weights = importlib.import_module("bench.csm_weights")
        voices = importlib.import_module("bench.csm_voice")
    except ModuleNotFoundError as error:
        raise OptionsError(
            f"The bench cannot run: there is no {error.name!r} here. Call it from the folder that "
            f"holds the studio's source, with requirements-dev.txt installed."
        ) from error
    settings = studio.settings
    csm = weights.CsmOptions(
        model=None if options.random_weights else settings.model,
        device=settings.device,
        quantize=options.quantize,
        quality=options.quality,
        voice=None if options.voice is None else voices.Voice(*_voice(studio, options.voice)),
    )
    report = run.measure(options.parts, quick=options.quick, speech_dir=options.speech, csm=csm)
    return Answer(report.data, report.text)


def _require_fitting(options: argparse.Namespace) -> None:
    """Raises OptionsError when an option is there that nothing will heed."""
    given = [flag for name, flag in _OF_CSM.items() if getattr(options, name)]
    if given and CSM not in options.parts:
        raise OptionsError(
            f"{given[0]} belongs to the part {CSM!r} of the bench. Name that part as well."
        )
    if options.voice is not None and not options.quality:
        raise OptionsError("--voice chooses who speaks for --quality. Add --quality, or leave it.")


def _voice(studio: Studio, name: str) -> tuple[str, tuple[Segment, ...]]:
    """The voice ``name`` with its clips as they are in the library."""
    profile = studio.find(name)
    clips = tuple(
        Segment(clip.id, clip.transcript, studio.reference_audio(profile.id, clip.id))
        for clip in profile.segments
    )
    return profile.name, clips
