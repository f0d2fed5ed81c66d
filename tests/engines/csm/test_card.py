"""The kernels for one row say what torch's operations say.

On a graphics card they run there. Elsewhere Triton interprets them, one program after another, which
is exact but slow: a frame of the small model takes ten seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from studio.engines.csm.captured import CudaGraphs, Work
from studio.engines.csm.generating import Voices
from studio.engines.csm.reading import Reader
from studio.engines.csm.sampling import Sampling
from studio.types import SpeechOptions
from tests.engines.csm import own

pytest.importorskip("triton", reason="triton is made for Linux only")

CARD = torch.cuda.is_available()
DEVICE = torch.device("cuda" if CARD else "cpu")
EPS = 1e-5
ON_CARD = pytest.mark.skipif(not CARD, reason="there is no graphics card")


@pytest.fixture(scope="module")
def kernels() -> Iterator[ModuleType]:
    """The kernels, which Triton compiles or interprets as it was told when they were imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_INTERPRET", "0" if CARD else "1")
        for name in ("card_kernels", "card_frame"):
            sys.modules.pop(f"studio.engines.csm.{name}", None)
        from studio.engines.csm import card_kernels

        yield card_kernels


def drawn(*size: int, seed: int = 0) -> Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed)).to(DEVICE)


@pytest.mark.parametrize("columns", [64, 96])
@pytest.mark.parametrize("normed", [False, True])
@pytest.mark.parametrize("add", [False, True])
def test_a_product(kernels: Any, columns: int, normed: bool, add: bool) -> None:
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


def test_a_gated_product(kernels: Any) -> None:
    x, weight, scale = drawn(64), drawn(16, 64, seed=1), drawn(64, seed=2)
    out = torch.zeros(8, device=DEVICE)
    gate, up = (weight @ functional.rms_norm(x, (64,), scale, EPS)).chunk(2)
    kernels.multiply_gated[(4,)](
        x, scale, weight, out, EPS, 8, COLUMNS=64, WIDTH=64, ROWS=2, AHEAD=False
    )
    torch.testing.assert_close(out, functional.silu(gate) * up, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("last", [0, 6, 7, 8, 20])
def test_attention_sees_all_positions_up_to_its_own_and_no_other(kernels: Any, last: int) -> None:
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


def choose(
    kernels: Any, logits: Tensor, sampling: Sampling, generator: torch.Generator
) -> tuple[int, Tensor]:
    """The code that is drawn as the second of a frame, and the row that is read for it."""
    codes = len(logits)
    noise = torch.zeros(1, codes, device=DEVICE)
    sampling.draw_noise(1, generator, noise)
    greedy = sampling.greedy
    frame = torch.full((3,), -1, device=DEVICE)
    table, row = drawn(2 * codes, 16), torch.zeros(16, device=DEVICE)
    kernels.choose[(1,)](
        logits, noise, torch.tensor([1.0, 0.0] if greedy else [1 / sampling.temperature, 1.0]).to(DEVICE),
        torch.tensor([codes if greedy else sampling.top_k], device=DEVICE), frame, table, row, 1, codes,
        CODES=codes, ALL=64, HIDDEN=16, WIDTH=16, EMBED=True, AHEAD=False,
    )  # fmt: skip
    assert frame[0] == frame[2] == -1
    code = int(frame[1])
    torch.testing.assert_close(row, table[codes + code])
    return code, row


def test_the_likeliest_code(kernels: Any) -> None:
    logits = drawn(50)
    code, _ = choose(kernels, logits, Sampling(0.0, 50), torch.Generator(DEVICE))
    assert code == int(logits.argmax())


@pytest.mark.parametrize("top_k", [1, 5, 50])
def test_codes_are_drawn_as_often_as_they_are_likely(kernels: Any, top_k: int) -> None:
    logits = 2 * drawn(50)
    likely, codes = logits.topk(top_k)
    share = torch.zeros(50, device=DEVICE)
    share[codes] = (likely / 0.9).softmax(0)
    generator = torch.Generator(DEVICE).manual_seed(0)
    drawn_codes = [choose(kernels, logits, Sampling(0.9, top_k), generator)[0] for _ in range(400)]
    found = torch.bincount(torch.tensor(drawn_codes), minlength=50).to(DEVICE) / 400
    assert not found[share == 0].any()
    # Of a fair draw of so many, this distance is above 0.15 in fewer than one of a million.
    assert (found - share).abs().sum() / 2 < 0.15


class AsItIs:
    """Has the work done, where there is no card that could capture it."""

    def __call__(self, work: Work, buffers: Sequence[Tensor]) -> Work:
        return work


def test_a_reply_is_the_usual_one_to_the_code(kernels: Any, checkpoint: Path) -> None:
    """Greedy and in float32, with a voice before it: keys, values and codes."""
    from studio.engines.csm.card_step import CardStep

    usual = own.from_checkpoint(checkpoint)
    voices = own.from_checkpoint(checkpoint, device=DEVICE)
    clip = own.segment("the quick brown fox", own.random_codes(9))
    capture = CudaGraphs(DEVICE) if CARD else AsItIs()
    step = CardStep(voices.reader.model, capture)
    frames = 12 if CARD else 2
    memory = usual.prepare([clip])
    expected = own.greedy(usual, memory, "how are you", frames)
    said = _say(voices, step, memory, "how are you", frames)
    assert said.tolist() == expected.tolist()
