"""One set of seeded random weights at full size, as transformers holds them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from transformers import MimiConfig, MimiModel

from bench.random_codec import random_weights
from studio.codec.mimi import MimiCodec
from studio.codec.mimi_weights import MimiWeights


@pytest.fixture(scope="session")
def oracle() -> MimiModel:
    """transformers' Mimi, which nobody here wrote."""
    model = MimiModel(MimiConfig())
    flags = {name: torch.ones(1) for name in model.state_dict() if name.endswith("initialized")}
    model.load_state_dict(random_weights(seed=1) | flags, strict=True)
    return model.eval()


@pytest.fixture(scope="session")
def tensors(oracle: MimiModel) -> dict[str, Tensor]:
    return dict(oracle.state_dict())


@pytest.fixture(scope="session")
def weights(tensors: dict[str, Tensor]) -> MimiWeights:
    return MimiWeights(tensors, tensors.__getitem__)


@pytest.fixture(scope="session")
def codec(weights: MimiWeights) -> MimiCodec:
    return MimiCodec(weights)


@pytest.fixture(scope="session", params=["in C", "in torch"])
def decoding(request: pytest.FixtureRequest, weights: MimiWeights, codec: MimiCodec) -> MimiCodec:
    """The codec with its decoder in each of its two forms."""
    return codec if request.param == "in C" else MimiCodec(weights, native=False)
