"""The Silero voice activity network, run in numpy on the weights that silero-vad ships.

The network is small (0.3 million weights), and all but its LSTM can be computed for a whole clip
at once: that is faster than the packaged model, needs no torch, holds no state between calls and
is therefore safe to share between threads. Architecture: snakers4/silero-vad, 16 kHz branch (short
Fourier transform as a convolution, four convolutions, LSTM, one linear unit).
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]

SILERO_RATE: Final = 16_000
STEP: Final = 512
"""Samples of one step; its probability is for these 32 ms."""

STEP_S: Final = STEP / SILERO_RATE

_STEPS_AT_ONCE: Final = 1_024
_CONTEXT: Final = 64
_WINDOW: Final = 256
_HOP: Final = 128
_UNITS: Final = 128
_STRIDES: Final = (1, 2, 2, 1)
_WEIGHTS_FILE: Final = "silero_vad_16k.safetensors"


class SileroMissingError(Exception):
    """silero-vad is not installed, or does not bring the weights in this form."""


@cache
def load_weights() -> Weights:
    """The packaged weights; read once.

    Raises:
        SileroMissingError
    """
    # Found, not imported: importing silero_vad would import torch and set its thread count.
    spec = importlib.util.find_spec("silero_vad")
    places = list(spec.submodule_search_locations or []) if spec else []
    path = Path(places[0]) / "data" / _WEIGHTS_FILE if places else None
    if path is None or not path.is_file():
        raise SileroMissingError("silero-vad is not installed with its safetensors weights")
    from safetensors.numpy import load_file

    weights: Weights = load_file(path)
    return weights


def speech_probabilities(samples: NDArray[np.float32], weights: Weights) -> NDArray[np.float32]:
    """How likely each 32 ms of ``samples`` (float32 [n] at 16 kHz) is speech: float32 [steps]."""
    steps = _steps(samples)
    basis = weights["stft_conv.weight"]
    hidden = [
        _encode(_magnitudes(steps[start : start + _STEPS_AT_ONCE], basis), weights)
        for start in range(0, len(steps), _STEPS_AT_ONCE)
    ]
    if not hidden:
        return np.zeros(0, dtype=np.float32)
    states = _lstm(np.concatenate(hidden), weights)
    scores = np.maximum(states, 0) @ weights["final_conv.weight"][0, :, 0]
    return _sigmoid(scores + weights["final_conv.bias"])


def _steps(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """[steps, 64 + 512]: each step sees the last 64 samples before it, too."""
    count = -(-len(samples) // STEP)
    padded = np.zeros(_CONTEXT + count * STEP, dtype=np.float32)
    padded[_CONTEXT : _CONTEXT + len(samples)] = samples
    if not count:
        return np.zeros((0, _CONTEXT + STEP), dtype=np.float32)
    return np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT + STEP)[::STEP]


def _magnitudes(steps: NDArray[np.float32], basis: NDArray[np.float32]) -> NDArray[np.float32]:
    """The short spectra of each step: [steps, frequencies, 4]."""
    blocks = np.pad(steps, ((0, 0), (0, _CONTEXT)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(blocks, _WINDOW, axis=1)[:, ::_HOP]
    flat = windows.reshape(-1, _WINDOW)  # one large product is far quicker than many small ones
    spectrum = (flat @ basis[:, 0].T).reshape(len(steps), -1, len(basis))
    bins = spectrum.shape[-1] // 2
    power = np.square(spectrum[..., :bins]) + np.square(spectrum[..., bins:])
    return np.asarray(np.sqrt(power).transpose(0, 2, 1), dtype=np.float32)


def _encode(hidden: NDArray[np.float32], weights: Weights) -> NDArray[np.float32]:
    """Four convolutions of width 3 with ReLU: [steps, frequencies, 4] to [steps, 128]."""
    for layer, stride in enumerate(_STRIDES, start=1):
        kernel = weights[f"conv{layer}.weight"]
        padded = np.pad(hidden, ((0, 0), (0, 0), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=2)[:, :, ::stride]
        steps, channels, length, _ = windows.shape
        flat = windows.transpose(0, 2, 1, 3).reshape(steps * length, channels * 3)
        out = flat @ kernel.reshape(len(kernel), -1).T + weights[f"conv{layer}.bias"]
        hidden = np.maximum(out, 0).reshape(steps, length, len(kernel)).transpose(0, 2, 1)
    return hidden[:, :, 0]


def _lstm(inputs: NDArray[np.float32], weights: Weights) -> NDArray[np.float32]:
    """The states [steps, 128] over time; gates in the order input, forget, cell, output."""
    bias = weights["lstm_cell.bias_ih"] + weights["lstm_cell.bias_hh"]
    driven = inputs @ weights["lstm_cell.weight_ih"].T + bias
    recurrent = np.ascontiguousarray(weights["lstm_cell.weight_hh"].T)
    state = np.zeros(_UNITS, dtype=np.float32)
    cell = np.zeros(_UNITS, dtype=np.float32)
    states = np.empty((len(inputs), _UNITS), dtype=np.float32)
    for step, drive in enumerate(driven):
        gates = drive + state @ recurrent
        admit, forget = np.split(_sigmoid(gates[: 2 * _UNITS]), 2)
        cell = forget * cell + admit * np.tanh(gates[2 * _UNITS : 3 * _UNITS])
        state = _sigmoid(gates[3 * _UNITS :]) * np.tanh(cell)
        states[step] = state
    return states


def _sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)), dtype=np.float32)
