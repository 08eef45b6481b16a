"""Winograd's minimal filtering (Winograd 1980; Lavin & Gray 2016) of causal kernels of seven, from stock operators.

F(m, 7) takes m outputs from m + 6 inputs with m + 6 products in place of 7 m: for m = 4, 2.8 times fewer. All points
of one tile's transform become one matrix product each. Dilation d is d interleaved signals, side by side as channels.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np

from mixdown_tts_onnx.s1_mini.convert.codec.stream_graph import END, StreamGraph

KERNEL = 7
TILE = 4
POINTS = [
    Fraction(*pair) for pair in ((0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2), (3, 2), (-3, 2))
]
"""With the point at infinity, where polynomials are evaluated: small and of both signs, which keeps rounding small."""

SPAN = TILE + KERNEL - 1


def pays(inner: int, outer: int) -> bool:
    """Whether the products saved cost more than the transforms."""
    return min(inner, outer) >= 64


@cache
def transforms() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Matrices (output (m, n), kernel (n, 7), input (n, n)), n = m + 6, by Toom and Cook's evaluation of polynomials.

    Rows of the input's matrix are scaled to at most 1, the kernel's inversely, so that float32 keeps its precision.
    """

    def evaluation(columns: int) -> np.ndarray:
        rows = [[float(point**power) for power in range(columns)] for point in POINTS]
        return np.array([*rows, [0.0] * (columns - 1) + [1.0]])

    entering = np.linalg.inv(evaluation(SPAN)).T
    scale = np.abs(entering).max(axis=1, keepdims=True)
    return evaluation(TILE).T, evaluation(KERNEL) * scale, entering / scale


def convolve(
    graph: StreamGraph, name: str, x: str, weight: np.ndarray, bias: np.ndarray, dilation: int
) -> str:
    """The convolution of (6 dilation + time, inner) with a weight (outer, inner, 7)."""
    outer, inner, _ = weight.shape
    leaving, kernel, entering = transforms()
    points = np.einsum("nk,oik->nio", kernel, weight.astype(np.float64)).astype(np.float32)
    tiles = graph.one(
        "MatMul",
        graph.weight("winograd.input", entering.astype(np.float32)),
        _tiles(graph, x, inner, dilation),
    )
    tiles = graph.reshape(tiles, SPAN, -1, inner)
    product = graph.one("MatMul", tiles, graph.weight(f"{name}.points", points))
    y = graph.one(
        "MatMul",
        graph.weight("winograd.output", leaving.astype(np.float32)),
        graph.reshape(product, SPAN, -1),
    )
    y = graph.one("Transpose", graph.reshape(y, TILE, -1, dilation * outer), perm=[1, 0, 2])
    y = graph.one("Add", graph.reshape(y, -1, outer), graph.weight(f"{name}.bias", bias))
    return graph.one("Slice", y, graph.ints(0), _length(graph, x, dilation), graph.ints(0))


def _tiles(graph: StreamGraph, x: str, channels: int, dilation: int) -> str:
    """Overlapping tiles (n, tiles · dilation · channels) of the rows, filled up with zeros to whole tiles."""
    whole = graph.one("Pad", x, _padding(graph, x, dilation))
    grid = graph.one("Transpose", graph.reshape(whole, -1, TILE, dilation * channels), perm=[1, 0, 2])
    windows = -(-SPAN // TILE)
    parts = []
    for window in range(windows):
        part = graph.rows(grid, window, window - windows + 1 or END, axis=1)
        if (rows := SPAN - window * TILE) < TILE:
            part = graph.rows(part, 0, rows)
        parts.append(part)
    return graph.reshape(graph.one("Concat", *parts, axis=0), SPAN, -1)


def _length(graph: StreamGraph, x: str, dilation: int) -> str:
    """How many outputs there are: the rows but for their past."""
    rows = graph.one("Shape", x, start=0, end=1)
    return graph.one("Sub", rows, graph.ints((KERNEL - 1) * dilation))


def _padding(graph: StreamGraph, x: str, dilation: int) -> str:
    """Pads that make the rows whole tiles, with as many windows beyond the last as a tile overlaps."""
    stride = TILE * dilation
    windows = -(-SPAN // TILE) - 1
    missing = graph.one("Mod", graph.one("Neg", _length(graph, x, dilation)), graph.ints(stride))
    beyond = graph.ints(windows * stride - (KERNEL - 1) * dilation)
    zero = graph.ints(0)
    return graph.one("Concat", zero, zero, graph.one("Add", missing, beyond), zero, axis=0)
