"""Matrix products with constant weights, in float32 or eight bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.convert.codec.stream_graph import StreamGraph
from mixdown_tts_onnx.s1_mini.convert.graph import CONTRIB
from mixdown_tts_onnx.s1_mini.convert.quantization import quantize

BLOCK = 32
"""Weights that share one scale in ``blockwise``. With 64, one row's result may differ from that of the same row among
others."""

LARGEST = 63
"""Of a quantised weight in ``per_channel``: seven bits, because AVX2 adds two products of eight in sixteen and
saturates."""

SHRINK = (1.0, 0.9, 0.8, 0.7)
"""Of a column's largest weight, what the largest integer may stand for: clipping a few is less error than rounding all."""


def float32(
    graph: StreamGraph,
    name: str,
    x: str,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32] | None = None,
) -> str:
    """``x @ weight + bias``; the weight is (inner, outer)."""
    if bias is None:
        return graph.one("MatMul", x, graph.matrix(f"{name}.weight", weight))
    return graph.one("Gemm", x, graph.matrix(f"{name}.weight", weight), graph.weight(f"{name}.bias", bias))


def blockwise(
    graph: StreamGraph,
    name: str,
    x: str,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32] | None = None,
) -> str:
    """The same with weights of eight bits, a scale for every 32 along the inner side (ONNX Runtime's MatMulNBits).

    Activations are quantised row by row inside, so a row's result does not depend on its neighbours.
    """
    inner, outer = weight.shape
    packed, scale = quantize(np.ascontiguousarray(weight.T), 8, BLOCK)
    product = graph.one(
        "MatMulNBits",
        x,
        graph.weight(f"{name}.packed", packed),
        graph.weight(f"{name}.scale", scale),
        domain=CONTRIB,
        K=inner,
        N=outer,
        bits=8,
        block_size=BLOCK,
        accuracy_level=4,
    )
    return product if bias is None else graph.one("Add", product, graph.weight(f"{name}.bias", bias))


def quantised_rows(graph: StreamGraph, x: str) -> tuple[str, str, str]:
    """Activations in eight bits with one scale and zero point for all: (values, scale, zero point)."""
    values, scale, zero = graph.add("DynamicQuantizeLinear", [x], 3)
    return values, scale, zero


def per_channel(
    graph: StreamGraph,
    name: str,
    quantised: tuple[str, str, str],
    weight: NDArray[np.float32],
    bias: NDArray[np.float32],
) -> str:
    """The product of ``quantised_rows`` and a weight of seven bits with a scale for every output channel."""
    values, scale, zero = quantised
    integers, steps = seven_bits(weight)
    return graph.one(
        "MatMulIntegerToFloat",
        values,
        graph.weight(f"{name}.packed", integers),
        scale,
        graph.weight(f"{name}.scale", steps),
        zero,
        "",
        graph.weight(f"{name}.bias", bias),
        domain=CONTRIB,
    )


def seven_bits(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Integers of seven bits and a step for every column, the one of several that leaves the least squared error."""
    full = np.maximum(np.abs(weight).max(axis=0) / LARGEST, 1e-12).astype(np.float32)
    best, least = full, np.full(full.shape, np.inf, np.float32)
    for shrink in SHRINK:
        steps = full * np.float32(shrink)
        error = np.square(_rounded(weight, steps) * steps - weight).sum(axis=0)
        best, least = np.where(error < least, steps, best), np.minimum(error, least)
    return _rounded(weight, best).astype(np.int8), best


def _rounded(weight: NDArray[np.float32], steps: NDArray[np.float32]) -> NDArray[np.float32]:
    levels: NDArray[np.float32] = np.clip(np.rint(weight / steps), -LARGEST, LARGEST)
    return levels
