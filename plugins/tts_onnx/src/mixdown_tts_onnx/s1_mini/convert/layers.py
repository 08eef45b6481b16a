"""The parts that both transformers are built of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.checkpoint import Readable
from mixdown_tts_onnx.s1_mini.convert.graph import CONTRIB, GraphBuilder
from mixdown_tts_onnx.s1_mini.convert.profiles import Bits, Profile
from mixdown_tts_onnx.s1_mini.convert.quantization import quantize
from mixdown_tts_onnx.s1_mini.shape import Shape, TransformerShape

Matrix = Callable[[], NDArray[np.float32]]
"""Reads a matrix when it is to be written, and only then."""

INT8_ACTIVATIONS = 4
"""MatMulNBits' accuracy level at which activations are 8-bit integers; any other is two to four times slower."""


@dataclass(frozen=True, slots=True)
class Cache:
    """The names of a layer's keys and values, (batch, kv_heads, positions, head_width)."""

    keys: str
    values: str


@dataclass(frozen=True, slots=True)
class Positions:
    """What attention is told about where it stands.

    ``last``: the index of each sequence's last position, int32 (batch,); ``total``: the longest sequence's length with
    the new positions, int32 (); ``cosines`` and ``sines``: (positions, head_width / 2).
    """

    last: str
    total: str
    cosines: str
    sines: str


def rotary_tables(
    positions: int, head_width: int, base: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cosines and sines, (positions, head_width / 2), rounded to bfloat16 as the reference does."""
    exponents = np.arange(0, head_width, 2, dtype=np.float32) / np.float32(head_width)
    frequencies = np.float32(1) / np.power(np.float32(base), exponents)
    angles = np.outer(np.arange(positions, dtype=np.float32), frequencies)
    return round_to_bfloat16(np.cos(angles)), round_to_bfloat16(np.sin(angles))


def round_to_bfloat16(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """To the nearest, ties to even."""
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)


class Layers:
    """Builds a stack's layers; every weight is written once, however often it is used."""

    def __init__(
        self,
        graph: GraphBuilder,
        weights: Readable,
        shape: Shape,
        stack: TransformerShape,
        prefix: str,
        profile: Profile,
    ) -> None:
        self._graph, self._weights, self._shape = graph, weights, shape
        self._stack, self._prefix, self._profile = stack, prefix, profile

    def within(self, graph: GraphBuilder) -> Layers:
        """The same layers in a subgraph."""
        return Layers(graph, self._weights, self._shape, self._stack, self._prefix, self._profile)

    def apply(
        self, x: str, past: list[Cache], positions: Positions, present: list[Cache] | None = None
    ) -> tuple[str, list[Cache]]:
        """The stack over ``x`` (batch, positions, width): its output before the last norm, and the grown caches."""
        graph, caches = self._graph, []
        residual, added = x, None
        for index in range(self._stack.layers):
            name = f"{self._prefix}.{index}"
            normed, residual = self._norm(f"{name}.attention_norm.weight", residual, added)
            attended, cache = self._attention(
                name, normed, past[index], positions, present[index] if present else None
            )
            caches.append(cache)
            normed, residual = self._norm(f"{name}.ffn_norm.weight", residual, attended)
            added = self._feed_forward(name, normed)
        assert added is not None  # noqa: S101 - a stack has layers
        return graph.one("Add", added, residual), caches

    def _norm(self, name: str, residual: str, added: str | None) -> tuple[str, str]:
        """RMS norm of the residual stream after something was added to it, and the stream."""
        if added is None:
            return rms_norm(self._graph, self._weights, name, residual, self._shape.epsilon), residual
        normed, stream = self._graph.fresh("normed"), self._graph.fresh("residual")
        weight = self._graph.weight(name, self._weights[name])
        self._graph.add(
            "SkipSimplifiedLayerNormalization",
            [added, residual, weight],
            [normed, "", "", stream],
            CONTRIB,
            epsilon=self._shape.epsilon,
        )
        return normed, stream

    def _attention(
        self, name: str, x: str, past: Cache, positions: Positions, present: Cache | None
    ) -> tuple[str, Cache]:
        graph, stack = self._graph, self._stack
        query, key = stack.heads * stack.head_width, stack.kv_heads * stack.head_width
        joined = self._linear(f"{name}.attention.wqkv.weight", x, self._profile.attention)
        q, k, v = graph.add("Split", [joined, graph.ints(query, key, key)], 3, axis=-1)
        if stack.qk_norm:
            q = self._head_norm(f"{name}.attention.q_norm.weight", q, stack.heads)
            k = self._head_norm(f"{name}.attention.k_norm.weight", k, stack.kv_heads)
        outputs: int | list[str] = 3
        if present is not None:
            outputs = [graph.fresh("attended"), present.keys, present.values]
        attended, keys, values = graph.add(
            "GroupQueryAttention",
            [
                q,
                k,
                v,
                past.keys,
                past.values,
                positions.last,
                positions.total,
                positions.cosines,
                positions.sines,
            ],
            outputs,
            CONTRIB,
            num_heads=stack.heads,
            kv_num_heads=stack.kv_heads,
            do_rotary=1,
            rotary_interleaved=1,
        )
        return self._linear(f"{name}.attention.wo.weight", attended, self._profile.attention), Cache(
            keys, values
        )

    def _head_norm(self, name: str, x: str, heads: int) -> str:
        graph, width = self._graph, self._stack.head_width
        apart = graph.one("Reshape", x, graph.ints(0, 0, heads, width))
        normed = rms_norm(graph, self._weights, name, apart, self._shape.epsilon)
        return graph.one("Reshape", normed, graph.ints(0, 0, heads * width))

    def _feed_forward(self, name: str, x: str) -> str:
        """SwiGLU, the gate and the values in one product."""
        graph, path = self._graph, f"{name}.feed_forward"
        both = self._linear((f"{path}.w1.weight", f"{path}.w3.weight"), x, self._profile.linear)
        gate, values = graph.add("Split", [both], 2, axis=-1, num_outputs=2)
        gated = graph.one("Mul", graph.one("QuickGelu", gate, domain=CONTRIB, alpha=1.0), values)
        return self._linear(f"{path}.w2.weight", gated, self._profile.linear)

    def _linear(self, names: str | tuple[str, ...], x: str, bits: Bits) -> str:
        names = (names,) if isinstance(names, str) else names
        return linear(
            self._graph,
            "+".join(names),
            lambda: np.concatenate([self._weights[name] for name in names]),
            x,
            bits,
            self._profile.block,
        )


def linear(graph: GraphBuilder, name: str, read: Matrix, x: str, bits: Bits, block: int) -> str:
    """``x`` (…, columns) times the transpose of a matrix (rows, columns), in as many bits as are asked for."""
    if bits == 32:
        if graph.dimensions(name) is None:
            graph.weight(name, read().T)
        return graph.one("MatMul", x, name)
    levels, scales = _quantized(graph, name, read, bits, block)
    dimensions = graph.dimensions(levels)
    assert dimensions is not None  # noqa: S101 - it has just been stored
    return graph.one(
        "MatMulNBits",
        x,
        levels,
        scales,
        domain=CONTRIB,
        N=dimensions[0],
        K=dimensions[1] * block,
        bits=bits,
        block_size=block,
        accuracy_level=INT8_ACTIVATIONS,
    )


def embedding(graph: GraphBuilder, name: str, read: Matrix, index: str, bits: Bits, block: int) -> str:
    """The rows of a matrix (rows, columns) at ``index`` (…): (…, columns)."""
    if bits == 32:
        if graph.dimensions(name) is None:
            graph.weight(name, read())
        return graph.one("Gather", name, index)
    levels, scales = _quantized(graph, name, read, bits, block, flat=True)
    return graph.one(
        "GatherBlockQuantized",
        levels,
        index,
        scales,
        domain=CONTRIB,
        bits=bits,
        block_size=block,
        gather_axis=0,
        quantize_axis=1,
    )


def _quantized(
    graph: GraphBuilder, name: str, read: Matrix, bits: Bits, block: int, *, flat: bool = False
) -> tuple[str, str]:
    levels, scales = f"{name}.levels", f"{name}.scales"
    if graph.dimensions(levels) is None:
        packed, factors = quantize(read(), bits, block)
        graph.weight(levels, packed.reshape(len(packed), -1) if flat else packed)
        graph.weight(scales, factors)
    return levels, scales


def rms_norm(graph: GraphBuilder, weights: Readable, name: str, x: str, epsilon: float) -> str:
    weight = graph.weight(name, weights[name])
    return graph.one("SimplifiedLayerNormalization", x, weight, axis=-1, epsilon=epsilon, stash_type=1)
