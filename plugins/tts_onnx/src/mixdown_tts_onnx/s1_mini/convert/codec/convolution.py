"""Causal convolutions on (time, channels): each is a product of rows with the rows before them and one matrix.

A kernel's last tap is the present. Strided and transposed convolutions of S1-mini have kernels of once or twice their
stride, which makes them products over whole strides.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.convert.codec import linear, winograd
from mixdown_tts_onnx.s1_mini.convert.codec.network import Network
from mixdown_tts_onnx.s1_mini.convert.codec.stream_graph import END, StreamGraph

NARROW = 32
"""Below so many channels on either side integers save nothing."""


def causal(net: Network, name: str, x: str, *, dilation: int = 1) -> str:
    """A convolution of stride 1."""
    weight, bias = net[f"{name}.weight"], net[f"{name}.bias"]
    outer, inner, kernel = weight.shape
    past = (kernel - 1) * dilation
    if past:
        x = net.graph.with_past(name, x, (past, inner))
    method = net.profile.convolution if kernel == 7 else net.profile.projection
    if method == "winograd" and winograd.pays(inner, outer):
        return winograd.Winograd(net.graph, net.profile.tile, dilation).convolve(name, x, weight, bias)
    if method == "int8" or kernel == 1:
        taps = weight.transpose(2, 1, 0).reshape(kernel * inner, outer)
        return _product(net, name, x, taps, bias, [tap * dilation for tap in range(kernel)], method)
    return _direct(net.graph, name, x, weight, bias, dilation)


def _direct(
    graph: StreamGraph,
    name: str,
    x: str,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32],
    dilation: int,
) -> str:
    """The runtime's own convolution, which is faster in two dimensions than in one."""
    x = graph.one("Unsqueeze", graph.one("Transpose", x, perm=[1, 0]), graph.ints(0, 2))
    y = graph.one(
        "Conv",
        x,
        graph.matrix(f"{name}.weight", weight[:, :, None]),
        graph.weight(f"{name}.bias", bias),
        dilations=[1, dilation],
        kernel_shape=[1, weight.shape[2]],
    )
    return graph.one("Transpose", graph.one("Squeeze", y, graph.ints(0, 2)), perm=[1, 0])


def upsampled(net: Network, name: str, x: str) -> str:
    """A transposed convolution whose kernel is once or twice its stride; what it would add to the end is cut off."""
    weight, bias = net[f"{name}.weight"], net[f"{name}.bias"]
    inner, outer, kernel = weight.shape
    overlapping = name.startswith("decoder")
    stride = kernel // 2 if overlapping else kernel
    steps = weight.transpose(2, 0, 1).reshape(-1, stride, inner, outer)[::-1]  # the past first
    matrix = steps.transpose(0, 2, 1, 3).reshape(-1, stride * outer)
    offsets = [0]
    if overlapping:
        x, offsets = net.graph.with_past(name, x, (1, inner)), [0, 1]
    y = _product(net, name, x, matrix, np.tile(bias, stride), offsets, net.profile.projection)
    return net.graph.reshape(y, -1, outer)


def strided(net: Network, name: str, x: str) -> str:
    """A convolution whose kernel is once or twice its stride; the input's length is a multiple of the stride."""
    weight, bias = net[f"{name}.weight"], net[f"{name}.bias"]
    outer, inner, kernel = weight.shape
    overlapping = name.startswith("encoder")
    stride = kernel // 2 if overlapping else kernel
    x = net.graph.reshape(x, -1, stride * inner)
    offsets = [0]
    if overlapping:
        x, offsets = net.graph.with_past(name, x, (1, stride * inner)), [0, 1]
    matrix = weight.transpose(2, 1, 0).reshape(-1, outer)
    return _product(net, name, x, matrix, bias, offsets, net.profile.projection)


def depthwise(net: Network, name: str, x: str) -> str:
    """A causal convolution of every channel with a kernel of its own."""
    graph, weight = net.graph, net[f"{name}.weight"]
    channels, _, kernel = weight.shape
    x = graph.with_past(name, x, (kernel - 1, channels))
    taps = [
        graph.one(
            "Mul",
            _shifted(graph, x, tap, kernel - 1),
            graph.weight(f"{name}.tap.{tap}", weight[:, 0, tap]),
        )
        for tap in range(kernel)
    ]
    return graph.one("Add", graph.one("Sum", *taps), graph.weight(f"{name}.bias", net[f"{name}.bias"]))


def _shifted(graph: StreamGraph, x: str, offset: int, largest: int) -> str:
    return x if largest == 0 else graph.rows(x, offset, offset - largest or END)


def _product(
    net: Network,
    name: str,
    x: str,
    matrix: NDArray[np.float32],
    bias: NDArray[np.float32],
    offsets: Sequence[int],
    method: str,
) -> str:
    """Rows side by side at the given offsets, times a matrix."""
    graph = net.graph
    if method == "float32" or min(matrix.shape) < NARROW:
        return linear.float32(graph, name, _unfolded(graph, x, offsets), matrix, bias)
    values, scale, zero = linear.quantised_rows(graph, x)
    return linear.per_channel(graph, name, (_unfolded(graph, values, offsets), scale, zero), matrix, bias)


def _unfolded(graph: StreamGraph, x: str, offsets: Sequence[int]) -> str:
    """Every row with those that follow at the offsets, in one copy."""
    if len(offsets) == 1:
        return x
    rows = graph.one("Sub", graph.one("Shape", x, start=0, end=1), graph.ints(offsets[-1]))
    first = graph.one(
        "Range", graph.constant(0, np.int64), graph.one("Squeeze", rows), graph.constant(1, np.int64)
    )
    index = graph.one("Add", graph.one("Unsqueeze", first, graph.ints(1)), graph.ints(*offsets))
    return graph.one("Flatten", graph.one("Gather", x, index, axis=0), axis=1)
