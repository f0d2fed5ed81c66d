"""The network is the one in the packages: their own graph, run by onnxruntime, says the same."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from studio.engines.kokoro.network import parts
from studio.engines.kokoro.network.blocks import moments
from studio.engines.kokoro.network.kokoro import Kokoro
from studio.engines.kokoro.network.loading import load_network
from studio.engines.kokoro.person.calibration import TEXTS
from studio.engines.kokoro.person.prior import load_prior
from studio.engines.kokoro.speech.lines import FixedLines, Measuring
from studio.engines.kokoro.speech.rendering import (
    halves,
    lay_out,
    sound_of,
    stream_of,
    tokens_of,
    usual_frames,
)

SYMBOLS = next(iter(TEXTS.values()))
MISSING = parts.unavailable()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


@pytest.fixture(scope="module")
def network() -> Kokoro:
    return load_network(None)


def bands_db(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean level in twelve bands from 100 Hz to 10 kHz."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, 1_024)[::256]
    power = (np.abs(np.fft.rfft(frames * np.hanning(1_024))) ** 2).mean(axis=0)
    hz = np.fft.rfftfreq(1_024, 1 / 24_000)
    edges = np.geomspace(100, 10_000, 13)
    rows = [power[(hz >= a) & (hz < b)].mean() for a, b in pairwise(edges)]
    return 10 * np.log10(np.array(rows))


def test_the_packages_own_graph_says_the_same(network: Kokoro) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    prior = load_prior()
    style = torch.from_numpy(prior.style(prior.stock[prior.names.index("af_heart")]))
    session = onnxruntime.InferenceSession(parts.joined(), providers=["CPUExecutionProvider"])
    given = {
        "tokens": tokens_of(SYMBOLS).numpy(),
        "style": style[None].numpy(),
        "speed": np.ones(1, np.float32),
    }
    theirs = session.run(None, given)[0].reshape(-1)
    timbre, prosody = halves(style)
    with torch.inference_mode():
        reading = network.read(tokens_of(SYMBOLS), prosody)
        frames = usual_frames(reading.frames)
        layout = lay_out(network, reading.plain, reading.spoken, frames, prosody)
        ours = sound_of(network, layout, timbre, Measuring(timbre), seed=1).numpy()
    # Theirs computes in 8 bits, which moves a phoneme by a frame of 25 ms now and then.
    assert abs(len(ours) + 600 * layout.skipped - len(theirs)) <= 5 * 600
    # The level is another one by 3 dB in all bands, and set for each voice anyway.
    apart_db = bands_db(ours) - bands_db(theirs)
    assert np.abs(apart_db - apart_db.mean()).max() < 2.5


def test_lines_that_were_measured_once_serve_another_sentence(network: Kokoro) -> None:
    first, second = TEXTS.values()
    timbre, prosody = halves(torch.from_numpy(load_prior().mean))
    with torch.inference_mode():
        measuring = Measuring(timbre)

        def layout_of(symbols: str) -> object:
            reading = network.read(tokens_of(symbols), prosody)
            frames = usual_frames(reading.frames)
            return lay_out(network, reading.plain, reading.spoken, frames, prosody)

        sound_of(network, layout_of(first), timbre, measuring, seed=1)  # type: ignore[arg-type]
        lines = FixedLines(
            network.decoder.generator, timbre, measuring.moments(network.decoder.generator)
        )
        other = layout_of(second)
        whole = sound_of(network, other, timbre, Measuring(timbre), seed=1)  # type: ignore[arg-type]
        parts_of_it = list(stream_of(network, other, timbre, lines, seed=1))  # type: ignore[arg-type]
    assert len(parts_of_it) > 3
    streamed = torch.cat(parts_of_it)
    assert len(streamed) == len(whole)
    # Up to 2.5 kHz, where the voice is; above it the hiss of one sentence is not that of another.
    apart_db = (bands_db(streamed.numpy()) - bands_db(whole.numpy()))[:8]
    assert np.abs(apart_db).max() < 1.0


def test_a_norm_is_a_line() -> None:
    from studio.engines.kokoro.network.blocks import AdaptiveNorm

    torch.manual_seed(1)
    norm, x, style = AdaptiveNorm(5), torch.randn(1, 5, 40) * 3 + 1, torch.randn(1, 128)
    factor, shift = norm.line(style, *moments(x))
    torch.testing.assert_close(norm(x, style), factor * x + shift)
