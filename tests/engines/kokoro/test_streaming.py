"""Sound made piece by piece is the sound made at once."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from studio.engines.kokoro.network.blocks import STYLE, AdaptiveNorm, moments
from studio.engines.kokoro.network.kokoro import Kokoro
from studio.engines.kokoro.network.loading import network_of
from studio.engines.kokoro.network.vocoder import CURVE_STEP, HARMONICS, excite
from studio.engines.kokoro.speech.streaming import pieces_of, stream
from tests.engines.kokoro.small import SHAPE, small_tensors


@pytest.fixture(scope="module")
def network() -> Kokoro:
    return network_of(small_tensors())


def excitation_of(network: Kokoro, latents: int) -> torch.Tensor:
    pitch_hz = torch.linspace(90, 240, latents)[None]
    pitch_hz[:, latents // 3 : latents // 2] = 0.0
    noise = torch.randn(HARMONICS, latents * CURVE_STEP)
    return excite(network.decoder.generator.m_source(pitch_hz, noise))


@pytest.mark.parametrize("latents", [1, 2, 5, 17, 61])
@pytest.mark.parametrize("piece", [1, 7, 100])
@pytest.mark.parametrize("native", [False, True])
def test_pieces_of_any_size_give_the_whole(
    network: Kokoro, latents: int, piece: int, native: bool
) -> None:
    if native and network.fast is None:
        pytest.skip("there is no C compiler")
    torch.manual_seed(3)
    generator = network.decoder.generator
    given, style = torch.randn(1, SHAPE.text, latents), torch.randn(1, STYLE)
    excitation = excitation_of(network, latents)
    lines: dict[AdaptiveNorm, tuple[torch.Tensor, torch.Tensor]] = {}

    def measured(norm: AdaptiveNorm, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        lines[norm] = norm.line(style, *moments(x))
        return lines[norm]

    def as_measured(norm: AdaptiveNorm, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return lines[norm]

    with torch.inference_mode():
        whole = generator(given, excitation, measured)
        steps = pieces_of(latents, 2 * piece, piece)
        fast = network.fast if native else None
        parts = list(stream(generator, as_measured, given, excitation, steps, fast))
    joined = torch.cat(parts)
    assert joined.shape == whole.shape == (latents * CURVE_STEP,)
    torch.testing.assert_close(joined, whole, atol=3e-4 * float(whole.abs().max()), rtol=0)


def test_sound_comes_before_all_was_given(network: Kokoro) -> None:
    latents = 100
    generator, style = network.decoder.generator, torch.zeros(1, STYLE)

    def usual(norm: AdaptiveNorm, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return norm.line(style, torch.zeros(1, 1, 1), torch.ones(1, 1, 1))

    given = torch.randn(1, SHAPE.text, latents)
    with torch.inference_mode():
        parts = stream(generator, usual, given, excitation_of(network, latents), [20] * 5)
        first = next(parts)
    assert 5 * CURVE_STEP < len(first) < 20 * CURVE_STEP


@pytest.mark.parametrize(("latents", "first", "usual"), [(1, 28, 24), (28, 28, 24), (301, 28, 24)])
def test_pieces_add_up(latents: int, first: int, usual: int) -> None:
    steps = pieces_of(latents, first, usual)
    assert sum(steps) == latents
    assert all(step > 0 for step in steps)
    assert all(a >= b for a, b in pairwise(steps[1:]))
