"""A graph with seeded noise, and with an inner tensor as an output."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mixdown_tts_onnx.graphs import wire

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOISE = {
    "RandomNormal": "normal",
    "RandomNormalLike": "normal",
    "RandomUniform": "uniform",
    "RandomUniformLike": "uniform",
}
BOUNDS = ("Clip", "Max")
VERSION = 1
"""Raised whenever the same graph is changed otherwise."""
PREFIX = "mixdown."
INPUTS = {"normal": f"{PREFIX}normal", "uniform": f"{PREFIX}uniform"}
STRIDE = 97_003
"""How far apart in the pool the nodes of a graph begin."""
CAST_LIKE_SINCE = 15


@dataclass(slots=True)
class Node:
    kind: str
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)


def read_node(message: memoryview) -> Node:
    node = Node("")
    for part in wire.fields(message):
        if part.number == wire.NODE_INPUT:
            node.inputs.append(part.text)
        elif part.number == wire.NODE_OUTPUT:
            node.outputs.append(part.text)
        elif part.number == wire.NODE_KIND:
            node.kind = part.text
        elif part.number == wire.NODE_ATTRIBUTE:
            node.attributes.update(_attribute(part.data))
    return node


def noise(inputs: Iterable[str], seed: Sequence[int], length: int) -> dict[str, NDArray[np.float32]]:
    """What a patched graph takes for those of its inputs that are `INPUTS`: so many numbers, which it uses over and over.

    Drawn once; the seed says where they begin and whether they are mirrored, which takes a tenth of drawing them anew.
    """
    begin, mirrored = np.random.SeedSequence(seed).generate_state(2, np.uint64)
    made = {}
    for name in inputs:
        pool = np.roll(_pool(name, length), int(begin % length))
        if mirrored % 2:
            pool = -pool if name == INPUTS["normal"] else 1 - pool
        made[name] = pool
    return made


@cache
def _pool(name: str, length: int) -> NDArray[np.float32]:
    draw = np.random.Generator(np.random.SFC64(sorted(INPUTS.values()).index(name)))
    if name == INPUTS["normal"]:
        return draw.standard_normal(length, np.float32)
    return draw.random(length, np.float32)


def patched(path: Path, *, exposed: Iterable[str] = ()) -> list[bytes | memoryview]:
    """The graph in a file, in parts: with its noise as inputs, and of each kind of node ``exposed`` the output as an output
    of the graph's own, if it has just one such node; what bounds that (Clip, Max) counts instead. None of them where
    nothing is to be changed. What is not changed stays in the file, which is mapped and not read.

    Nodes in subgraphs (If, Loop) stay as they are. Raises ValueError for what is no graph, OSError.
    """
    with path.open("rb") as file:
        model = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return _patched(model, tuple(exposed))


def _patched(model: memoryview, exposed: Sequence[str]) -> list[bytes | memoryview]:
    top = list(wire.fields(model))
    graphs = [part for part in top if part.number == wire.MODEL_GRAPH]
    if len(graphs) != 1:
        raise ValueError("a model has one graph")
    opset = max((_opset(part.data) for part in top if part.number == wire.MODEL_OPSET), default=0)
    graph = _graph(graphs[0].data, exposed, opset)
    if graph is None:
        return []
    others = [part.raw for part in top if part.number != wire.MODEL_GRAPH]
    return [*others, wire.head(wire.MODEL_GRAPH, sum(map(len, graph))), *graph]


def _graph(graph: memoryview, exposed: Sequence[str], opset: int) -> list[bytes | memoryview] | None:
    """The graph's fields, changed; None where there is nothing to change."""
    kinds: set[str] = set()
    parts: list[bytes | memoryview] = []
    nodes: list[Node] = []
    there: set[str] = set()
    for part in wire.fields(graph):
        if part.number == wire.GRAPH_OUTPUT:
            there.update(inner.text for inner in wire.fields(part.data) if inner.number == 1)
        node = read_node(part.data) if part.number == wire.GRAPH_NODE else None
        if node is not None:
            nodes.append(node)
        if node is not None and node.kind in NOISE:
            parts += _seeded(node, STRIDE * len(nodes), opset)
            kinds.add(NOISE[node.kind])
        else:
            parts.append(part.raw)
    shown = [name for kind in exposed for name in _single(kind, nodes) if name not in there]
    if not kinds and not shown:
        return None
    parts += [wire.vector_input(INPUTS[kind]) for kind in sorted(kinds)]
    parts += [wire.output(name) for name in shown]
    if kinds:
        parts += [
            wire.integers(f"{PREFIX}zero", [0], scalar=True),
            wire.integers(f"{PREFIX}one", [1], scalar=True),
        ]
    return parts


def _single(kind: str, nodes: Sequence[Node]) -> Iterator[str]:
    found = [node.outputs[0] for node in nodes if node.kind == kind]
    if len(found) != 1:
        return
    bounds = [node.outputs[0] for node in nodes if node.kind in BOUNDS and found[0] in node.inputs]
    yield bounds[0] if len(bounds) == 1 else found[0]


def _seeded(node: Node, offset: int, opset: int) -> Iterator[bytes]:
    """Nodes that take as many numbers from the pool as ``node`` would draw, from ``offset`` on, over and over."""
    made, pool = node.outputs[0], INPUTS[NOISE[node.kind]]
    own = f"{PREFIX}{made}"
    name = {
        part: f"{own}.{part}"
        for part in (
            "shape",
            "size",
            "steps",
            "offset",
            "moved",
            "length",
            "place",
            "taken",
            "scaled",
            "drawn",
        )
    }
    if node.inputs:
        yield wire.node("Shape", [node.inputs[0]], name["shape"])
    else:
        yield wire.integers(name["shape"], node.attributes.get("shape", []))
    yield wire.node("ReduceProd", [name["shape"]], f"{own}.product")
    yield wire.node("Squeeze", [f"{own}.product"], name["size"])
    yield wire.node("Range", [f"{PREFIX}zero", name["size"], f"{PREFIX}one"], name["steps"])
    yield wire.integers(name["offset"], [offset])
    yield wire.node("Add", [name["steps"], name["offset"]], name["moved"])
    yield wire.node("Size", [pool], name["length"])
    yield wire.node("Mod", [name["moved"], name["length"]], name["place"])
    yield wire.node("Gather", [pool, name["place"]], name["taken"])
    yield from _scaled(node, name)
    last = name["scaled"] if _affine(node) != (1.0, 0.0) else name["taken"]
    kind = node.attributes.get("dtype")
    if kind is not None and kind != wire.FLOAT:
        yield wire.node("Reshape", [last, name["shape"]], name["drawn"])
        yield wire.cast(name["drawn"], made, kind)
    elif kind is None and node.inputs and opset >= CAST_LIKE_SINCE:
        yield wire.node("Reshape", [last, name["shape"]], name["drawn"])
        yield wire.node("CastLike", [name["drawn"], node.inputs[0]], made)
    else:
        yield wire.node("Reshape", [last, name["shape"]], made)


def _scaled(node: Node, name: Mapping[str, str]) -> Iterator[bytes]:
    scale, shift = _affine(node)
    if (scale, shift) == (1.0, 0.0):
        return
    product, taken = f"{name['scaled']}.product", name["taken"]
    for part, value in (("scale", scale), ("shift", shift)):
        yield wire.node("Constant", [], f"{name['scaled']}.{part}", float_=("value_float", value))
    yield wire.node("Mul", [taken, f"{name['scaled']}.scale"], product)
    yield wire.node("Add", [product, f"{name['scaled']}.shift"], name["scaled"])


def _affine(node: Node) -> tuple[float, float]:
    """Scale and shift from the pool's standard distribution to the node's."""
    given = node.attributes
    if NOISE[node.kind] == "normal":
        return given.get("scale", 1.0), given.get("mean", 0.0)
    low, high = given.get("low", 0.0), given.get("high", 1.0)
    return high - low, low


def _attribute(message: memoryview) -> dict[str, Any]:
    name, value, many = "", None, []
    for part in wire.fields(message):
        if part.number == wire.ATTRIBUTE_NAME:
            name = part.text
        elif part.number == wire.ATTRIBUTE_FLOAT:
            (value,) = struct.unpack("<f", part.data)
        elif part.number == wire.ATTRIBUTE_INT:
            value = part.value
        elif part.number == wire.ATTRIBUTE_INTS:
            many += [part.value] if isinstance(part.value, int) else list(_packed(part.value))
    return {name: many or value}


def _packed(data: memoryview) -> Iterator[int]:
    place = 0
    while place < len(data):
        number, place = wire.read_varint(data, place)
        yield number


def _opset(message: memoryview) -> int:
    version = 0
    for part in wire.fields(message):
        if part.number == wire.OPSET_DOMAIN and part.text not in ("", "ai.onnx"):
            return 0
        if part.number == wire.OPSET_VERSION and isinstance(part.value, int):
            version = part.value
    return version
