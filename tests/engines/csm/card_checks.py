"""The kernels for one row say what torch's operations say.

On a graphics card they run there. Elsewhere Triton interprets them, one program after another:
exact, but slow. ``test_card`` runs this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from studio.engines.csm.card import kernels
from studio.engines.csm.card.captured import CudaGraphs, Work
from studio.engines.csm.card.step import CardStep
from studio.engines.csm.model.frame import FrameStep
from studio.engines.csm.model.network import CsmModel
from studio.engines.csm.model.sampling import Sampling
from studio.engines.csm.talk.context import ReadTurns
from studio.engines.csm.talk.generating import VoiceModel
from studio.engines.csm.talk.prefill import Prefill
from studio.types import SpeechOptions
from tests.engines.csm import own

# Triton's interpreter reads a scalar in a way that numpy is about to give up.
pytestmark = pytest.mark.filterwarnings("ignore:Conversion of an array:DeprecationWarning")

CARD = torch.cuda.is_available()
DEVICE = torch.device("cuda" if CARD else "cpu")
EPS = 1e-5
SAMPLED = SpeechOptions(seed=11)
ON_CARD = pytest.mark.skipif(not CARD, reason="there is no graphics card")


def drawn(*size: int, seed: int = 0) -> Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed)).to(DEVICE)


@pytest.mark.parametrize("columns", [64, 96])
@pytest.mark.parametrize("normed", [False, True])
@pytest.mark.parametrize("add", [False, True])
def test_a_product(columns: int, normed: bool, add: bool) -> None:
    x, weight, scale = drawn(columns), drawn(12, columns, seed=1), drawn(columns, seed=2)
    out = drawn(12, seed=3)
    vector = functional.rms_norm(x, (columns,), scale, EPS) if normed else x
    expected = weight @ vector + (out if add else 0.0)
    kernels.multiply[(3,)](
        x, scale, weight, out, EPS,
        COLUMNS=columns, WIDTH=64 if columns == 64 else 128, ROWS=4, NORM=normed, ADD=add,
        AHEAD=False,
    )  # fmt: skip
    torch.testing.assert_close(out, expected, rtol=1e-4, atol=1e-5)


def test_a_gated_product() -> None:
    x, weight, scale = drawn(64), drawn(16, 64, seed=1), drawn(64, seed=2)
    out = torch.zeros(8, device=DEVICE)
    gate, up = (weight @ functional.rms_norm(x, (64,), scale, EPS)).chunk(2)
    kernels.multiply_gated[(4,)](
        x, scale, weight, out, EPS, 8, COLUMNS=64, WIDTH=64, ROWS=2, AHEAD=False
    )
    torch.testing.assert_close(out, functional.silu(gate) * up, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("last", [0, 6, 7, 8, 20])
def test_attention_sees_all_positions_up_to_its_own_and_no_other(last: int) -> None:
    """In blocks of 8 positions; the positions behind are not numbers."""
    heads, kv_heads, positions, size = 4, 2, 21, 16
    queries, keys, values = drawn(heads, size), drawn(2, positions, size), drawn(2, positions, size)
    seen = slice(0, last + 1)
    expected = functional.scaled_dot_product_attention(
        queries[None, :, None], keys[None, :, seen], values[None, :, seen], enable_gqa=True
    ).flatten()
    keys[:, last + 1 :] = values[:, last + 1 :] = torch.nan
    out = torch.zeros(heads * size, device=DEVICE)
    kernels.attend[(heads,)](
        queries, keys, values, torch.tensor([last], device=DEVICE), out, size**-0.5, positions,
        GROUP=heads // kv_heads, HEAD_DIM=size, BLOCK=8, AHEAD=False,
    )  # fmt: skip
    torch.testing.assert_close(out, expected, rtol=1e-4, atol=1e-5)


def choose(logits: Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    """The code that is drawn as the second of a frame."""
    codes = len(logits)
    noise = torch.zeros(1, codes, device=DEVICE)
    sampling.draw_noise(1, generator, noise)
    greedy = sampling.greedy
    settings = torch.tensor([1.0, 0.0] if greedy else [1 / sampling.temperature, 1.0]).to(DEVICE)
    top_k = torch.tensor([codes if greedy else sampling.top_k], device=DEVICE)
    frame = torch.full((3,), -1, device=DEVICE)
    table, row = drawn(2 * codes, 16), torch.zeros(16, device=DEVICE)
    kernels.choose[(1,)](
        logits, noise, settings, top_k, frame, table, row, 1, codes,
        CODES=codes, ALL=64, HIDDEN=16, WIDTH=16, EMBED=True, AHEAD=False,
    )  # fmt: skip
    assert frame[0] == frame[2] == -1
    code = int(frame[1])
    torch.testing.assert_close(row, table[codes + code])
    return code


def test_the_likeliest_code() -> None:
    logits = drawn(50)
    code = choose(logits, Sampling(0.0, 50), torch.Generator(DEVICE))
    assert code == int(logits.argmax())


@pytest.mark.parametrize("top_k", [1, 5, 16])
def test_codes_are_drawn_as_often_as_they_are_likely(top_k: int) -> None:
    logits = 2 * drawn(16)
    likely, among = logits.topk(top_k)
    share = torch.zeros(16, device=DEVICE)
    share[among] = (likely / 0.9).softmax(0)
    generator = torch.Generator(DEVICE).manual_seed(0)
    codes = [choose(logits, Sampling(0.9, top_k), generator) for _ in range(300)]
    found = torch.bincount(torch.tensor(codes), minlength=16).to(DEVICE) / 300
    assert not found[share == 0].any()
    assert (found - share).abs().sum() / 2 < 0.12  # about 0.06 for a fair draw of so many


def test_a_reply_is_the_usual_one_to_the_code(checkpoint: Path) -> None:
    """Greedy and in float32, after a voice: the codes, and the keys and values of what was said."""
    usual, voices = own.from_checkpoint(checkpoint), own.from_checkpoint(checkpoint, device=DEVICE)
    memory = usual.prepare([own.segment("the quick brown fox", own.random_codes(9))])
    rows = usual.text.turn("how are you", 0, None).ids
    start, frames = memory.read + len(rows), 12 if CARD else 2
    made: list[tuple[Tensor, Tensor]] = []
    step = CardStep(_shortened(voices.reader.model), CudaGraphs(DEVICE) if CARD else _as_it_is)
    for runs, one in ((usual, FrameStep(_shortened(usual.reader.model))), (voices, step)):
        hidden = runs.reader.continue_from(one, memory, [rows])
        generator = torch.Generator(runs.reader.model.device)
        run = one.run(hidden, start, Sampling(0.0, 50), generator)
        codes = []
        for _ in range(frames):
            run.launch()
            codes.append(run.take())
        made.append((torch.stack(codes), one.kv.copy_out(0, start + frames - 1).cpu()))
    (expected, expected_kv), (codes, kv) = made
    assert codes.tolist() == expected.tolist()
    torch.testing.assert_close(kv, expected_kv, rtol=1e-4, atol=1e-4)


@ON_CARD
def test_on_a_card_speech_comes_from_the_kernels(checkpoint: Path) -> None:
    voices = own.from_checkpoint(checkpoint, device=DEVICE)
    reader = Prefill(voices.reader.model, CudaGraphs(DEVICE))
    reader.warm_up()
    with reader.working() as step:
        assert isinstance(step, CardStep)
    assert not reader.note
    said = own.take_frames(VoiceModel(reader, voices.text).speak(ReadTurns(), "hello", SAMPLED), 30)
    assert said.shape == (32, 30)


def _shortened(model: CsmModel) -> CsmModel:
    """``model`` with as many codebooks as can be waited for."""
    if CARD:
        return model
    shape = replace(model.shape, codebooks=8)
    return replace(model, shape=shape, depth_heads=model.depth_heads[: shape.codebooks - 1])


def _as_it_is(work: Work, buffers: Sequence[Tensor]) -> Work:
    """In place of a capture, where there is no card."""
    return work
