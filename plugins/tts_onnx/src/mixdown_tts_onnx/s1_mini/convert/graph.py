"""Writing ONNX graphs node by node, their weights straight to disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

CONTRIB = "com.microsoft"
OPSET = 21
IR_VERSION = 10
INLINE_BYTES = 1024
"""Smaller tensors lie in the graph's own file."""
_PAGE = 4096

FLOAT, INT8, INT32, INT64 = TensorProto.FLOAT, TensorProto.INT8, TensorProto.INT32, TensorProto.INT64


class ExternalData:
    """The file beside a graph that holds its weights, appended to as they come: a model is never whole in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("wb")

    def append(self, array: NDArray[Any]) -> tuple[int, int]:
        """Offset and length of the array's bytes, on a page of its own so that it can be mapped."""
        self._file.write(bytes(-self._file.tell() % _PAGE))
        offset = self._file.tell()
        self._file.write(np.ascontiguousarray(array).data)
        return offset, array.nbytes

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> ExternalData:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class GraphBuilder:
    """A graph as it grows: nodes in order, and weights by name, each stored once."""

    def __init__(self, data: ExternalData, around: GraphBuilder | None = None) -> None:
        """``around``: the graph that this one is a subgraph of, whose weights and values it sees."""
        self._data = data
        self._nodes: list[onnx.NodeProto] = []
        self._weights: dict[str, onnx.TensorProto] = around._weights if around else {}
        self._count: list[int] = around._count if around else [0]

    def body(self) -> GraphBuilder:
        """The builder of a subgraph."""
        return GraphBuilder(self._data, self)

    def add(
        self,
        op: str,
        inputs: Sequence[str],
        outputs: int | Sequence[str] = 1,
        domain: str = "",
        **attributes: Any,
    ) -> list[str]:
        """A node; its outputs' names, new ones where only their number is given."""
        if isinstance(outputs, int):
            outputs = [self.fresh(op) for _ in range(outputs)]
        self._nodes.append(
            helper.make_node(op, inputs, outputs, name=self.fresh(f"{op}_node"), domain=domain, **attributes)
        )
        return list(outputs)

    def one(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """A node with one output."""
        return self.add(op, inputs, 1, domain, **attributes)[0]

    def fresh(self, stem: str) -> str:
        """A name that no value has yet."""
        self._count[0] += 1
        return f"{stem}_{self._count[0]}"

    def dimensions(self, name: str) -> tuple[int, ...] | None:
        """The shape of a stored tensor, None where there is none of this name."""
        stored = self._weights.get(name)
        return None if stored is None else tuple(stored.dims)

    def weight(self, name: str, array: NDArray[Any]) -> str:
        """A stored tensor. A name that is there already keeps what it has."""
        if name not in self._weights:
            array = np.asarray(
                array, order="C"
            )  # unlike ascontiguousarray, it leaves scalars without dimensions
            self._weights[name] = (
                numpy_helper.from_array(array, name)
                if array.nbytes <= INLINE_BYTES
                else self._external(name, array)
            )
        return name

    def _external(self, name: str, array: NDArray[Any]) -> onnx.TensorProto:
        offset, length = self._data.append(array)
        tensor = TensorProto(
            name=name,
            data_type=helper.np_dtype_to_tensor_dtype(array.dtype),
            dims=array.shape,
            data_location=TensorProto.EXTERNAL,
        )
        location = {"location": self._data.path.name, "offset": offset, "length": length}
        for key, value in location.items():
            tensor.external_data.add(key=key, value=str(value))
        return tensor

    def constant(self, value: Any, dtype: type[np.generic]) -> str:
        """A small constant, shared by equal ones."""
        array = np.asarray(value, dtype)
        return self.weight(
            f"constant_{array.dtype}_{'x'.join(map(str, array.shape))}_{array.tobytes().hex()}", array
        )

    def ints(self, *values: int) -> str:
        return self.constant(values, np.int64)

    def as_body(
        self, name: str, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]
    ) -> onnx.GraphProto:
        return helper.make_graph(self._nodes, name, inputs, outputs)

    def as_model(
        self, name: str, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]
    ) -> onnx.ModelProto:
        graph = helper.make_graph(self._nodes, name, inputs, outputs, list(self._weights.values()))
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="mixdown")


def value(name: str, dtype: int, *shape: int | str) -> onnx.ValueInfoProto:
    """An input or output; a dimension that varies is named."""
    return helper.make_tensor_value_info(name, dtype, shape)
