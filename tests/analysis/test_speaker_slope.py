"""The encoder with gradients hears whom the encoder hears."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.analysis import speaker
from studio.analysis.speaker_slope import embedding_of
from tests.voices import spoken

TEXT = "We walked home along the river, and then it began to rain."


@pytest.mark.parametrize("voice", ["en-us+f2", "en-us+m3"])
def test_it_hears_whom_the_encoder_hears(voice: str) -> None:
    audio = spoken(TEXT, voice=voice)
    heard = embedding_of(torch.from_numpy(audio.samples.copy()))
    assert float(heard.norm()) == pytest.approx(1.0, abs=1e-5)
    assert speaker.similarity(heard.numpy(), speaker.embed(audio)) > 0.97


def test_level_does_not_matter() -> None:
    samples = torch.from_numpy(spoken(TEXT).samples.copy())
    assert torch.allclose(embedding_of(samples), embedding_of(samples * 0.2), atol=1e-4)


def test_its_gradient_leads_to_the_other_person() -> None:
    samples = torch.from_numpy(spoken(TEXT, voice="en-us+m3").samples.copy())
    other = torch.from_numpy(speaker.embed(spoken(TEXT, voice="en-us+f2")))

    def alike(sound: torch.Tensor) -> torch.Tensor:
        return embedding_of(sound) @ other

    sound = samples.requires_grad_()
    before = alike(sound)
    (slope,) = torch.autograd.grad(before, sound)
    nearer = samples.detach() + 0.01 * slope / slope.norm() * samples.detach().norm()
    assert float(alike(nearer)) > float(before.detach()) + 0.005
    assert np.isfinite(slope.numpy()).all()
