"""The codec's causal transformers with a limited window, their keys and values carried from piece to piece."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.convert.codec import linear
from mixdown_tts_onnx.s1_mini.convert.codec.network import Network
from mixdown_tts_onnx.s1_mini.convert.codec.shape import TransformerShape
from mixdown_tts_onnx.s1_mini.convert.graph import CONTRIB
from mixdown_tts_onnx.s1_mini.convert.layers import rotary_tables


def transformer(net: Network, name: str, x: str, position: str, shape: TransformerShape) -> str:
    """All layers and the last norm.

    Args:
        x: (time, width).
        position: int64 (1,), the position of the first row in its stream.
    """
    mask = _mask(net, x, position, shape)
    tables = _rotary_tables(net, shape)
    for layer in range(shape.layers):
        part = f"{name}.layers.{layer}"
        y = _normalised(net, f"{part}.attention_norm.weight", x)
        x = net.graph.one("Add", x, _attention(net, part, y, position, mask, tables, shape))
        y = _normalised(net, f"{part}.ffn_norm.weight", x)
        x = net.graph.one("Add", x, _feed_forward(net, part, y))
    return _normalised(net, f"{name}.norm.weight", x)


def product(
    net: Network, name: str, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32] | None = None
) -> str:
    """A linear layer in the profile's arithmetic; the weight is (outer, inner), as in PyTorch."""
    method = linear.blockwise if net.profile.linear == "blockwise" else linear.float32
    return method(net.graph, name, x, np.ascontiguousarray(weight.T), bias)


def _normalised(net: Network, name: str, x: str) -> str:
    return net.graph.one(
        "SimplifiedLayerNormalization",
        x,
        net.graph.weight(name, net[name]),
        axis=-1,
        epsilon=net.shape.norm_epsilon,
        stash_type=1,
    )


def _attention(
    net: Network,
    part: str,
    x: str,
    position: str,
    mask: str,
    tables: tuple[str, str],
    shape: TransformerShape,
) -> str:
    graph, head = net.graph, net.shape.head_width
    heads, width, past = shape.width // head, shape.width, shape.window - 1
    weight = net[f"{part}.attention.wqkv.weight"].copy()
    weight[:width] *= head**-0.5
    joined = product(net, f"{part}.attention.wqkv", x, weight)
    split = graph.ints(width, width, width)
    query, key, value = graph.add("Split", [joined, split], 3, axis=-1)
    query, key = (_rotated(net, part, y, position, tables, heads) for y in (query, key))
    key = graph.with_past(f"{part}.key", key, (past, width))
    value = graph.with_past(f"{part}.value", value, (past, width))
    query, key, value = (
        graph.one("Transpose", graph.reshape(y, -1, heads, head), perm=order)
        for y, order in ((query, [1, 0, 2]), (key, [1, 2, 0]), (value, [1, 0, 2]))
    )
    scores = graph.one("Add", graph.one("MatMul", query, key), mask)
    mixed = graph.one("MatMul", graph.one("Softmax", scores, axis=-1), value)
    mixed = graph.reshape(graph.one("Transpose", mixed, perm=[1, 0, 2]), -1, width)
    scale = net[f"{part}.attention_layer_scale.gamma"]
    return product(net, f"{part}.attention.wo", mixed, net[f"{part}.attention.wo.weight"] * scale[:, None])


def _rotated(net: Network, part: str, x: str, position: str, tables: tuple[str, str], heads: int) -> str:
    """Rotary positions (Su et al. 2021) on neighbouring channels."""
    graph = net.graph
    turned = graph.one(
        "RotaryEmbedding",
        graph.one("Unsqueeze", x, graph.ints(0)),
        position,
        *tables,
        domain=CONTRIB,
        interleaved=1,
        num_heads=heads,
        rotary_embedding_dim=0,
    )
    return graph.one("Squeeze", turned, graph.ints(0))


def _feed_forward(net: Network, part: str, x: str) -> str:
    graph, name = net.graph, f"{part}.feed_forward"
    both = np.concatenate([net[f"{name}.w1.weight"], net[f"{name}.w3.weight"]])
    gate, up = graph.add("Split", [product(net, f"{name}.w13", x, both)], 2, axis=-1, num_outputs=2)
    inner = graph.one("Mul", graph.one("QuickGelu", gate, domain=CONTRIB, alpha=1.0), up)  # α = 1 is SiLU
    scale = net[f"{part}.ffn_layer_scale.gamma"]
    return product(net, f"{name}.w2", inner, net[f"{name}.w2.weight"] * scale[:, None])


def _rotary_tables(net: Network, shape: TransformerShape) -> tuple[str, str]:
    """Cosines and sines (positions, half a head), kept once for all layers."""
    cosines, sines = rotary_tables(shape.positions, net.shape.head_width, net.shape.rope_base)
    name = f"rotary.{shape.positions}"
    return net.graph.weight(f"{name}.cosines", cosines), net.graph.weight(f"{name}.sines", sines)


def _mask(net: Network, x: str, position: str, shape: TransformerShape) -> str:
    """(time, past + time): 0 where a row may look, −∞ beyond the window, after it and before the stream's start."""
    graph, past = net.graph, shape.window - 1
    zero, one = graph.constant(0, np.int64), graph.constant(1, np.int64)
    rows = graph.one("Squeeze", graph.one("Shape", x, start=0, end=1))
    index = graph.one("Range", zero, rows, one)
    own = graph.one("Unsqueeze", index, graph.ints(1))
    keys = graph.one("Range", graph.constant(-past, np.int64), rows, one)
    allowed = [
        graph.one("LessOrEqual", keys, own),
        graph.one("Greater", keys, graph.one("Sub", own, graph.constant(shape.window, np.int64))),
        graph.one("GreaterOrEqual", keys, graph.one("Neg", position)),
    ]
    both = graph.one("And", graph.one("And", allowed[0], allowed[1]), allowed[2])
    return graph.one("Where", both, graph.constant(0, np.float32), graph.constant(-np.inf, np.float32))
