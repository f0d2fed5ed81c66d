"""Kokoro-82M: both halves together."""

from __future__ import annotations

from studio.engines.kokoro.network.blocks import Shape
from studio.engines.kokoro.network.first_half import Prosody
from studio.engines.kokoro.network.kernel import FastConvolutions
from studio.engines.kokoro.network.vocoder import VocoderBody


class Kokoro(Prosody):
    """The whole network: phonemes and a prosody style to lengths, pitch and energy; these and a
    timbre to sound. ``fast`` makes the sound quicker, where there is a compiler."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.decoder = VocoderBody(shape)
        self.fast: FastConvolutions | None = None
