"""From a checkpoint to a model that is ready to speak, quantised where that is faster."""

from __future__ import annotations

import errno
import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import torch
from torch import Tensor

from studio.disk import free_bytes
from studio.engines.csm.files.checkpoint import Checkpoint
from studio.engines.csm.files.shape import CsmShape
from studio.engines.csm.files.tensor_names import expected_tensors
from studio.engines.csm.model.network import CsmModel
from studio.engines.csm.start.assemble import CheckpointParts, Source, build_model
from studio.engines.csm.start.quantized import (
    CopyReader,
    CopyUnusableError,
    CopyWriter,
    copy_name,
    remove_copy,
    remove_outdated,
)
from studio.engines.csm.weights.kernel import find_kernel
from studio.engines.csm.weights.matrix import Matrix, Quantisation, make
from studio.errors import EngineUnavailableError
from studio.types import Progress

_log = logging.getLogger(__name__)

AUTO: Final = "auto"

_KINDS: Final[dict[Quantisation, dict[str, Quantisation]]] = {
    "none": {},
    "int8": dict.fromkeys(("backbone", "depth", "head", "depth_head"), "int8"),
    # The heads choose the codes. Eight bits for them cost two milliseconds a frame.
    "int4": {"backbone": "int4", "depth": "int4", "head": "int8", "depth_head": "int8"},
}


@dataclass(frozen=True)
class Plan:
    """How a model is to run. Known before anything is loaded."""

    quantization: Quantisation
    device: torch.device
    dtype: torch.dtype

    @classmethod
    def choose(
        cls, quantize: str = AUTO, device: str = AUTO, dtype: torch.dtype | None = None
    ) -> Plan:
        """The plan for ``quantize`` "none", "int8", "int4" or "auto", on ``device`` "cpu", "cuda"
        or "auto". "auto" takes a graphics card if there is one, and int4 where there is none.

        ``dtype`` is that of activations and of weights that are not quantised. bfloat16 unless
        said otherwise: the kernels are made for it, and dense weights in float32 are twice as many
        bytes to read.

        Raises:
            EngineUnavailableError: this machine cannot do that.
        """
        choices = (*get_args(Quantisation), AUTO)
        if quantize not in choices:
            raise EngineUnavailableError(
                f"Weights cannot be kept as {quantize!r}. Choose one of: {', '.join(choices)}."
            )
        if device.partition(":")[0] not in {"cpu", "cuda", AUTO}:
            raise EngineUnavailableError(
                f"CSM cannot run on {device!r}. Choose one of: cpu, cuda, auto."
            )
        has_card = torch.cuda.is_available()
        if device.startswith("cuda") and not has_card:
            raise EngineUnavailableError(
                "There is no NVIDIA graphics card that this build of torch can use. Choose the "
                "device 'cpu' or 'auto', or install the driver and a torch with CUDA."
            )
        where = torch.device(("cuda" if has_card else "cpu") if device == AUTO else device)
        if quantize == AUTO:
            quantize = "int4" if where.type == "cpu" else "none"
        elif quantize != "none" and where.type != "cpu":
            raise EngineUnavailableError(
                f"Weights are kept as {quantize} on the processor only. On a graphics card "
                "choose 'none' or 'auto'."
            )
        kind = next(choice for choice in get_args(Quantisation) if choice == quantize)
        return cls(kind, where, dtype or torch.bfloat16)

    @property
    def label(self) -> str:
        """The type of the numbers, for fingerprints and for people: "bfloat16" or "int4"."""
        dtype = str(self.dtype).removeprefix("torch.")
        return dtype if self.quantization == "none" else f"{self.quantization}-{dtype}"


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model that is ready, and where it came from.

    ``note`` is a sentence for the person, when something went less well than it should.
    """

    model: CsmModel
    shape: CsmShape
    tokenizer_path: Path
    revision: str
    plan: Plan
    note: str = ""


def load_model(
    checkpoint: Checkpoint,
    plan: Plan,
    *,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
) -> LoadedModel:
    """The model of ``checkpoint``, run as ``plan`` says.

    A quantised model is kept in ``cache_dir`` for the next start (None keeps nothing). Where it
    cannot be kept, it is loaded all the same and the note says why.

    Raises:
        EngineUnavailableError: the checkpoint cannot be read or does not fit into memory.
    """
    tokenizer_path, revision = checkpoint.tokenizer_path, checkpoint.revision
    note = ""
    try:
        if plan.quantization == "none" or cache_dir is None:
            model = _build(_parts(checkpoint, plan), checkpoint.shape, plan, progress)
        else:
            folder = cache_dir / copy_name(revision, plan.quantization, plan.dtype)
            model, note = _through_copy(checkpoint, plan, folder, progress)
    except (MemoryError, RuntimeError) as error:
        # On the processor torch raises a plain RuntimeError when memory runs out.
        if type(error) is RuntimeError and "allocate memory" not in str(error):
            raise
        raise EngineUnavailableError(
            f"There is not enough memory for the model as {plan.label} on {plan.device}. Close "
            "other programs, or choose another way to keep its weights: int4 takes the least."
        ) from error
    if progress:
        progress(1.0, "The model is ready")
    return LoadedModel(model, checkpoint.shape, tokenizer_path, revision, plan, note)


def _through_copy(
    checkpoint: Checkpoint, plan: Plan, folder: Path, progress: Progress | None
) -> tuple[CsmModel, str]:
    """The model and a note: from the copy if there is one, otherwise made and kept there."""
    shape = checkpoint.shape
    try:
        return _build(CopyReader(folder), shape, plan, progress), ""
    except CopyUnusableError as error:
        if folder.exists():
            _log.warning("The copy of the model in %s is made again: %s", folder, error)
            remove_copy(folder)
    parts = _parts(checkpoint, plan)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _require_space(folder.parent, shape, plan)
        writer = CopyWriter(parts, folder)
        try:
            model = _build(writer, shape, plan, progress, converting=True)
            writer.finish()
        finally:
            writer.discard()
        remove_outdated(folder)
        return model, ""
    except OSError as error:
        note = (
            f"The quantised model could not be kept in {folder.parent} "
            f"({error.strerror or error}), so the next start will take as long as this one. "
            "Free some space, or choose another folder for it."
        )
        _log.warning("%s", note)
    return _build(parts, shape, plan, progress, converting=True), note


def _parts(checkpoint: Checkpoint, plan: Plan) -> Source:
    kinds = _KINDS[plan.quantization]
    kernel = find_kernel() if kinds else None

    def make_matrix(part: str, weight: Tensor) -> Matrix:
        return make(weight, kinds.get(part, "none"), kernel)

    return CheckpointParts(
        checkpoint.tensor, checkpoint.shape, make_matrix, plan.dtype, plan.device
    )


def _require_space(folder: Path, shape: CsmShape, plan: Plan) -> None:
    """Refuse before the work what cannot be kept; at most this much will be written."""
    needed = sum(
        math.prod(size) * (plan.dtype.itemsize if "embed" in name else 1)
        for name, size in expected_tensors(shape).items()
    )
    free = free_bytes(folder)
    if free is not None and free < needed:
        raise OSError(errno.ENOSPC, f"{free / 1e6:.0f} MB are free, {needed / 1e6:.0f} are needed")


def _build(
    source: Source,
    shape: CsmShape,
    plan: Plan,
    progress: Progress | None,
    *,
    converting: bool = False,
) -> CsmModel:
    told = source
    if progress:
        bits = plan.quantization.removeprefix("int")
        doing = f"Converting the model to {bits} bits, once" if converting else "Loading the model"
        told = _CountedSource(source, progress, shape, doing)
    return build_model(told, shape, plan.dtype, plan.device)


class _CountedSource:
    """A source that says how far it is, by the weights that have passed."""

    def __init__(self, source: Source, progress: Progress, shape: CsmShape, doing: str) -> None:
        self._source = source
        self._progress = progress
        self._doing = doing
        self._whole = sum(math.prod(size) for size in expected_tensors(shape).values())
        self._passed = 0

    def matrix(self, name: str) -> Matrix:
        matrix = self._source.matrix(name)
        self._tell(matrix.rows * matrix.columns)
        return matrix

    def tensor(self, name: str) -> Tensor:
        tensor = self._source.tensor(name)
        self._tell(tensor.numel())
        return tensor

    def _tell(self, passed: int) -> None:
        self._passed += passed
        self._progress(min(0.99, self._passed / self._whole), self._doing)
