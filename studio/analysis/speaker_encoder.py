"""Resemblyzer's speaker encoder, run without the rest of that package.

The network and its weights are Resemblyzer's (Apache-2.0; G. Wan et al., "Generalized end-to-end
loss for speaker verification", 2018): three LSTM layers over 40 mel bands and one linear layer.
Only its weight file is read. Importing the package itself would pull in webrtcvad and librosa,
which cost seconds and warnings and bring nothing that is needed here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from studio.errors import AnalysisUnavailableError

if TYPE_CHECKING:
    import torch

ENCODER_RATE: Final = 16_000
HOP_SAMPLES: Final = 160
FRAMES_PER_S: Final = ENCODER_RATE // HOP_SAMPLES
WINDOW_FRAMES: Final = 160
"""Mel frames that the network was trained to read at a time (1.6 s)."""

LEVEL_RMS: Final = 0.1
"""Level at which the encoder hears everything: its spectra are linear in power, so that level alone
would move an embedding."""

EMBEDDING_SIZE: Final = 256
MEL_BANDS: Final = 40

# Embeddings of other weights could not be compared with those kept in profiles, and a file that
# has been checked is safe to read although its format is a pickle.
_WEIGHTS_SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"

_FFT_SAMPLES = 400
_HIDDEN = 256
_LAYERS = 3
# Windows read at once: more would be no quicker and would hold more memory.
_BATCH = 64

_loading = threading.Lock()


def weights_path() -> Path | None:
    """Where Resemblyzer keeps its weights, found without importing it; None when it is absent."""
    spec = importlib.util.find_spec("resemblyzer")
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        path = Path(folder) / "pretrained.pt"
        if path.is_file():
            return path
    return None


def mel_frames(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mel power spectra of ``samples`` (float32 [n] at 16 kHz): float32 [1 + n // 160, 40].

    Slaney's mel scale with bands of equal area, as librosa makes them by default.
    """
    half = _FFT_SAMPLES // 2
    padded = np.pad(samples, half)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT_SAMPLES)[::HOP_SAMPLES]
    window = np.hanning(_FFT_SAMPLES + 1)[:-1].astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    return (power @ mel_bands().T).astype(np.float32)


def encode(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Embeddings of mel ``windows`` float32 [k, frames, 40]: float32 [k, 256], rows of length 1.

    Safe to call from several threads.

    Raises:
        AnalysisUnavailableError: the encoder is not installed or its weights do not load.
    """
    import torch

    batches = []
    with torch.inference_mode():
        for start in range(0, len(windows), _BATCH):
            batch = torch.from_numpy(np.ascontiguousarray(windows[start : start + _BATCH]))
            batches.append(embeddings(batch).numpy())
    return np.concatenate(batches)


def embeddings(windows: torch.Tensor) -> torch.Tensor:
    """``encode`` for a tensor [k, frames, 40], and open to gradients with respect to it.

    Raises:
        AnalysisUnavailableError: the encoder is not installed or its weights do not load.
    """
    import torch

    lstm, linear = _network()
    _, (hidden, _) = lstm(windows)
    raw = torch.relu(linear(hidden[-1]))
    unit: torch.Tensor = raw / raw.norm(dim=1, keepdim=True).clamp_min(1e-9)
    return unit


def _network() -> tuple[torch.nn.LSTM, torch.nn.Linear]:
    # The cache alone would let two threads load the weights at the same time.
    with _loading:
        return _load_network()


@lru_cache(maxsize=1)
def _load_network() -> tuple[torch.nn.LSTM, torch.nn.Linear]:
    path = weights_path()
    if path is None:
        raise AnalysisUnavailableError(
            "Voices cannot be compared: the speaker encoder is missing. "
            "Install it with 'pip install Resemblyzer'."
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != _WEIGHTS_SHA256:
        raise AnalysisUnavailableError(
            "Voices cannot be compared: the speaker encoder's weights are damaged or of another "
            "version. Install it again with 'pip install --force-reinstall Resemblyzer==0.1.4'."
        )
    import torch

    # Outside inference mode, whoever loads them first: inside, they would be closed to gradients.
    with torch.inference_mode(False):
        # Not drawn at random first: the caller's random numbers must not move.
        with torch.device("meta"):
            lstm = torch.nn.LSTM(MEL_BANDS, _HIDDEN, _LAYERS, batch_first=True)
            linear = torch.nn.Linear(_HIDDEN, EMBEDDING_SIZE)
        weights = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
        for name, layer in (("lstm.", lstm), ("linear.", linear)):
            own = {k.removeprefix(name): v for k, v in weights.items() if k.startswith(name)}
            layer.load_state_dict(own, assign=True)
    return lstm.eval().requires_grad_(False), linear.eval().requires_grad_(False)


@lru_cache(maxsize=1)
def _band_edges_hz() -> NDArray[np.float64]:
    """Edges of the mel bands, float64 [42]: band i begins at i, peaks at i + 1, ends at i + 2."""
    return _mel_to_hz(
        np.linspace(0.0, _hz_to_mel(ENCODER_RATE / 2), MEL_BANDS + 2, dtype=np.float64)
    )


@lru_cache(maxsize=1)
def mel_bands() -> NDArray[np.float32]:
    """Weights [40, 201] of the bins of a spectrum, 40 Hz apart."""
    edges = _band_edges_hz()
    bins = np.linspace(0.0, ENCODER_RATE / 2, _FFT_SAMPLES // 2 + 1)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    bands: NDArray[np.float32] = (np.maximum(0.0, triangles) * 2 / (high - low)).astype(np.float32)
    return bands


# Slaney's scale: linear below 1 kHz (15 mel), logarithmic above (27 mel per factor 6.4).
def _hz_to_mel(hz: float) -> float:
    return 15.0 + 27.0 * float(np.log(hz / 1000.0) / np.log(6.4))


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    hz: NDArray[np.float64] = np.where(
        mel < 15.0, mel * 200.0 / 3.0, 1000.0 * np.exp((mel - 15.0) * np.log(6.4) / 27.0)
    )
    return hz
