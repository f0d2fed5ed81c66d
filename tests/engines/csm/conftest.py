"""A small CSM checkpoint, transformers' model of it, and ours."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import CsmForConditionalGeneration, CsmProcessor

from studio.engines.csm.talk.generating import VoiceModel
from tests.engines.csm import own
from tests.engines.csm.tiny import make_checkpoint


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("csm") / "tiny")


@pytest.fixture(scope="session")
def oracle(checkpoint: Path) -> CsmForConditionalGeneration:
    """transformers' model, float32."""
    return CsmForConditionalGeneration.from_pretrained(checkpoint, dtype=torch.float32).eval()


@pytest.fixture(scope="session")
def processor(checkpoint: Path) -> CsmProcessor:
    return CsmProcessor.from_pretrained(checkpoint)


@pytest.fixture(scope="session")
def voices(checkpoint: Path) -> VoiceModel:
    """Our model of the same checkpoint."""
    return own.from_checkpoint(checkpoint)
