"""Sizes and position embedding, as transformers reads them from the same configuration."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import CsmForConditionalGeneration

from studio.engines.csm.files.shape import Rope, read_shape
from studio.engines.csm.model.layers import rotation_table
from studio.errors import EngineUnavailableError
from tests.engines.csm import tiny


@pytest.fixture
def config(checkpoint: Path) -> dict[str, Any]:
    """In the spelling of the checkpoint on the hub, whichever version of transformers wrote it."""
    loaded: dict[str, Any] = json.loads((checkpoint / "config.json").read_text())
    for stack in (loaded, loaded["depth_decoder_config"]):
        if "rope_parameters" in stack:
            scaling = stack.pop("rope_parameters")
            stack["rope_theta"] = scaling.pop("rope_theta")
            stack["rope_scaling"] = scaling
    return loaded


def test_sizes(config: dict[str, Any]) -> None:
    shape = read_shape(config)
    assert (shape.codebooks, shape.codes, shape.audio_vocabulary) == (32, 2048, 2051)
    assert (shape.text_vocabulary, shape.begin_id) == (tiny.TEXT_VOCABULARY, tiny.BEGIN_ID)
    assert (shape.max_positions, shape.depth.positions) == (2048, 33)
    assert (shape.backbone.hidden, shape.depth.hidden) == (128, 64)
    assert shape.backbone.rope == Rope(500_000.0, 32.0, 0.125, 0.5, 1024)
    assert shape.depth.rope == Rope(500_000.0, 32.0, 0.001953125, 0.0078125, 16)


def test_the_spelling_of_transformers_5(config: dict[str, Any]) -> None:
    newer = copy.deepcopy(config)
    for stack in (newer, newer["depth_decoder_config"]):
        stack["rope_parameters"] = stack.pop("rope_scaling") | {
            "rope_theta": stack.pop("rope_theta")
        }
    assert read_shape(newer) == read_shape(config)


def test_rope_without_scaling(config: dict[str, Any]) -> None:
    config["rope_scaling"] = None
    assert read_shape(config).backbone.rope == Rope(500_000.0)


@pytest.mark.parametrize("stack", ["backbone", "depth"])
def test_rotations_are_those_of_transformers(
    stack: str, oracle: CsmForConditionalGeneration, config: dict[str, Any]
) -> None:
    theirs = oracle.backbone_model if stack == "backbone" else oracle.depth_decoder.model
    shape = getattr(read_shape(config), stack)
    positions = torch.arange(shape.positions)[None]
    cos, sin = theirs.rotary_emb(torch.zeros(1), positions)
    half = shape.head_dim // 2
    table = rotation_table(shape.rope, shape.head_dim, shape.positions, torch.device("cpu"))[:, 0]
    torch.testing.assert_close(table.real, cos[0, :, :half], rtol=0, atol=1e-6)
    torch.testing.assert_close(table.imag, sin[0, :, :half], rtol=0, atol=1e-6)
    plain = rotation_table(Rope(500_000.0), shape.head_dim, shape.positions, torch.device("cpu"))
    assert (plain[:, 0] - table).abs().max() > 0.02  # the scaling is not a detail


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "llama"}, "type llama"),
        ({"hidden_size": None}, "missing or not a number"),
        ({"depth_decoder_config": None}, "missing or not a number"),
        ({"hidden_act": "gelu"}, "silu"),
        ({"attention_bias": True}, "biases"),
        ({"num_key_value_heads": 3}, "do not divide"),
        ({"head_dim": 33}, "odd"),
        ({"rope_scaling": {"rope_type": "yarn", "factor": 2.0}}, "yarn"),
        ({"rope_scaling": {"rope_type": "llama3"}}, "missing or not a number"),
        ({"codebook_eos_token_id": 7}, "code 0"),
        ({"vocab_size": 100}, "fewer audio ids"),
        ({"num_codebooks": 40}, "too short"),
        ({"hidden_size": 256}, "do not fit each other"),
    ],
)
def test_what_cannot_be_run(config: dict[str, Any], change: dict[str, Any], message: str) -> None:
    with pytest.raises(EngineUnavailableError, match=message):
        read_shape(config | change)
    with pytest.raises(EngineUnavailableError):
        read_shape({})
