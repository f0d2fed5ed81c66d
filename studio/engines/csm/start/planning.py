"""How a checkpoint is to run on this machine, from what was asked for."""

from __future__ import annotations

from typing import Final

import torch

from studio.engines.base import EngineSetup
from studio.engines.csm.files.checkpoint import CODEC_PREFIX, Checkpoint
from studio.engines.csm.start.loading import Plan
from studio.errors import EngineUnavailableError

_DTYPES: Final = {"bfloat16": torch.bfloat16, "float32": torch.float32}
_AUTO: Final = "auto"


def choose_plan(setup: EngineSetup, checkpoint: Checkpoint) -> Plan:
    """The plan for ``checkpoint`` that ``setup`` asks for.

    Who wants no quantisation on a processor wants what the weights say, not speed: there they keep
    their own type, so that what is spoken at temperature 0 can be held against other programs.

    Raises:
        EngineUnavailableError: this machine, or the model, cannot run so.
    """
    if setup.dtype not in {*_DTYPES, _AUTO}:
        choices = ", ".join([*_DTYPES, _AUTO])
        raise EngineUnavailableError(
            f"CSM cannot calculate in {setup.dtype!r}. Choose one of: {choices}."
        )
    plan = Plan.choose(setup.quantize, setup.device)
    plain = plan.quantization == "none"
    dtype = _DTYPES.get(setup.dtype)
    if dtype is None:
        exact = plain and plan.device.type == "cpu"
        dtype = _own_dtype(checkpoint) if exact else plan.dtype
    if dtype is torch.float32 and not plain:
        raise EngineUnavailableError(
            f"Weights that are kept as {plan.quantization} calculate in bfloat16. For float32 "
            "choose the quantisation 'none'."
        )
    return Plan.choose(setup.quantize, setup.device, dtype)


def _own_dtype(checkpoint: Checkpoint) -> torch.dtype:
    """bfloat16 if that is what all its weights are, else float32, which holds any of them."""
    found = {
        entry.dtype
        for name, entry in checkpoint.entries.items()
        if not name.startswith(CODEC_PREFIX)
    }
    return torch.bfloat16 if found == {"BF16"} else torch.float32
