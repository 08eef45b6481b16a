"""A trained voice as the wheel carries it: two graphs of ONNX whose weights are stored in half precision, and voice.json."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from mixdown_tts_onnx.mixdown.features import FEATURES, FRAME_MS, POSITIONS
from training.voice.batches import Scale
from training.voice.network import Network
from training.voice.plan import KERNEL
from training.voice.targets import LAYOUTS
from training.voice.voices import Voice

Weights = dict[str, NDArray[np.float32]]
_HALVED = 256
"""Tensors with more values are stored in half precision: runtimes widen them once, when they load."""
_OPSET, _IR = 17, 8


def written(voice: Voice, network: Network, scale: Scale, folder: Path) -> dict[str, str]:
    """Into ``folder``; the hashes of the graphs, by file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in (("encoder.onnx", encoder(network)), ("decoder.onnx", decoder(network, scale))):
        (folder / name).write_bytes(model.SerializeToString())
    hashes = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.onnx"))
    }
    description = {
        "name": voice.name,
        "language": "en-US",
        "gender": voice.gender,
        "rate": voice.rate,
        "frame_ms": FRAME_MS,
        "mel_cepstra": LAYOUTS[voice.teacher].cepstra,
        "alpha": voice.alpha,
        "bands_hz": list(voice.bands_hz),
        "decoder_field": network.size.reach,
        "mean_log_f0": round(float(scale.mean[0]), 6),
        "teacher": voice.learnt_from,
        "licence": voice.licence,
        "sha256": hashes,
    }
    (folder / "voice.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    return hashes


def encoder(network: Network) -> onnx.ModelProto:
    """phones int64 (1, n), features (1, n, FEATURES) to hidden (1, n, D) and durations (1, n), in frames."""
    graph = _Graph(network)
    x = graph.add("Gather", "phone.weight", "phones")
    x = graph.add("Add", x, graph.linear("features", "feature"))
    for number in range(network.size.encoder):
        x = graph.block(x, f"encoder.{number}")
    x = graph.norm(x, "hidden", out="hidden")
    for number in range(network.size.timing):
        x = graph.block(x, f"timing.{number}")
    logs = graph.add("Squeeze", graph.linear(x, "duration"), graph.constant("last", np.array([-1])))
    graph.add("Exp", logs, out="durations")
    width = network.size.width
    return graph.model(
        "encoder",
        [_value("phones", [1, "n"], TensorProto.INT64), _value("features", [1, "n", FEATURES])],
        [_value("hidden", [1, "n", width]), _value("durations", [1, "n"])],
    )


def decoder(network: Network, scale: Scale) -> onnx.ModelProto:
    """hidden (1, t, D), position (1, t, POSITIONS) to parameters (1, t, width of the layout), scaled back."""
    graph = _Graph(network)
    width = len(scale.mean)
    graph.weights["parameter.weight"] *= scale.deviation[:, None]
    graph.weights["parameter.bias"] = graph.weights["parameter.bias"] * scale.deviation + scale.mean
    x = graph.add("Add", "hidden", graph.linear("position", "position"))
    for number in range(network.size.decoder):
        x = graph.block(x, f"decoder.{number}")
    x = graph.linear(graph.norm(x, "normal"), "parameter")
    cuts = graph.constant("cuts", np.array([1, 1, width - 2]))
    pitch, voicing, rest = graph.split(x, cuts, 3)
    graph.add("Concat", pitch, graph.add("Sigmoid", voicing), rest, out="parameters", axis=-1)
    return graph.model(
        "decoder",
        [_value("hidden", [1, "t", network.size.width]), _value("position", [1, "t", POSITIONS])],
        [_value("parameters", [1, "t", width])],
    )


class _Graph:
    """A graph of ONNX that grows at its end, over the network's weights by their names."""

    def __init__(self, network: Network) -> None:
        self.weights: Weights = {
            name: tensor.detach().float().numpy().copy() for name, tensor in network.state_dict().items()
        }
        self._nodes: list[onnx.NodeProto] = []
        self._used: dict[str, NDArray[Any]] = {}

    def add(self, kind: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        for name in inputs:
            if name in self.weights:
                self._used[name] = self.weights[name]
        name = out or f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def split(self, x: str, cuts: str, parts: int) -> list[str]:
        names = [f"{x}_{part}" for part in range(parts)]
        self._nodes.append(helper.make_node("Split", [x, cuts], names, axis=-1))
        return names

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self._used[name] = values
        return name

    def linear(self, x: str, layer: str) -> str:
        weight = self.constant(f"{layer}.transposed", self.weights[f"{layer}.weight"].T.copy())
        return self.add("Add", self.add("MatMul", x, weight), f"{layer}.bias")

    def norm(self, x: str, layer: str, out: str = "") -> str:
        return self.add(
            "LayerNormalization", x, f"{layer}.weight", f"{layer}.bias", out=out, axis=-1, epsilon=1e-5
        )

    def block(self, x: str, name: str) -> str:
        """Its gate goes into the weights before it."""
        gate = self.weights[f"{name}.gate"]
        self.weights[f"{name}.narrow.weight"] *= gate[:, None]
        self.weights[f"{name}.narrow.bias"] *= gate
        near = self.constant(f"{name}.near", self.weights[f"{name}.near.weight"][:, :, 0])
        y = self.add("Transpose", x, perm=[0, 2, 1])
        pads = [KERNEL // 2] * 2
        y = self.add("Conv", y, near, f"{name}.near.bias", group=len(gate), pads=pads)
        y = self.norm(self.add("Transpose", y, perm=[0, 2, 1]), f"{name}.norm")
        y = self.linear(self.add("Relu", self.linear(y, f"{name}.widen")), f"{name}.narrow")
        return self.add("Add", x, y)

    def model(
        self, name: str, inputs: list[onnx.ValueInfoProto], outputs: list[onnx.ValueInfoProto]
    ) -> onnx.ModelProto:
        stored, widened = [], []
        for weight, values in self._used.items():
            halved = values.dtype == np.float32 and values.size > _HALVED
            if halved:
                values = values.astype(np.float16)
                widened.append(helper.make_node("Cast", [f"{weight}.half"], [weight], to=TensorProto.FLOAT))
            stored.append(numpy_helper.from_array(values, f"{weight}.half" if halved else weight))
        graph = helper.make_graph([*widened, *self._nodes], name, inputs, outputs, stored)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
        onnx.checker.check_model(model, full_check=True)
        return model


def _value(name: str, shape: list[int | str], kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)
