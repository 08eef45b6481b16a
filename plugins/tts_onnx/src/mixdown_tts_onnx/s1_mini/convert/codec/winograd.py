"""Winograd's minimal filtering (Winograd 1980; Lavin & Gray 2016) of causal kernels of seven, from stock operators.

F(m, 7) takes m outputs from m + 6 inputs with m + 6 products in place of 7 m: for m = 8, four times fewer. All tiles'
products at one point are one matrix product. Dilation d is d interleaved signals, side by side as channels.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.convert.codec.stream_graph import END, StreamGraph

KERNEL = 7
POINTS = [
    Fraction(0),
    *(
        sign * Fraction(*pair)
        for pair in ((1, 1), (2, 1), (1, 2), (3, 2), (3, 4), (1, 4))
        for sign in (1, -1)
    ),
]
"""Where polynomials are evaluated, and at infinity: small and of both signs, which keeps rounding small."""

WIDE = 384
"""Channels from which on a stack of matrices is taken apart (`Winograd._points`)."""


def pays(inner: int, outer: int) -> bool:
    """Whether the products that are saved cost more than the transforms."""
    return min(inner, outer) >= 64


@cache
def transforms(tile: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Matrices (output (m, n), kernel (n, 7), input (n, n)), n = m + 6, by Toom and Cook's evaluation of polynomials.

    Rows of the input's and columns of the output's matrix are scaled to at most 1, the kernel's inversely, so that
    float32 keeps its precision.
    """
    span = tile + KERNEL - 1

    def evaluation(columns: int) -> NDArray[np.float64]:
        rows = [[float(point**power) for power in range(columns)] for point in POINTS[: span - 1]]
        return np.array([*rows, [0.0] * (columns - 1) + [1.0]])

    entering, leaving = np.linalg.inv(evaluation(span)).T, evaluation(tile).T
    entering_scale = np.abs(entering).max(axis=1, keepdims=True)
    leaving_scale = np.abs(leaving).max(axis=0, keepdims=True)
    kernel = evaluation(KERNEL) * entering_scale * leaving_scale.T
    return leaving / leaving_scale, kernel, entering / entering_scale


class Winograd:
    """F(tile, 7) on (time, channels).

    Args:
        tile: outputs of a tile, at most 8. The larger, the fewer products and the more rounding: about 107 dB at 4, 92 at 8.
        dilation: of the kernel.
    """

    def __init__(self, graph: StreamGraph, tile: int, dilation: int) -> None:
        self._graph = graph
        self._tile = tile
        self._dilation = dilation
        self._span = tile + KERNEL - 1
        self._past = (KERNEL - 1) * dilation
        self._windows = -(-self._span // tile)

    def convolve(self, name: str, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """The convolution of (6 dilation + time, inner) with a weight (outer, inner, 7)."""
        graph, (outer, inner, _) = self._graph, weight.shape
        leaving, kernel, entering = (matrix.astype(np.float32) for matrix in transforms(self._tile))
        time = graph.one("Sub", graph.one("Shape", x, start=0, end=1), graph.ints(self._past))
        tiles = graph.reshape(self._tiles(x, time, inner), self._span, -1)
        tiles = graph.one("MatMul", graph.weight(f"winograd.{self._tile}.input", entering), tiles)
        points = self._points(name, graph.reshape(tiles, self._span, -1, inner), weight, kernel)
        y = graph.one("MatMul", graph.weight(f"winograd.{self._tile}.output", leaving), points)
        y = graph.one("Transpose", graph.reshape(y, self._tile, -1, self._dilation * outer), perm=[1, 0, 2])
        y = graph.one("Slice", graph.reshape(y, -1, outer), graph.ints(0), time, graph.ints(0))
        return graph.one("Add", y, graph.weight(f"{name}.bias", bias))

    def _points(self, name: str, tiles: str, weight: NDArray[np.float32], kernel: NDArray[np.float32]) -> str:
        """All tiles' products, (n, tiles · dilation · outer).

        ONNX Runtime packs a matrix once and a stack of matrices at every run: wide ones, which meet few rows, are taken
        apart, which costs a copy of the rows.
        """
        graph, (outer, inner, _) = self._graph, weight.shape
        taps = graph.matrix(f"{name}.taps", weight.transpose(2, 1, 0).reshape(KERNEL, -1))
        once = graph.outermost
        points = once.one("MatMul", graph.weight(f"winograd.{self._tile}.kernel", kernel), taps)
        points = once.reshape(points, self._span, inner, outer)  # all of this is computed once, at loading
        if inner < WIDE:
            return graph.reshape(graph.one("MatMul", tiles, points), self._span, -1)
        products = [
            graph.one(
                "MatMul",
                *(
                    graph.one("Gather", stack, graph.constant(point, np.int64), axis=0)
                    for stack in (tiles, points)
                ),
            )
            for point in range(self._span)
        ]
        return graph.one("Concat", *(graph.reshape(product, 1, -1) for product in products), axis=0)

    def _tiles(self, x: str, time: str, channels: int) -> str:
        """Overlapping tiles (n, tiles, dilation · channels) of the rows, filled up with zeros to whole tiles."""
        graph, wide = self._graph, self._dilation * channels
        whole = graph.one("Pad", x, self._padding(time))
        grid = graph.one("Transpose", graph.reshape(whole, -1, self._tile, wide), perm=[1, 0, 2])
        parts = []
        for window in range(self._windows):
            part = graph.rows(grid, window, window - self._windows + 1 or END, axis=1)
            rows = min(self._tile, self._span - window * self._tile)
            parts.append(part if rows == self._tile else graph.rows(part, 0, rows))
        return graph.one("Concat", *parts, axis=0)

    def _padding(self, time: str) -> str:
        """Pads that make the rows whole tiles, with as many windows beyond the last as a tile overlaps."""
        graph, stride = self._graph, self._tile * self._dilation
        missing = graph.one("Mod", graph.one("Neg", time), graph.ints(stride))
        beyond = graph.ints((self._windows - 1) * stride - self._past)
        zero = graph.ints(0)
        return graph.one("Concat", zero, zero, graph.one("Add", missing, beyond), zero, axis=0)
