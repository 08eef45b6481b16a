"""Voices with random weights: graphs of the true interface, and what they compute, in numpy.

Blocks as the trained ones have, a depthwise convolution and two layers for each frame, so that what lies around a frame
matters as far as the description says and no further. The last layer's biases are those of speech: a pitch, a level.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from mixdown_tts_onnx.mixdown.description import DECODER, ENCODER, FILE
from mixdown_tts_onnx.mixdown.features import FEATURES, PHONES, POSITIONS

Array = np.ndarray[Any, Any]
Weights = Mapping[str, Array]

OPSET, IR = 17, 8
WIDTH, KERNEL, BLOCKS = 16, 5, 3
FIELD = BLOCKS * (KERNEL // 2)
DURATION, PITCH, LEVEL = 7.0, 4.7, -3.0


@dataclass(frozen=True)
class Voice:
    """What a voice is made of. ``members`` are those of its description."""

    members: Mapping[str, Any]
    encoder: Weights
    decoder: Weights

    @property
    def parameters(self) -> int:
        bands = self.members["bands_hz"]
        return int(2 + self.members["mel_cepstra"] + max(0, len(bands) - 1))


def voice(seed: int = 1, *, rate: int = 16_000, banded: bool = True, **members: Any) -> Voice:
    draw = np.random.default_rng(seed)
    described = {
        "language": "en-US",
        "gender": "male",
        "rate": rate,
        "frame_ms": 10,
        "mel_cepstra": 12,
        "alpha": 0.42,
        "bands_hz": [0, 1000, 2000, 4000, rate // 2] if banded else [],
        "decoder_field": FIELD,
        "mean_log_f0": PITCH,
        "teacher": "a random number generator",
        "licence": "MIT",
        **members,
    }
    width = 2 + described["mel_cepstra"] + max(0, len(described["bands_hz"]) - 1)
    encoder = _weights(draw, FEATURES, 1)
    encoder["table"] = _normal(draw, len(PHONES) + 1, WIDTH)
    encoder["out.bias"][:] = np.log(DURATION)
    decoder = _weights(draw, POSITIONS, width)
    decoder["out.bias"][:3] = PITCH, 0.5, LEVEL
    decoder["out.bias"][2 + described["mel_cepstra"] :] = 0.6
    return Voice(described, encoder, decoder)


def _normal(draw: np.random.Generator, *shape: int) -> Array:
    return (draw.standard_normal(shape) / np.sqrt(shape[0])).astype(np.float32)


def _weights(draw: np.random.Generator, given: int, made: int) -> dict[str, Array]:
    weights = {"in": _normal(draw, given, WIDTH), "out": 0.05 * _normal(draw, WIDTH, made)}
    weights["out.bias"] = np.zeros(made, np.float32)
    for block in range(BLOCKS):
        weights[f"{block}.depthwise"] = _normal(draw, KERNEL, WIDTH)
        weights[f"{block}.up"] = _normal(draw, WIDTH, 2 * WIDTH)
        weights[f"{block}.down"] = _normal(draw, 2 * WIDTH, WIDTH)
    return weights


def write(folder: Path, made: Voice) -> Path:
    """The three files of a voice, ``folder`` being called as it is."""
    folder.mkdir(parents=True)
    _save_encoder(folder / ENCODER, made.encoder)
    _save_decoder(folder / DECODER, made.decoder)
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (ENCODER, DECODER)}
    (folder / FILE).write_text(json.dumps({**made.members, "sha256": hashes}))
    return folder


# ---------------------------------------------------------------- as graphs


class Graph:
    def __init__(self, weights: Weights) -> None:
        self.nodes: list[Any] = []
        self.constants = [numpy_helper.from_array(value, name) for name, value in weights.items()]

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, name: str, value: Array) -> str:
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def blocks(self, start: str) -> str:
        """Of shape (1, n, WIDTH), and so is what comes."""
        for block in range(BLOCKS):
            prefix = f"{block}."
            self.node("Transpose", [start], prefix + "turned", perm=[0, 2, 1])
            weight = self.node("Transpose", [prefix + "depthwise"], prefix + "columns", perm=[1, 0])
            axis = self.constant(prefix + "axis", np.array([1]))
            weight = self.node("Unsqueeze", [weight, axis], prefix + "kernel")
            around = {"group": WIDTH, "pads": [KERNEL // 2, KERNEL // 2]}
            self.node("Conv", [prefix + "turned", weight], prefix + "around", **around)
            self.node("Transpose", [prefix + "around"], prefix + "back", perm=[0, 2, 1])
            self.node("MatMul", [prefix + "back", prefix + "up"], prefix + "raised")
            self.node("Relu", [prefix + "raised"], prefix + "bent")
            self.node("MatMul", [prefix + "bent", prefix + "down"], prefix + "lowered")
            start = self.node("Add", [start, prefix + "lowered"], prefix + "done")
        return start

    def save(self, file: Path, inputs: list[Any], outputs: list[Any]) -> None:
        graph = helper.make_graph(self.nodes, "voice", inputs, outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
        onnx.checker.check_model(model)
        onnx.save(model, file)


def _tensor(name: str, *shape: int | str, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def _save_encoder(file: Path, weights: Weights) -> None:
    graph = Graph(weights)
    graph.node("Gather", ["table", "phones"], "named")
    graph.node("MatMul", ["features", "in"], "described")
    graph.node("Add", ["named", "described"], "start")
    hidden = graph.node("Identity", [graph.blocks("start")], "hidden")
    graph.node("MatMul", [hidden, "out"], "logs_")
    graph.node("Add", ["logs_", "out.bias"], "logs")
    graph.node("Exp", ["logs"], "columns_")
    graph.node("Squeeze", ["columns_", graph.constant("last", np.array([2]))], "durations")
    inputs = [_tensor("phones", 1, "n", kind=TensorProto.INT64), _tensor("features", 1, "n", FEATURES)]
    graph.save(file, inputs, [_tensor("hidden", 1, "n", WIDTH), _tensor("durations", 1, "n")])


def _save_decoder(file: Path, weights: Weights) -> None:
    graph = Graph(weights)
    graph.node("MatMul", ["position", "in"], "placed")
    graph.node("Add", ["hidden", "placed"], "start")
    graph.node("MatMul", [graph.blocks("start"), "out"], "parameters_")
    graph.node("Add", ["parameters_", "out.bias"], "parameters")
    made = len(weights["out.bias"])
    inputs = [_tensor("hidden", 1, "t", WIDTH), _tensor("position", 1, "t", POSITIONS)]
    graph.save(file, inputs, [_tensor("parameters", 1, "t", made)])


# ---------------------------------------------------------------- in numpy


def encoded(weights: Weights, phones: Array, features: Array) -> tuple[Array, Array]:
    """Hidden states (n, WIDTH) and durations (n,)."""
    hidden = _through(weights, weights["table"][phones] + features @ weights["in"])
    return hidden, np.exp(hidden @ weights["out"] + weights["out.bias"])[:, 0]


def decoded(weights: Weights, hidden: Array, position: Array) -> Array:
    """Parameters (t, width) of hidden states (t, WIDTH)."""
    return _through(weights, hidden + position @ weights["in"]) @ weights["out"] + weights["out.bias"]


def _through(weights: Weights, rows: Array) -> Array:
    rows = rows.astype(np.float64)
    for block in range(BLOCKS):
        padded = np.pad(rows, ((KERNEL // 2, KERNEL // 2), (0, 0)))
        kernel = weights[f"{block}.depthwise"]
        around = sum(kernel[tap] * padded[tap : tap + len(rows)] for tap in range(KERNEL))
        rows = rows + np.maximum(around @ weights[f"{block}.up"], 0) @ weights[f"{block}.down"]
    return rows
