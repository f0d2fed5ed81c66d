"""In which numbers a checkpoint runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from studio.engines.base import EngineSetup
from studio.engines.csm.files.checkpoint import open_checkpoint
from studio.engines.csm.start.planning import choose_plan
from studio.errors import EngineUnavailableError
from tests.engines.csm.tiny import make_checkpoint


@pytest.mark.parametrize(
    ("quantize", "dtype", "label"),
    [
        ("none", "auto", "float32"),
        ("none", "bfloat16", "bfloat16"),
        ("none", "float32", "float32"),
        ("int4", "auto", "int4-bfloat16"),
        ("auto", "bfloat16", "int4-bfloat16"),
    ],
)
def test_only_who_wants_no_quantisation_gets_the_numbers_of_the_weights(
    checkpoint: Path, quantize: str, dtype: str, label: str
) -> None:
    setup = EngineSetup(quantize=quantize, dtype=dtype, device="cpu")
    assert choose_plan(setup, open_checkpoint(str(checkpoint))).label == label


def test_weights_in_sixteen_bits_run_in_sixteen_bits(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path, dtype=torch.bfloat16)
    setup = EngineSetup(quantize="none", device="cpu")
    assert choose_plan(setup, open_checkpoint(str(folder))).label == "bfloat16"


@pytest.mark.parametrize(
    ("quantize", "dtype", "words"),
    [("int4", "float32", "'none'"), ("auto", "float32", "'none'"), ("none", "float8", "bfloat16")],
)
def test_numbers_that_do_not_go_with_the_weights_are_refused_with_what_does(
    checkpoint: Path, quantize: str, dtype: str, words: str
) -> None:
    setup = EngineSetup(quantize=quantize, dtype=dtype, device="cpu")
    with pytest.raises(EngineUnavailableError, match=words):
        choose_plan(setup, open_checkpoint(str(checkpoint)))
