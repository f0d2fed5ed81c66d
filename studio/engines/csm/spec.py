"""What the registry knows of CSM before anything of it is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from studio.engines.base import Engine, EngineSetup, KeptCopy, Weights
from studio.engines.csm.identity import LABEL, NAME
from studio.engines.registry import EngineSpec
from studio.errors import EngineUnavailableError
from studio.types import Progress

if TYPE_CHECKING:
    from studio.engines.csm.files.checkpoint import Checkpoint


def _create(setup: EngineSetup) -> Engine:
    from studio.engines.csm.engine import CsmEngine

    return CsmEngine(_complete(setup.model), setup)


def _unavailable(setup: EngineSetup) -> str | None:
    if not _may_be_here(setup.model):
        return (
            f"CSM, which speaks in the person's own voice, needs the weights of {setup.model!r}, "
            f"and they are not on this machine. Type 'python -m studio fetch csm' to fetch them."
        )
    from studio.engines.csm.start.planning import choose_plan
    from studio.engines.csm.talk.prompt import PromptText

    try:
        checkpoint = _complete(setup.model)
        PromptText(checkpoint.tokenizer_path, checkpoint.shape)
        choose_plan(setup, checkpoint)
    except EngineUnavailableError as error:
        return str(error)
    return None


def _complete(model: str) -> Checkpoint:
    """The checkpoint ``model``, with a codec that can be loaded."""
    from studio.codec.mimi_weights import check_header
    from studio.engines.csm.files.checkpoint import open_checkpoint

    checkpoint = open_checkpoint(model)
    check_header(checkpoint.entries)
    return checkpoint


def _may_be_here(model: str) -> bool:
    """Whether there is anything to open: quick, since most machines ask this at every start."""
    if Path(model).expanduser().exists():
        return True
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return isinstance(try_to_load_from_cache(model, "config.json"), str)
    except HFValidationError:
        return True  # neither a folder nor an id: opening it says what is wrong


def _fetch(setup: EngineSetup, progress: Progress | None) -> Path:
    if Path(setup.model).expanduser().exists():
        raise EngineUnavailableError(
            f"The model {setup.model!r} is on this machine already, so there is nothing to fetch. "
            f"To fetch one from the hub, name it with --model owner/name."
        )
    from studio.engines.csm.files.download import fetch

    return fetch(setup.model, progress=progress)


def _weights(setup: EngineSetup) -> Weights:
    from studio.engines.csm.files.checkpoint import open_checkpoint
    from studio.engines.csm.start.planning import choose_plan
    from studio.engines.csm.start.quantized import copy_name

    checkpoint = open_checkpoint(setup.model)
    plan = choose_plan(setup, checkpoint)
    copy = None
    if plan.quantization != "none" and setup.cache_dir is not None:
        folder = setup.cache_dir / copy_name(checkpoint.revision, plan.quantization, plan.dtype)
        copy = KeptCopy(plan.label, folder, _size_of(folder.glob("*")))
    size = _size_of(checkpoint.files)
    return Weights(setup.model, checkpoint.folder, size, checkpoint.revision, copy)


def _size_of(files: Iterable[Path]) -> int:
    size = 0
    for path in files:
        with suppress(OSError):  # somebody deletes them just now
            size += path.stat().st_size
    return size


SPEC: Final = EngineSpec(
    name=NAME,
    label=LABEL,
    create=_create,
    unavailable=_unavailable,
    fetch=_fetch,
    weights=_weights,
)
