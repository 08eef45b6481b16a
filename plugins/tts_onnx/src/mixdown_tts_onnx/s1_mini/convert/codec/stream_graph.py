"""Graphs whose time runs along rows and whose past is explicit state.

Every value is a matrix (time, channels). What a causal layer needs of the past enters as an input ``state.<name>`` of
fixed shape, zero at the start, and leaves as the output ``next.<name>``: running a sequence in pieces then gives what
running it whole gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from mixdown_tts_onnx.s1_mini.convert.graph import FLOAT, ExternalData, GraphBuilder, value

END = 2**31 - 1
_PART = "part."


class StreamGraph(GraphBuilder):
    """A graph with its inputs and outputs in the making.

    Args:
        half: keep matrices on disk in float16. They are float32 when the graph runs: ONNX Runtime computes what depends
            on constants only once, when it loads.
        around: the graph that this one is a part of.
    """

    def __init__(self, data: ExternalData, *, half: bool = False, around: StreamGraph | None = None) -> None:
        super().__init__(data, around)
        self._half = half
        self._around = around
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
        return self.outermost.one("Cast", self.weight(name, array.astype(np.float16)), to=FLOAT)

    @property
    def outermost(self) -> StreamGraph:
        """The graph around all parts: what depends on constants alone is computed there, once, when it loads."""
        return self._around.outermost if self._around else self

    def rows(self, x: str, start: int, end: int, *, axis: int = 0) -> str:
        """A slice along one axis; ``END`` for everything up to the end."""
        return self.one("Slice", x, self.ints(start), self.ints(end), self.ints(axis))

    def reshape(self, x: str, *shape: int) -> str:
        return self.one("Reshape", x, self.ints(*shape))

    def with_past(self, name: str, x: str, shape: Sequence[int]) -> str:
        """``x`` after the ``shape[0]`` rows that came before it: zeros at the start of a stream."""
        scope = _PART if self._around else ""
        state = self.input(f"{scope}state.{name}", FLOAT, *shape)
        joined = self.one("Concat", state, x, axis=0)
        bounds = (self.ints(-shape[0]), self.ints(END), self.ints(0))
        self.add("Slice", [joined, *bounds], [f"{scope}next.{name}"])
        self.output(f"{scope}next.{name}", FLOAT, *shape)
        return joined

    def part_by_part(self, x: str, rows: int, channels: int, build: Callable[[StreamGraph, str], str]) -> str:
        """What ``build(graph, part)`` makes of every ``rows`` rows of ``x`` in turn, (parts, …).

        A part is small enough for the processor's cache, where a whole piece is not, and what is quantised in it does
        not depend on how the stream was cut into pieces. The past goes from part to part.
        """
        body = StreamGraph(self._data, half=self._half, around=self)
        part = body.fresh("part")
        made = build(body, part)
        states = [self._carried(info, self._inputs) for info in body._inputs]
        following = [self._carried(info, self._outputs) for info in body._outputs]
        result = self.fresh("parts")
        graph = body.as_body(
            part,
            [*body._inputs, value(part, FLOAT, rows, channels)],
            [*body._outputs, onnx.ValueInfoProto(name=made)],
        )
        parts = self.reshape(x, -1, rows, channels)
        self.add("Scan", [*states, parts], [*following, result], body=graph, num_scan_inputs=1)
        return result

    def _carried(self, inner: onnx.ValueInfoProto, among: list[onnx.ValueInfoProto]) -> str:
        """A state of the parts as this graph's own."""
        own = onnx.ValueInfoProto()
        own.CopyFrom(inner)
        own.name = inner.name.removeprefix(_PART)
        among.append(own)
        return own.name

    def model(self, name: str, metadata: Mapping[str, str]) -> onnx.ModelProto:
        """The finished model, with what the runtime must know about it."""
        model = self.as_model(name, self._inputs, self._outputs)
        helper.set_model_props(model, dict(metadata))
        return model
