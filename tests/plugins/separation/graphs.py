"""Small graphs with the interface of HT-Demucs exports, built with the onnx package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

FRAMES = 343_980
TAPS = np.hanning(203)[1:-1] / np.hanning(203).sum()
"""A low-pass: what it keeps is bass."""
SHARES = {"drums": 0.5, "other": 0.2, "vocals": 0.3, "guitar": 0.0, "piano": 0.0}
"""Of what it takes away."""


def export(
    path: Path,
    *,
    stems: int = 4,
    inputs: tuple[tuple[str, list[int | str]], ...] = (("mix", [1, 2, FRAMES]),),
    outputs: list[int | str] | None = None,
    kind: int = TensorProto.FLOAT,
) -> Path:
    """A graph at ``path``: a low-pass for the bass, shares of the rest for the others."""
    shape = [1, stems, 2, FRAMES] if outputs is None else outputs
    number = {TensorProto.FLOAT: np.float32, TensorProto.FLOAT16: np.float16}[kind]
    names = ["drums", "bass", "other", "vocals", "guitar", "piano", *(f"more{n}" for n in range(9))][:stems]
    kernel = np.repeat(TAPS[None, None], 2, axis=0).astype(number)
    mix, pads = inputs[0][0], [len(TAPS) // 2] * 2
    nodes = [
        helper.make_node("Conv", [mix, "taps"], ["low"], group=2, pads=pads),
        helper.make_node("Sub", [mix, "low"], ["high"]),
    ]
    values = [numpy_helper.from_array(kernel, "taps"), numpy_helper.from_array(np.array([1]), "axis")]
    for name in names:
        values.append(numpy_helper.from_array(np.array(SHARES.get(name, 1.0), number), f"{name}_share"))
        source = "low" if name == "bass" else "high"
        nodes.append(helper.make_node("Mul", [source, f"{name}_share"], [name]))
        nodes.append(helper.make_node("Unsqueeze", [name, "axis"], [f"{name}_apart"]))
    nodes.append(helper.make_node("Concat", [f"{name}_apart" for name in names], ["stems"], axis=1))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, kind, size) for name, size in inputs],
        [helper.make_tensor_value_info("stems", kind, shape)],
        values,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def low(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """The whole of a signal's bass, as the graph would find it had it no segments."""
    return np.stack([np.convolve(channel, TAPS, "same") for channel in samples.T.astype(np.float64)], axis=1)


def export_hybrid(path: Path, *, columns: int | str = 336, outputs: int = 2) -> Path:
    """A graph that leaves the Fourier transform to its caller. A quarter of each stem is in its wave, and in its spectrum
    so much that the sum is its share of the mixture: `HYBRID_SHARES`."""
    spectrum, waves = [1, 4, 2048, columns], [1, 4, 2, FRAMES]
    nodes = [
        helper.make_node("Mul", ["mix", "quarter"], ["wave"]),
        helper.make_node("Unsqueeze", ["wave", "axis"], ["one_wave"]),
        helper.make_node("Concat", ["one_wave"] * 4, ["waves"], axis=1),
        helper.make_node("Unsqueeze", ["spectrum", "axis"], ["one_spectrum"]),
        helper.make_node("Mul", ["one_spectrum", "shares"], ["spectra"]),
    ]
    shares = np.array(HYBRID_SHARES, np.float32).reshape(1, 4, 1, 1, 1) - 0.25
    values = [
        numpy_helper.from_array(np.array(0.25, np.float32), "quarter"),
        numpy_helper.from_array(np.array([1]), "axis"),
        numpy_helper.from_array(shares.astype(np.float32), "shares"),
    ]
    kind = TensorProto.FLOAT
    given = [("mix", [1, 2, FRAMES]), ("spectrum", spectrum)]
    made = [("spectra", [1, 4, *spectrum[1:]]), ("waves", waves)][2 - outputs :]
    graph = helper.make_graph(
        nodes,
        "hybrid",
        [helper.make_tensor_value_info(name, kind, size) for name, size in given],
        [helper.make_tensor_value_info(name, kind, size) for name, size in made],
        values,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


HYBRID_SHARES = (0.4, 0.1, 0.2, 0.3)
"""Of drums, bass, other and vocals."""
