"""Graphs with the true interfaces of Kokoro and Piper that speak intelligibly, built in a moment: no training.

A graph holds one recording of each phoneme, and puts them one after the other, each as long as its duration says:
``w_ceil`` as in Piper, durations in frames as in Kokoro v1.1. Noise, speakers and styles change the sound, so that
whatever is given wrongly is heard.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from scipy.signal import resample_poly

Array = np.ndarray[Any, Any]
Snippets = Mapping[str, Array]
Export = Literal["v1.0", "community", "v1.1", "whole speeds"]

OPSET, IR = 15, 8
SNIPPET_RATE, PIPER_RATE, KOKORO_RATE = 22_050, 22_050, 24_000
PIPER_HOP, KOKORO_FRAME = 256, 600
LEVEL = 0.7
PAUSES = {" ": 0.012, ",": 0.12, ";": 0.12, ":": 0.12, ".": 0.2, "!": 0.2, "?": 0.2}
"""Seconds of what is not in the recordings."""
SPEAKERS = {"anna": 0, "bert": 1, "carl": 2}
SPEAKER_GAINS = (1.0, 0.6, 0.3)


COMPOUNDS = {
    "A": "eɪ",
    "I": "aɪ",
    "O": "oʊ",
    "Q": "əʊ",
    "W": "aʊ",
    "Y": "ɔɪ",
    "ʤ": "dʒ",
    "ʧ": "tʃ",
    "T": "ɾ",
    "ᵊ": "ə",
}
"""Symbols of misaki and what they sound like."""


class Graph:
    """Adds nodes by name, and initializers as they come."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def constant(self, name: str, value: Any, kind: Any = np.float32) -> str:
        self.constants[name] = numpy_helper.from_array(np.asarray(value, kind), name)
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def save(self, path: Path, inputs: list[Any], outputs: list[Any], metadata: Mapping[str, str]) -> Path:
        graph = helper.make_graph(self.nodes, "voice", inputs, outputs, list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
        helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model)
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, path)
        return path


def _recordings(
    graph: Graph, snippets: Snippets, ids: Mapping[str, int], size: int, rate: int, frame: int
) -> None:
    """``pool`` with all recordings, ``starts`` of each id in it and ``lengths`` in frames."""
    starts, lengths = np.zeros(size, np.int64), np.zeros(size, np.float32)
    parts: list[Array] = [np.zeros(frame * 30, np.float32)]  # silence first: what no recording has
    for symbol, number in ids.items():
        if symbol in snippets:
            sound = snippets[symbol]
            sound = sound if rate == SNIPPET_RATE else resample_poly(sound, rate // 150, SNIPPET_RATE // 150)
            lengths[number] = max(1, round(len(sound) / frame))
            starts[number] = sum(map(len, parts))
            parts.append(np.pad(sound, (0, frame)).astype(np.float32))
        elif symbol in PAUSES:
            lengths[number] = max(1, round(PAUSES[symbol] * rate / frame))
    parts.append(np.zeros(frame * 120, np.float32))
    graph.constant("pool", LEVEL * np.concatenate(parts), np.float16)
    graph.constant("starts", starts, np.int64)
    graph.constant("lengths", lengths)


def _spoken(
    graph: Graph, ids: str, scale: str, frame: int, noise: str | None = None, rounding: str = "Ceil"
) -> str:
    """From ids of shape (n,) to sound of shape (frames,), and ``w_ceil`` of shape (n,)."""
    for name, value in (("zero", 0), ("one", 1)):
        graph.constant(name, value, np.int64)
    graph.constant("column", [-1, 1], np.int64)
    graph.constant("row", [1, -1], np.int64)
    graph.constant("flat", [-1], np.int64)
    graph.constant("frame", float(frame))
    graph.node("Gather", ["lengths", ids], "length")
    if noise is not None:
        graph.constant("few", 0.2)
        graph.node("RandomNormalLike", ["length"], "wobble")
        graph.node("Mul", ["wobble", noise], "wobbling")
        graph.node("Mul", ["wobbling", "few"], "wobbled")
        graph.node("Exp", ["wobbled"], "factor")
        graph.node("Mul", ["length", "factor"], "uneven")
    graph.node("Mul", ["uneven" if noise else "length", scale], "scaled")
    if rounding == "Ceil":
        graph.node("Ceil", ["scaled"], "w_ceil")
    else:
        graph.constant("least", 0.0)
        graph.node("Round", ["scaled"], "rounded")
        graph.node("Clip", ["rounded", "least"], "w_ceil")
    graph.node("Mul", ["w_ceil", "frame"], "samples")
    graph.node("ReduceMax", ["samples"], "longest_", keepdims=0)
    graph.node("Cast", ["longest_"], "longest", to=TensorProto.INT64)
    graph.node("Range", ["zero", "longest", "one"], "steps")
    graph.node("Gather", ["starts", ids], "begin")
    graph.node("Reshape", ["begin", "column"], "begins")
    graph.node("Mul", ["length", "frame"], "recorded")
    graph.node("Reshape", ["recorded", "column"], "recordeds")
    graph.node("Cast", ["steps"], "stepsf", to=TensorProto.FLOAT)
    graph.node("Reshape", ["stepsf", "row"], "stepsr")
    graph.node("Min", ["stepsr", "recordeds"], "stepsc")  # what is longer than recorded ends in its silence
    graph.node("Cast", ["stepsc"], "stepsi", to=TensorProto.INT64)
    graph.node("Add", ["begins", "stepsi"], "places")
    graph.node("Gather", ["pool", "places"], "halves")
    graph.node("Cast", ["halves"], "sounds", to=TensorProto.FLOAT)
    graph.node("Reshape", ["samples", "column"], "ends")
    graph.node("Less", ["stepsr", "ends"], "mask")
    graph.node("Reshape", ["sounds", "flat"], "soundsf")
    graph.node("Reshape", ["mask", "flat"], "maskf")
    return graph.node("Compress", ["soundsf", "maskf"], "spoken", axis=0)


def piper_graph(
    path: Path,
    snippets: Snippets,
    id_map: Mapping[str, Sequence[int]],
    *,
    speakers: Mapping[str, int] | None = None,
    aligned: bool = False,
    gain: float = 1.0,
    ceilings: int = 1,
    **config: Any,
) -> Path:
    """A voice, ``path`` and ``path + .json``. ``aligned`` graphs have the second output of piper's own patch; with
    several ``ceilings`` nobody can tell which tensor holds the durations."""
    graph = Graph()
    ids = {phoneme: numbers[0] for phoneme, numbers in id_map.items() if len(numbers) == 1}
    _recordings(graph, snippets, ids, 256, PIPER_RATE, PIPER_HOP)
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, ["batch_size", "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch_size"]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    for index, name in enumerate(("noise_scale", "length_scale", "noise_w")):
        graph.constant(f"at{index}", index, np.int64)
        graph.node("Gather", ["scales", f"at{index}"], name)
    graph.constant("all", [-1], np.int64)
    graph.node("Reshape", ["input", "all"], "ids")
    spoken = _spoken(graph, "ids", "length_scale", PIPER_HOP, noise="noise_w")
    graph.constant("hiss", 0.01)
    graph.node("RandomNormalLike", [spoken], "white")
    graph.node("Mul", ["white", "noise_scale"], "whiter")
    graph.node("Mul", ["whiter", "hiss"], "whitest")
    graph.node("Add", [spoken, "whitest"], "voiced")
    graph.constant("gain", gain)
    for number in range(1, ceilings):
        graph.node("Ceil", ["scales"], f"ceiling{number}")
    if speakers is not None:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, ["batch_size"]))
        graph.constant("gains", SPEAKER_GAINS)
        graph.node("Gather", ["gains", "sid"], "speaker_gain")
        graph.node("Mul", ["voiced", "speaker_gain"], "spoken_by")
    graph.node("Mul", ["voiced" if speakers is None else "spoken_by", "gain"], "loud")
    graph.constant("shape", [1, 1, -1], np.int64)
    graph.node("Reshape", ["loud", "shape"], "output")
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch_size", 1, "time"])]
    if aligned:
        outputs.append(helper.make_tensor_value_info("w_ceil", TensorProto.FLOAT, ["phonemes"]))
    settings = {
        "audio": {"sample_rate": PIPER_RATE, "quality": "low"},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": {phoneme: list(numbers) for phoneme, numbers in id_map.items()},
        "num_symbols": 256,
        "num_speakers": len(speakers or {}) or 1,
        "speaker_id_map": dict(speakers or {}),
        "piper_version": "1.0.0",
        **config,
    }
    graph.save(path, inputs, outputs, {})
    path.with_name(path.name + ".json").write_text(json.dumps(settings, ensure_ascii=False), "utf-8")
    return path


def kokoro_graph(
    path: Path,
    snippets: Snippets,
    vocabulary: Mapping[str, int],
    export: Export = "v1.0",
    *,
    noisy: bool = False,
    rounding: str = "Round",
) -> Path:
    """One of the exports that there are. The style's sum makes it louder or softer, by up to a third.

    Without ``rounding`` by Round nobody finds the durations inside of the graph.
    """
    graph = Graph()
    compounds = {one: np.concatenate([snippets[part] for part in parts]) for one, parts in COMPOUNDS.items()}
    _recordings(graph, {**snippets, **compounds}, vocabulary, 178, KOKORO_RATE, KOKORO_FRAME)
    tokens = "tokens" if export == "v1.0" else "input_ids"
    speed = TensorProto.INT32 if export == "whole speeds" else TensorProto.FLOAT
    inputs = [
        helper.make_tensor_value_info(tokens, TensorProto.INT64, [1, "n"]),
        helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
        helper.make_tensor_value_info("speed", speed, [1]),
    ]
    graph.constant("all", [-1], np.int64)
    graph.node("Reshape", [tokens, "all"], "ids")
    graph.node("Cast", ["speed"], "speedf", to=TensorProto.FLOAT)
    graph.node("Reciprocal", ["speedf"], "slowness")
    spoken = _spoken(graph, "ids", "slowness", KOKORO_FRAME, rounding=rounding)
    graph.constant("half", 0.3)
    graph.constant("unit", 1.0)
    graph.node("ReduceSum", ["style"], "sum", keepdims=0)
    graph.node("Tanh", ["sum"], "bounded")
    graph.node("Mul", ["bounded", "half"], "swing")
    graph.node("Add", ["swing", "unit"], "louder")
    voiced = graph.node("Mul", [spoken, "louder"], "voiced")
    if noisy:
        graph.constant("hiss", 0.002)
        graph.node("RandomNormalLike", [voiced], "white")
        graph.node("RandomUniformLike", [voiced], "uniform")
        graph.node("Add", ["white", "uniform"], "mixed")
        graph.node("Mul", ["mixed", "hiss"], "hissing")
        voiced = graph.node("Add", [voiced, "hissing"], "breathed")
    name = "audio" if export == "v1.0" else "waveform"
    row = export == "community"
    graph.constant("shape", [1, -1] if row else [-1], np.int64)
    graph.node("Reshape", [voiced, "shape"], name)
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "t"] if row else ["t"])]
    if export == "v1.1":
        graph.node("Cast", ["w_ceil"], "duration", to=TensorProto.INT64)
        outputs.append(helper.make_tensor_value_info("duration", TensorProto.INT64, ["n"]))
    metadata = {"kokoro_config": json.dumps({"vocab": dict(vocabulary)})} if export == "v1.1" else {}
    return graph.save(path, inputs, outputs, metadata)


def kokoro_voices(names: Iterable[str], seed: int = 0) -> dict[str, Array]:
    """Styles of shape (510, 1, 256) in which every row sums to something else."""
    draw = np.random.default_rng(seed)
    return {name: (draw.normal(size=(510, 1, 256)) / 16).astype(np.float32) for name in names}
