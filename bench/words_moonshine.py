"""Whether the words can be understood, by a second good recogniser, of another kind than Whisper.

It is Moonshine (Jeffries et al.: "Moonshine: speech recognition for live transcription and voice
commands", 2024) in its smallest English size, in a package of its makers that still holds the
weights. It hears the wave itself, no spectra, and writes down recordings of people nearly without
an error.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, SkipPart
from bench.material import Setting
from bench.words import RECOGNISER_RATE, compare

MODEL = "tiny-en"


def measure(setting: Setting) -> list[Figure]:
    if importlib.util.find_spec("moonshine_voice") is None:
        raise SkipPart("Moonshine is not installed: pip install --no-deps moonshine-voice==0.0.48")
    return compare(setting, Moonshine())


class Moonshine:
    """tiny-en, which is given each utterance whole."""

    def __init__(self) -> None:
        from moonshine_voice.moonshine_api import ModelArch
        from moonshine_voice.transcriber import Transcriber
        from moonshine_voice.utils import get_model_path

        # With a threshold it would drop what it takes for silence.
        self._transcriber: Any = Transcriber(
            str(get_model_path(MODEL)), ModelArch.TINY, options={"vad_threshold": "0.0"}
        )

    def hear(self, pcm: NDArray[np.int16]) -> str:
        """The words in ``pcm`` [n] at ``RECOGNISER_RATE``."""
        samples = (pcm.astype(np.float32) / 32_768).tolist()
        heard = self._transcriber.transcribe_without_streaming(samples, RECOGNISER_RATE)
        return " ".join(line.text for line in heard.lines)
