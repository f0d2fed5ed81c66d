"""One sentence through the network: what it wishes, what is delivered, and the sound of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from studio.engines.kokoro.network.blocks import STYLE
from studio.engines.kokoro.network.kokoro import Kokoro
from studio.engines.kokoro.network.vocoder import CURVE_STEP, HARMONICS, SPECTRA, Lines, excite
from studio.engines.kokoro.phonemes.reader import vocabulary
from studio.engines.kokoro.speech.lines import FixedLines
from studio.engines.kokoro.speech.streaming import pieces_of, stream

LEAD_FRAMES: Final = 3
"""Of 25 ms before the first sound. By itself the network waits a third of a second, and it needs
that to say the first word whole: so it is given all of it, and only the sound of it is left out."""

TAIL_FRAMES: Final = 3
LAST_MARK_FRAMES: Final = 6
"""The mark that ends a sentence is silence: pauses between sentences are made behind it."""

_FIRST_PIECE: Final = 28
_PIECE: Final = 24
"""Latents of 12.5 ms in one step of the work; the first one gives what is left of it when the
convolutions have seen 0.14 s ahead."""


@dataclass(frozen=True, eq=False)
class SentenceLayout:
    """A sentence in time. ``said`` [1, 512, t] every 25 ms, ``pitch_hz`` and ``energy`` [1, 2 t],
    ``frames`` [n] of each token. The first ``skipped`` frames are read and not heard."""

    said: Tensor
    pitch_hz: Tensor
    energy: Tensor
    frames: Tensor

    @property
    def skipped(self) -> int:
        return max(0, int(self.frames[0]) - LEAD_FRAMES)

    @property
    def heard(self) -> int:
        """Frames of 25 ms that are heard."""
        return int(self.frames.sum()) - self.skipped


def tokens_of(symbols: str) -> Tensor:
    """int64 [1, n + 2] for the network."""
    numbers = vocabulary()
    return torch.tensor([[0, *(numbers[symbol] for symbol in symbols), 0]])


def usual_frames(wished: Tensor) -> Tensor:
    """Whole frames [n] as the network wishes them."""
    return torch.round(wished).clamp(min=1).long()


def trimmed(frames: Tensor, symbols: str) -> Tensor:
    """``frames`` [n + 2] without the silence at the end."""
    frames = frames.clone()
    frames[-1] = frames[-1].clamp(max=TAIL_FRAMES)
    if symbols and symbols[-1] in ".!?…,;:—":
        frames[-2] = frames[-2].clamp(max=LAST_MARK_FRAMES)
    return frames


def lay_out(
    network: Kokoro, plain: Tensor, spoken: Tensor, frames: Tensor, prosody: Tensor
) -> SentenceLayout:
    """What was read (``prosody.Reading``), laid out in time by ``frames`` [n]."""
    places = torch.repeat_interleave(torch.arange(len(frames)), frames)
    pitch_hz, energy = network.curves(spoken[:, places], prosody)
    return SentenceLayout(plain[:, :, places], pitch_hz, energy, frames)


def sound_of(
    network: Kokoro, layout: SentenceLayout, timbre: Tensor, lines: Lines, seed: int
) -> Tensor:
    """Samples [600 heard] of the whole sentence at once; ``lines`` may look at all of it."""
    return torch.cat(list(_pieces(network, layout, timbre, lines, seed, None)))


def open_sound_of(
    network: Kokoro, layout: SentenceLayout, timbre: Tensor, lines: Lines, seed: int
) -> Tensor:
    """``sound_of`` with gradients for ``timbre``: slower, and it keeps all that is between."""
    latents, excitation = _given(network, layout, timbre, seed)
    return network.decoder.generator(latents, excitation, lines)  # type: ignore[no-any-return]


def stream_of(
    network: Kokoro, layout: SentenceLayout, timbre: Tensor, lines: FixedLines, seed: int
) -> Iterator[Tensor]:
    """The same in parts, each made when it is asked for."""
    return _pieces(network, layout, timbre, lines, seed, (_FIRST_PIECE, _PIECE))


def halves(style: Tensor) -> tuple[Tensor, Tensor]:
    """Timbre and prosody, each [1, 128], of ``style`` [256]."""
    return style[None, :STYLE], style[None, STYLE:]


def _pieces(
    network: Kokoro,
    layout: SentenceLayout,
    timbre: Tensor,
    lines: Lines,
    seed: int,
    sizes: tuple[int, int] | None,
) -> Iterator[Tensor]:
    latents, excitation = _given(network, layout, timbre, seed)
    count = latents.shape[-1]
    pieces = [count] if sizes is None else pieces_of(count, *sizes)
    return stream(network.decoder.generator, lines, latents, excitation, pieces, network.fast)


def _given(
    network: Kokoro, layout: SentenceLayout, timbre: Tensor, seed: int
) -> tuple[Tensor, Tensor]:
    """Latents and excitation of what is heard, for ``Generator``."""
    count = layout.pitch_hz.shape[-1]
    drawn = torch.Generator().manual_seed(seed)
    noise = torch.randn(HARMONICS, count * CURVE_STEP, generator=drawn)
    excitation = excite(network.decoder.generator.m_source(layout.pitch_hz, noise))
    latents = network.decoder.latents(layout.said, layout.pitch_hz, layout.energy, timbre)
    start = 2 * layout.skipped
    return latents[..., start:], excitation[..., SPECTRA * start :]
