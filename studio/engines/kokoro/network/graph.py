"""The int8 graph of Kokoro-82M turned into the float32 parameters it was made of.

The packages carry the network as an ONNX graph with dynamic quantisation. Most initializers keep
the parameters' names; the tables below say where the others are. They hold for this very graph,
whose sha256 is checked before (``parts.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

Floats = NDArray[np.float32]

_LAYER: Final = "bert.encoder.albert_layer_groups.0.albert_layers.0."

# Matrices that are multiplied from the right, and so stand transposed.
_PRODUCTS: Final = {
    "bert.encoder.embedding_hidden_mapping_in": "onnx::MatMul_6547",
    _LAYER + "attention.query": "onnx::MatMul_6548_3",
    _LAYER + "attention.key": "onnx::MatMul_6551_3",
    _LAYER + "attention.value": "onnx::MatMul_6554_3",
    _LAYER + "attention.dense": "onnx::MatMul_6558_3",
    _LAYER + "ffn": "onnx::MatMul_6559_3",
    _LAYER + "ffn_output": "onnx::MatMul_6560_3",
    "bert_encoder": "onnx::MatMul_6704",
    "predictor.duration_proj.linear_layer": "onnx::MatMul_6886",
    "decoder.generator.m_source.l_linear": "onnx::MatMul_6993",
}

# Number of the input weights; the recurrent ones have the next number, the biases the one before.
_RECURRENT: Final = {
    "text_encoder.lstm": 6930,
    "predictor.text_encoder.lstms.0": 6749,
    "predictor.text_encoder.lstms.2": 6794,
    "predictor.text_encoder.lstms.4": 6839,
    "predictor.lstm": 6884,
    "predictor.shared": 6981,
}
_HIDDEN: Final = 256

_PLAIN: Final = ("conv1", "conv2", "conv1x1")
_STRETCHING: Final = ("pool", "conv1", "conv2", "conv1x1")


def parameters(model: ModelProto) -> dict[str, Floats]:
    """All parameters by name, float32, as ``network.Kokoro`` takes them."""
    graph = _Graph(model)
    found: dict[str, Floats] = {}
    for name in graph.names:
        if name.startswith(("encoder.", "decoder.")):
            found[name.split(".", 1)[1]] = graph.value(name)
    for name, value in list(found.items()):  # linear layers stand transposed; embeddings do not
        if name.endswith(".fc.weight"):
            found[name] = np.ascontiguousarray(value.T)
    for name, product in _PRODUCTS.items():
        found[f"{name}.weight"] = np.ascontiguousarray(graph.value(product).T)
    for name, number in _RECURRENT.items():
        found.update(_recurrent(graph, name, number))
    for name, folded in _convolutions():
        found[f"{name}.weight"] = graph.value(folded)
    return found


def _convolutions() -> Iterator[tuple[str, str]]:
    """Convolutions, whose weights were folded into constants numbered in the order of use."""

    def numbered(prefix: str, numbers: Iterator[int] | range) -> Iterator[str]:
        for number in numbers:
            yield f"{prefix}/Mul{f'_{number}' if number else ''}_output_0"

    for layer in range(3):
        yield f"text_encoder.cnn.{layer}.0", f"/encoder/text_encoder/cnn.{layer}/Mul_output_0"
    for curve in ("F0", "N"):
        for block in range(3):
            convs: tuple[str, ...] = _STRETCHING if block == 1 else _PLAIN[:2]
            folded = numbered(f"/encoder/{curve}.{block}", range(len(convs)))
            for conv, constant in zip(convs, folded, strict=True):
                yield f"predictor.{curve}.{block}.{conv}", constant
    root = "/decoder/decoder"
    yield "decoder.F0_conv", f"{root}/Mul_output_0"
    yield "decoder.N_conv", f"{root}/Mul_1_output_0"
    yield "decoder.asr_res.0", f"{root}/asr_res/Mul_output_0"
    for name in ("encode", "decode.0", "decode.1", "decode.2", "decode.3"):
        convs = _STRETCHING if name == "decode.3" else _PLAIN
        folded = numbered(f"{root}/{name}", range(len(convs)))
        for conv, constant in zip(convs, folded, strict=True):
            yield f"decoder.{name}.{conv}", constant
    last = numbered(f"{root}/generator", range(3))
    for name, constant in zip(("ups.0", "ups.1", "conv_post"), last, strict=True):
        yield f"decoder.generator.{name}", constant
    for blocks, count in (("noise_res", 2), ("resblocks", 6)):
        for block in range(count):
            inside = f"{root}/generator/{blocks}.{block}"
            for kind, first in (("convs1", 2), ("convs2", 5)):
                folded = numbered(inside, range(first, first + 18, 6))
                for place, constant in enumerate(folded):
                    yield f"decoder.generator.{blocks}.{block}.{kind}.{place}", constant


def _recurrent(graph: _Graph, name: str, number: int) -> Iterator[tuple[str, Floats]]:
    wide = graph.recurrent(number, 0)
    deep = graph.recurrent(number + 1, 1)
    bias = graph.value(f"onnx::LSTM_{number - 1}")
    for direction, suffix in enumerate(("", "_reverse")):
        yield f"{name}.weight_ih_l0{suffix}", _torch_gates(wide[direction]).T.copy()
        yield f"{name}.weight_hh_l0{suffix}", _torch_gates(deep[direction]).T.copy()
        yield f"{name}.bias_ih_l0{suffix}", _torch_gates(bias[direction][: 4 * _HIDDEN])
        yield f"{name}.bias_hh_l0{suffix}", _torch_gates(bias[direction][4 * _HIDDEN :])


def _torch_gates(values: Floats) -> Floats:
    """The last axis from ONNX's order of gates (in, out, forget, cell) to torch's."""
    into, out, forget, cell = np.split(values, 4, axis=-1)
    return np.concatenate([into, forget, cell, out], axis=-1)


class _Graph:
    """Initializers by name, dequantised."""

    def __init__(self, model: ModelProto) -> None:
        from onnx import numpy_helper

        self._values: dict[str, NDArray[Any]] = {
            one.name: numpy_helper.to_array(one) for one in model.graph.initializer
        }
        self._readers: dict[str, tuple[NodeProto, int]] = {}
        self._by_input: dict[str, list[NodeProto]] = {}
        for node in model.graph.node:
            for place, name in enumerate(node.input):
                self._by_input.setdefault(name, []).append(node)
                if name.endswith("_quantized") and name in self._values:
                    self._readers[name] = (node, place)

    @property
    def names(self) -> list[str]:
        """Of the parameters, without what belongs to their quantisation."""
        ends = ("_scale", "_zero_point", "_reshape_shape")
        return [name.removesuffix("_quantized") for name in self._values if not name.endswith(ends)]

    def value(self, name: str) -> Floats:
        stored = self._values.get(f"{name}_quantized")
        if stored is None:
            return self._values[name].astype(np.float32)
        scale, zero = self._values[f"{name}_scale"], self._zero_point(name)
        if scale.size > 1:  # one for each output: the last axis of a matrix, else the first
            axis = stored.ndim - 1 if stored.ndim == 2 else 0
            shape = [1] * stored.ndim
            shape[axis] = scale.size
            scale, zero = scale.reshape(shape), zero.reshape(shape if zero.size > 1 else ())
        dequantised: Floats = (stored.astype(np.float32) - zero.astype(np.float32)) * scale
        return dequantised

    def recurrent(self, number: int, which: int) -> Floats:
        """Weights of an LSTM, [2, inputs, 1024]: scales are per output and direction."""
        name = f"onnx::LSTM_{number}"
        node, _ = self._readers[f"{name}_quantized"]
        zero = self._values[node.input[9 + 2 * which]]  # X W R B lengths h c P, then W's and R's
        stored = self._values[f"{name}_quantized"].astype(np.float32)
        scale = self._values[f"{name}_scale"]
        dequantised: Floats = (stored - _across(zero)) * _across(scale)
        return dequantised

    def _zero_point(self, name: str) -> NDArray[Any]:
        own = self._values.get(f"{name}_zero_point")
        if own is not None:
            return own
        # Equal ones were merged: the node that reads the weights names the one that stands for all.
        node, place = self._readers[f"{name}_quantized"]
        if node.op_type == "Gather":
            node = next(
                n for n in self._by_input[node.output[0]] if n.op_type == "DequantizeLinear"
            )
            place = 0
        return self._values[node.input[place + 2]]


def _across(values: NDArray[Any]) -> Floats:
    return values.astype(np.float32).reshape(2, 1, -1)
