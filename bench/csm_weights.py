"""Which weights the benches of CSM run on, and how they are kept: settled before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.csm_voice import Voice
from studio.errors import EngineUnavailableError, OptionsError

QUANTISED: Final = ("int4", "int8")
_UNSURE: Final = (
    "Random weights are unsure of every code and trained ones are not, so that what follows says "
    "little about a trained model."
)
_TO_SEE_IT_ANYWAY: Final = "To see how the bench runs without them, add --random-weights."


@dataclass(frozen=True)
class CsmOptions:
    """What was asked for. ``model`` is a folder or an id on the hub (None: random weights),
    ``quantize`` None measures every kind that the device has, ``voice`` is what the quality is
    measured with (None: one that comes with the studio)."""

    model: str | None = None
    device: str = "auto"
    quantize: str | None = None
    quality: bool = False
    voice: Voice | None = None


@dataclass(frozen=True)
class CsmSubject:
    """What is measured: the weights in ``folder`` (None: random ones, still to be written), kept
    as each of ``kinds``, on ``device`` "cpu" or "cuda". ``about`` is the sentence for people."""

    folder: Path | None
    kinds: tuple[str, ...]
    device: str
    about: str

    @property
    def random(self) -> bool:
        return self.folder is None


def choose(options: CsmOptions) -> CsmSubject:
    """What ``options`` come to on this machine.

    Raises:
        OptionsError: they do not go together.
        EngineUnavailableError: this machine cannot do it, or the weights asked for are not here.
    """
    kinds, device = _quality_kinds(options) if options.quality else _kinds(options)
    if options.model is None:
        about = "The weights are random, as asked for."
        return CsmSubject(None, kinds, device, f"{about} {_UNSURE}" if options.quality else about)
    from studio.engines.csm.files.checkpoint import DEFAULT_MODEL, open_checkpoint

    try:
        folder = open_checkpoint(options.model).folder
    except EngineUnavailableError as missing:
        if options.quality:
            raise EngineUnavailableError(f"{missing} {_TO_SEE_IT_ANYWAY}") from missing
        if options.model != DEFAULT_MODEL:
            raise
        about = f"The weights are random, for those of CSM are not here: {missing}"
        return CsmSubject(None, kinds, device, about)
    return CsmSubject(folder, kinds, device, f"The weights are those of {options.model!r}.")


def _kinds(options: CsmOptions) -> tuple[tuple[str, ...], str]:
    """The ways to keep the weights, and the device."""
    from studio.engines.csm.start.loading import Plan

    plan = Plan.choose(options.quantize or "auto", options.device)
    if options.quantize is None and plan.device.type == "cpu":
        return QUANTISED, "cpu"
    return (plan.quantization,), plan.device.type


def _quality_kinds(options: CsmOptions) -> tuple[tuple[str, ...], str]:
    if options.device == "cuda":
        raise OptionsError(
            "--quality runs on the processor, where weights are quantised. Leave out --device cuda."
        )
    if options.quantize == "none":
        raise OptionsError(
            "--quality holds int8 and int4 against bfloat16, which is what --quantize none would "
            "be. Choose int8 or int4, or leave --quantize out to have both."
        )
    if options.quantize == "auto":
        return QUANTISED, "cpu"
    return _kinds(replace(options, device="cpu"))
