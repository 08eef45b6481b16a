"""Matrix products with constant weights, in float32 or eight bits."""

from __future__ import annotations

import numpy as np

from mixdown_tts_onnx.s1_mini.convert.graph import CONTRIB, GraphBuilder
from mixdown_tts_onnx.s1_mini.convert.quantization import quantize

BLOCK = 64
"""Weights that share one scale in ``blockwise``."""

LARGEST = 63
"""Of a quantised weight in ``per_channel``: seven bits, because AVX2 adds two products of eight in sixteen and
saturates."""


def float32(
    graph: GraphBuilder, name: str, x: str, weight: np.ndarray, bias: np.ndarray | None = None
) -> str:
    """``x @ weight + bias``; the weight is (inner, outer)."""
    if bias is None:
        return graph.one("MatMul", x, graph.weight(f"{name}.weight", weight))
    return graph.one("Gemm", x, graph.weight(f"{name}.weight", weight), graph.weight(f"{name}.bias", bias))


def blockwise(
    graph: GraphBuilder, name: str, x: str, weight: np.ndarray, bias: np.ndarray | None = None
) -> str:
    """The same with weights of eight bits, a scale for every 64 along the inner side (ONNX Runtime's MatMulNBits).

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


def quantised_rows(graph: GraphBuilder, x: str) -> tuple[str, str, str]:
    """Activations in eight bits with one scale and zero point for all: (values, scale, zero point)."""
    values, scale, zero = graph.add("DynamicQuantizeLinear", [x], 3)
    return values, scale, zero


def per_channel(
    graph: GraphBuilder, name: str, quantised: tuple[str, str, str], weight: np.ndarray, bias: np.ndarray
) -> str:
    """The product of ``quantised_rows`` and a weight of seven bits with a scale for every output channel."""
    values, scale, zero = quantised
    steps = np.maximum(np.abs(weight).max(axis=0) / LARGEST, 1e-12).astype(np.float32)
    integers = np.rint(weight / steps).astype(np.int8)
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
