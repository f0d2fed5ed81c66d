"""The sizes of Mimi, as Kyutai published it (Défossez et al., "Moshi", 2024)."""

from __future__ import annotations

from typing import Final

NAME: Final = "mimi"
CODEBOOKS: Final = 32
CODEBOOK_SIZE: Final = 2_048
CODEBOOK_DIM: Final = 256
SEMANTIC_CODEBOOKS: Final = 1
"""The first codebook is trained on its own and has its own projection."""

DIM: Final = 512
HEADS: Final = 8
HEAD_DIM: Final = DIM // HEADS
LAYERS: Final = 8
FEED_FORWARD: Final = 2_048
ROPE_PERIOD: Final = 10_000.0
NORM_EPSILON: Final = 1e-5

STEPS_PER_FRAME: Final = 2
"""The transformers run at 25 Hz, twice the rate of frames."""

SAMPLES_PER_STEP: Final = 960

WINDOW: Final = 250
"""Steps that one step of a transformer sees, itself included (10 s)."""

FILTERS: Final = 64
RATIOS: Final = (8, 6, 5, 4)
"""How far each stage of the decoder stretches time; the encoder shrinks it the other way round."""

FIRST_TAPS: Final = 7
LAST_TAPS: Final = 3
RESIDUAL_TAPS: Final = 3

SMALLEST_USAGE: Final = 1e-5
"""A codeword is its sum divided by how often it was used, and by no less than this."""
