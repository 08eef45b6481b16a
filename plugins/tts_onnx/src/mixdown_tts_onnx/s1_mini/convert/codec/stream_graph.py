"""Graphs whose time runs along rows and whose past is explicit state.

Every value is a matrix (time, channels). What a causal layer needs of the past enters as an input ``state.<name>`` of
fixed shape, zero at the start, and leaves as the output ``next.<name>``: running a sequence in pieces then gives what
running it whole gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from mixdown_tts_onnx.s1_mini.convert.graph import FLOAT, ExternalData, GraphBuilder, value

END = 2**31 - 1


class StreamGraph(GraphBuilder):
    """A graph with its inputs and outputs in the making.

    Args:
        half: keep matrices on disk in float16. They are float32 when the graph runs: ONNX Runtime computes what depends
            on constants only once, when it loads.
    """

    def __init__(self, data: ExternalData, *, half: bool = False) -> None:
        super().__init__(data)
        self._half = half
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, dtype: int, *shape: int | str) -> str:
        self._inputs.append(value(name, dtype, *shape))
        return name

    def output(self, name: str, dtype: int, *shape: int | str) -> None:
        self._outputs.append(value(name, dtype, *shape))

    def matrix(self, name: str, array: NDArray[np.float32]) -> str:
        """A large float32 weight."""
        if not self._half:
            return self.weight(name, array)
        return self.one("Cast", self.weight(name, array.astype(np.float16)), to=FLOAT)

    def rows(self, x: str, start: int, end: int, *, axis: int = 0) -> str:
        """A slice along one axis; ``END`` for everything up to the end."""
        return self.one("Slice", x, self.ints(start), self.ints(end), self.ints(axis))

    def reshape(self, x: str, *shape: int) -> str:
        return self.one("Reshape", x, self.ints(*shape))

    def with_past(self, name: str, x: str, shape: Sequence[int]) -> str:
        """``x`` after the ``shape[0]`` rows that came before it: zeros at the start of a stream."""
        state = self.input(f"state.{name}", FLOAT, *shape)
        joined = self.one("Concat", state, x, axis=0)
        bounds = (self.ints(-shape[0]), self.ints(END), self.ints(0))
        self.add("Slice", [joined, *bounds], [f"next.{name}"])
        self.output(f"next.{name}", FLOAT, *shape)
        return joined

    def model(self, name: str, metadata: Mapping[str, str]) -> onnx.ModelProto:
        """The finished model, with what the runtime must know about it."""
        model = self.as_model(name, self._inputs, self._outputs)
        helper.set_model_props(model, dict(metadata))
        return model
