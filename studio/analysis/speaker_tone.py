"""The tone that brings a voice nearest to a person: which frequencies to raise, which to lower.

Found by climbing through the speaker encoder: its gradient says how each mel band would have to
change for it to take the voice for the person. Only loud sounds are changed. They decide whom the
encoder hears, and most words are told apart by the soft ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from studio.analysis.speaker import spoken_windows
from studio.analysis.speaker_encoder import (
    MEL_BANDS,
    WINDOW_FRAMES,
    band_edges_hz,
    embeddings,
    encode,
)
from studio.types import Audio

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float64]

LIMIT: Final = float(np.log(10.0))
"""Most that a band's power is raised or lowered, in nepers of power: 10 dB."""

LOUD_DB: Final = 20.0
"""How far under the loudest sounds (95th percentile of power) the tone begins to act."""

FULL_DB: Final = 10.0
"""How far above that it acts in full."""

STEPS: Final = 12
"""More of them come nearer in these sentences and not in others."""

STEP_SIZE: Final = 0.6
MOMENTUM: Final = 0.8
SCALE_MEMORY: Final = 0.9

ROUGHNESS_COST: Final = 0.0007
"""Of squared differences between neighbouring bands: what follows single harmonics of the clip is
no property of the person."""

MOST_WINDOWS: Final = 12
"""Of each side, 1.6 s each, spread over the speech."""

WHOLE_STEPS: Final = 4
"""The last steps hear all windows of the voice. Those before hear one half and then the other: it
costs half as much and leads as far."""


def fit_tone(voice: Audio, person: Audio) -> Floats:
    """What to add to the log power of each mel band of ``voice`` where it is loud, float64 [40].

    ``voice`` speaks some sentences without a tone, ``person`` any. With the same torch and
    processor the same tone is found again.

    Raises:
        ClipRefusedError: there is no sound in one of them.
        AnalysisUnavailableError: the encoder is not installed.
    """
    import torch

    target = encode(_some_windows(person)).mean(axis=0)
    wanted = torch.from_numpy(target / np.linalg.norm(target))
    windows = _some_windows(voice)
    powers = torch.from_numpy(windows)
    widths = torch.from_numpy((band_edges_hz()[2:] - band_edges_hz()[:-2]).astype(np.float32))
    level_db = 10 * np.log10((windows * widths.numpy()).sum(axis=-1) + 1e-9)
    acts = loudness(level_db, float(np.percentile(level_db, 95))).astype(np.float32)
    shares = torch.from_numpy(acts[..., None])

    def cost(free: torch.Tensor, step: int) -> torch.Tensor:
        tone = _limited(free)
        whole = step > STEPS - WHOLE_STEPS or len(powers) < 2
        some = slice(None) if whole else slice(step % 2, None, 2)
        given = powers[some]
        toned = given * torch.exp(tone * shares[some])
        # The encoder hears every clip at one level.
        heard = embeddings(toned * ((given * widths).sum() / (toned * widths).sum()))
        mean = heard.mean(dim=0)
        alike = (mean / mean.norm()) @ wanted + (heard @ wanted).mean()
        rough = (tone[1:] - tone[:-1]).square().sum()
        total: torch.Tensor = ROUGHNESS_COST * rough - alike / 2
        return total

    found: Floats = _limited(_lowest(cost, MEL_BANDS)).numpy().astype(np.float64)
    return found


def loudness(level_db: Floats, top_db: float) -> Floats:
    """How much of the tone a sound of ``level_db`` gets, 0 to 1; loud ones reach ``top_db``."""
    share: Floats = np.clip((level_db - (top_db - LOUD_DB)) / FULL_DB, 0.0, 1.0)
    return share


def tone_at(tone: Floats, hz: Floats) -> Floats:
    """``tone`` [40] at the frequencies ``hz``: in straight lines, held beyond both ends."""
    return np.interp(hz, band_edges_hz()[1:-1], tone)


def _some_windows(audio: Audio) -> NDArray[np.float32]:
    windows = spoken_windows(audio, WINDOW_FRAMES)
    spread = np.linspace(0, len(windows) - 1, min(MOST_WINDOWS, len(windows))).round()
    return windows[spread.astype(np.intp)]


def _limited(free: torch.Tensor) -> torch.Tensor:
    held: torch.Tensor = LIMIT * (free / LIMIT).tanh()
    return held


def _lowest(cost: Callable[[torch.Tensor, int], torch.Tensor], size: int) -> torch.Tensor:
    """Where ``cost`` of a vector, at each step, becomes low, from zero on, by ``STEPS`` of them.

    Kingma, Ba: "Adam: a method for stochastic optimization", ICLR 2015; torch's own imports its
    compiler, which takes two seconds.
    """
    import torch

    free = torch.zeros(size)
    mean, square = torch.zeros(size), torch.zeros(size)
    for step in range(1, STEPS + 1):
        at = free.clone().requires_grad_()
        (slope,) = torch.autograd.grad(cost(at, step), at)
        mean = MOMENTUM * mean + (1 - MOMENTUM) * slope
        square = SCALE_MEMORY * square + (1 - SCALE_MEMORY) * slope.square()
        unbiased = mean / (1 - MOMENTUM**step)
        free = free - STEP_SIZE * unbiased / ((square / (1 - SCALE_MEMORY**step)).sqrt() + 1e-8)
    return free
