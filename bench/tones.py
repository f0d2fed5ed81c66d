"""An engine whose voices are tones: each sounds at the pitch that its transcript names, in Hz.

So it can be measured whose voice is heard, however many speak at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from studio.engines.base import EngineInfo
from studio.engines.registry import EngineSpec
from studio.text.prepared import PreparedText
from studio.types import SAMPLE_RATE, Progress, Segment, SpeechFrame, SpeechOptions

NAME: Final = "tones"
FRAMES: Final = 5
FRAME_S: Final = 0.08


@dataclass
class ToneContext:
    """A voice: its pitch in Hz."""

    pitch_hz: float
    positions: int = 0
    nbytes: int = 8

    def fork(self) -> ToneContext:
        return ToneContext(self.pitch_hz)


class ToneEngine:
    """Speaks at once, and says nothing."""

    info = EngineInfo(
        name=NAME, label="Tones, for measuring", revision="1", dtype="float32", device="cpu",
        sample_rate=SAMPLE_RATE, frame_s=FRAME_S, max_positions=None, capabilities=frozenset(),
    )  # fmt: skip

    def prepare(
        self,
        segments: Sequence[Segment],
        base: ToneContext | None = None,
        progress: Progress | None = None,
    ) -> ToneContext:
        return ToneContext(float(segments[0].transcript.split()[-1]))

    def stream(
        self, context: ToneContext, text: PreparedText, options: SpeechOptions
    ) -> Iterator[SpeechFrame]:
        width = round(FRAME_S * SAMPLE_RATE)
        for number in range(FRAMES):
            at = (np.arange(width) + number * width) / SAMPLE_RATE
            tone = 0.3 * np.sin(2 * np.pi * context.pitch_hz * at)
            yield SpeechFrame(number, tone.astype(np.float32), len(text.text))

    def save_context(self, context: ToneContext, path: Path) -> None:
        path.write_text(f"{context.pitch_hz}")

    def load_context(self, path: Path) -> ToneContext:
        return ToneContext(float(path.read_text()))

    def close(self) -> None:
        """There is nothing to let go of."""


SPEC = EngineSpec(NAME, ToneEngine.info.label, lambda setup: ToneEngine(), lambda setup: None)


def install(folder: Path) -> None:
    """Lay down in ``folder`` what makes the engine known to a program with it on its path."""
    info = folder / "tones-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tones\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[studio.engines]\n{NAME} = bench.tones:SPEC\n")


def pitch_hz(samples: np.ndarray) -> float:
    """The strongest tone in ``samples``."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * SAMPLE_RATE / len(samples))
