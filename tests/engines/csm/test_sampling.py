"""Codes are drawn as the temperature and top-k say, and the same ones for the same seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from transformers import CsmForConditionalGeneration

from studio.engines.csm.model.sampling import Sampling, sample
from studio.engines.csm.talk.generating import VoiceModel
from studio.types import SpeechOptions
from tests.engines.csm import own

TEXT = "how are you today?"


def draw(logits: torch.Tensor, sampling: Sampling, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return sample(logits, sampling, sampling.draw_noise(len(logits), generator))


def test_temperature_0_takes_the_likeliest() -> None:
    logits = torch.randn(64, 2048, generator=torch.Generator().manual_seed(1))
    assert torch.equal(draw(logits, Sampling(0.0, 50)), logits.argmax(-1))
    assert Sampling(0.0, 50).draw_noise(32, torch.Generator()) is None


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_frequencies_are_those_of_the_softmax_over_the_top_k(temperature: float) -> None:
    logits = torch.tensor([2.0, -1.0, 1.0, 1.5, -3.0, 0.0])
    draws = 40_000
    drawn = draw(logits.expand(draws, -1).clone(), Sampling(temperature, 4))
    allowed = torch.tensor([0, 2, 3, 5])
    expected = torch.zeros(6)
    expected[allowed] = torch.softmax(logits[allowed] / temperature, dim=0)
    frequencies = torch.bincount(drawn, minlength=6) / draws
    torch.testing.assert_close(frequencies, expected, atol=0.01, rtol=0)


def test_top_1_is_the_likeliest_and_top_all_is_allowed() -> None:
    logits = torch.randn(64, 100, generator=torch.Generator().manual_seed(1))
    assert torch.equal(draw(logits, Sampling(2.0, 1)), logits.argmax(-1))
    assert draw(logits, Sampling(2.0, 2048)).max() < 100


def test_the_logits_are_left_alone() -> None:
    logits = torch.randn(4, 100)
    before = logits.clone()
    draw(logits, Sampling(0.7, 100))
    assert torch.equal(logits, before)


def test_the_same_seed_says_the_same(voices: VoiceModel) -> None:
    memory = voices.prepare([])

    def said(seed: int, temperature: float = 0.8) -> own.Codes:
        options = SpeechOptions(seed=seed, temperature=temperature)
        return own.take_frames(voices.speak(memory, TEXT, options), 5)

    assert_array_equal(said(1), said(1))
    assert not np.array_equal(said(1), said(2))
    assert not np.array_equal(said(1), said(1, temperature=1.2))


def test_reserved_ids_are_never_spoken(
    oracle: CsmForConditionalGeneration, checkpoint: Path
) -> None:
    """They would be said all the time, if it were by their logits."""
    state = {name: weight.clone() for name, weight in oracle.state_dict().items()}
    favoured = 100.0 * state["lm_head.weight"][:3]
    state["lm_head.weight"][2048:] = favoured
    heads = state["depth_decoder.codebooks_head.weight"]
    heads[:, :, 2048:] = 100.0 * heads[:, :, :3]
    voices = own.from_tensors(state, oracle.config.to_dict(), checkpoint)
    for options in (own.GREEDY, replace(own.GREEDY, temperature=2.0, top_k=2048)):
        codes = own.take_frames(voices.speak(voices.prepare([]), TEXT, options), 5)
        assert codes.min() >= 0
        assert codes.max() < 2048
