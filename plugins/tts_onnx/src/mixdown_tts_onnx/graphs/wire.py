"""As much of Protocol Buffers and of ONNX's messages as changing a graph takes.

Sources: protobuf.dev/programming-guides/encoding; ``onnx.proto3`` (ONNX IR 8), whose field numbers stand below. Messages
are read without copying, so that a graph with hundreds of megabytes of weights costs no more than its bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

Bytes = bytes | memoryview

MODEL_GRAPH, MODEL_OPSET = 7, 8
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT = 1, 5, 11, 12
NODE_INPUT, NODE_OUTPUT, NODE_NAME, NODE_KIND, NODE_ATTRIBUTE, NODE_DOMAIN = 1, 2, 3, 4, 5, 7
ATTRIBUTE_NAME, ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_INTS, ATTRIBUTE_TYPE = 1, 2, 3, 8, 20
OPSET_DOMAIN, OPSET_VERSION = 1, 2
FLOAT, INT64 = 1, 7
"""Of ``TensorProto.DataType``."""
_TYPE_FLOAT, _TYPE_INT = 1, 2
"""Of ``AttributeProto.AttributeType``."""
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


class Field(NamedTuple):
    """One field of a message. ``value`` is a number for varints, else bytes; ``raw`` is the whole of it as it stands."""

    number: int
    value: int | memoryview
    raw: memoryview

    @property
    def data(self) -> memoryview:
        if isinstance(self.value, int):
            raise ValueError("bytes were expected")
        return self.value

    @property
    def text(self) -> str:
        return bytes(self.data).decode()


def fields(message: Bytes) -> Iterator[Field]:
    """The fields of a message in order. Raises ValueError for what is none, or is cut off."""
    view, place = memoryview(message), 0
    while place < len(view):
        start = place
        key, place = read_varint(view, place)
        number, kind = key >> 3, key & 7
        value: int | memoryview
        if kind == _VARINT:
            value, place = read_varint(view, place)
        elif kind in (_FIXED32, _FIXED64, _LENGTH):
            size = 4 if kind == _FIXED32 else 8
            if kind == _LENGTH:
                size, place = read_varint(view, place)
            if place + size > len(view):
                raise ValueError("the message is cut off")
            value, place = view[place : place + size], place + size
        else:
            raise ValueError(f"there is no wire type {kind}")
        yield Field(number, value, view[start:place])


def read_varint(view: memoryview, place: int) -> tuple[int, int]:
    number = shift = 0
    while place < len(view) and shift < 70:
        byte = view[place]
        number |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return number, place
    raise ValueError("a number is cut off")


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def head(number: int, size: int) -> bytes:
    """What stands before a field of so many bytes."""
    return varint(number << 3 | _LENGTH) + varint(size)


def blob(number: int, data: Bytes | str) -> bytes:
    data = data.encode() if isinstance(data, str) else bytes(data)
    return head(number, len(data)) + data


def integer(number: int, value: int) -> bytes:
    return varint(number << 3 | _VARINT) + varint(value)


def node(kind: str, inputs: Sequence[str], output: str, *, float_: tuple[str, float] | None = None) -> bytes:
    """A field of a graph: one node with one output and perhaps one attribute that is a float tensor of one number."""
    message = b"".join(blob(NODE_INPUT, name) for name in inputs)
    message += blob(NODE_OUTPUT, output) + blob(NODE_NAME, output) + blob(NODE_KIND, kind)
    if float_ is not None:
        name, value = float_
        attribute = (
            blob(ATTRIBUTE_NAME, name) + varint(ATTRIBUTE_FLOAT << 3 | _FIXED32) + struct.pack("<f", value)
        )
        message += blob(NODE_ATTRIBUTE, attribute + integer(ATTRIBUTE_TYPE, _TYPE_FLOAT))
    return blob(GRAPH_NODE, message)


def cast(given: str, output: str, kind: int) -> bytes:
    attribute = blob(ATTRIBUTE_NAME, "to") + integer(ATTRIBUTE_INT, kind) + integer(ATTRIBUTE_TYPE, _TYPE_INT)
    message = blob(NODE_INPUT, given) + blob(NODE_OUTPUT, output) + blob(NODE_NAME, output)
    return blob(GRAPH_NODE, message + blob(NODE_KIND, "Cast") + blob(NODE_ATTRIBUTE, attribute))


def integers(name: str, values: Sequence[int], *, scalar: bool = False) -> bytes:
    """A field of a graph: an initializer, int64."""
    message = b"" if scalar else integer(1, len(values))
    message += integer(2, INT64) + blob(8, name) + blob(9, struct.pack(f"<{len(values)}q", *values))
    return blob(GRAPH_INITIALIZER, message)


def vector_input(name: str) -> bytes:
    """A field of a graph: an input, float of any length."""
    shape = blob(1, blob(2, f"{name}.length"))
    tensor = integer(1, FLOAT) + blob(2, shape)
    return blob(GRAPH_INPUT, blob(1, name) + blob(2, blob(1, tensor)))


def output(name: str) -> bytes:
    """A field of a graph: a tensor that it has becomes an output, of whatever type it is."""
    return blob(GRAPH_OUTPUT, blob(1, name))
