"""The residual vector quantiser: one semantic codebook, then nine of what is left, and the resampling around them."""

from __future__ import annotations

import numpy as np

from mixdown_tts_onnx.s1_mini.convert.codec import convolution
from mixdown_tts_onnx.s1_mini.convert.codec.network import Network
from mixdown_tts_onnx.s1_mini.convert.codec.shape import codebook_name
from mixdown_tts_onnx.s1_mini.convert.codec.transformer import product
from mixdown_tts_onnx.s1_mini.convert.graph import CONTRIB


def looked_up(net: Network, codes: str) -> str:
    """The sum over codebooks of what codes (frames, codebooks) stand for: (frames, latent).

    Codes beyond a codebook mean its last entry, as in the reference.
    """
    graph, sizes = net.graph, np.array(net.shape.codebooks)
    names = [codebook_name(index) for index in range(len(sizes))]
    table = np.concatenate([net[f"{name}.codebook.weight"] for name in names])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    index = graph.one(
        "Add", graph.one("Min", codes, graph.constant(sizes - 1, np.int64)), graph.constant(starts, np.int64)
    )
    entries = graph.one("Gather", graph.weight("codebooks", table), index, axis=0)
    entries = graph.reshape(entries, -1, len(sizes) * net.shape.code_width)
    matrix = np.concatenate([net[f"{name}.out_proj.weight"][:, :, 0].T for name in names])
    bias = np.sum([net[f"{name}.out_proj.bias"] for name in names], axis=0)
    return graph.one(
        "Gemm", entries, graph.weight("codebooks.out", matrix), graph.weight("codebooks.bias", bias)
    )


def quantised(net: Network, x: str) -> str:
    """Codes (frames, codebooks) of the latent (frames, latent): the nearest entry of what is left, codebook by codebook.

    Entries are compared at length 1, so the nearest is the one with the largest product.
    """
    graph, codes = net.graph, []
    for index in range(len(net.shape.codebooks)):
        name = codebook_name(index)
        entries = net[f"{name}.codebook.weight"]
        query = convolution.causal(net, f"{name}.in_proj", x)
        lengths = np.linalg.norm(entries, axis=1, keepdims=True)
        directions = (entries / np.maximum(lengths, 1e-12)).T
        likeness = graph.one("MatMul", query, graph.weight(f"{name}.directions", directions))
        code = graph.one("ArgMax", likeness, axis=-1, keepdims=0)
        codes.append(graph.one("Unsqueeze", code, graph.ints(1)))
        if index + 1 < len(net.shape.codebooks):
            entry = graph.one("Gather", graph.weight(f"{name}.codebook", entries), code, axis=0)
            x = graph.one("Sub", x, convolution.causal(net, f"{name}.out_proj", entry))
    return graph.one("Concat", *codes, axis=1)


def upsampled(net: Network, x: str) -> str:
    """From the quantiser's frame rate to the latent's."""
    for index in range(len(net.shape.resampling)):
        name = f"quantizer.upsample.{index}"
        x = _convnext(net, f"{name}.1", convolution.upsampled(net, f"{name}.0.conv", x))
    return x


def downsampled(net: Network, x: str) -> str:
    """From the latent's frame rate to the quantiser's."""
    for index in range(len(net.shape.resampling)):
        name = f"quantizer.downsample.{index}"
        x = _convnext(net, f"{name}.1", convolution.strided(net, f"{name}.0.conv", x))
    return x


def _convnext(net: Network, name: str, x: str) -> str:
    """A ConvNeXt block (Liu et al. 2022)."""
    graph, scale = net.graph, net[f"{name}.gamma"]
    y = graph.one(
        "LayerNormalization",
        convolution.depthwise(net, f"{name}.dwconv.conv", x),
        graph.weight(f"{name}.norm.weight", net[f"{name}.norm.weight"]),
        graph.weight(f"{name}.norm.bias", net[f"{name}.norm.bias"]),
        axis=-1,
        epsilon=1e-6,
    )
    y = product(net, f"{name}.pwconv1", y, net[f"{name}.pwconv1.weight"], net[f"{name}.pwconv1.bias"])
    y = graph.one("Gelu", y, domain=CONTRIB)
    weight, bias = net[f"{name}.pwconv2.weight"], net[f"{name}.pwconv2.bias"]
    return graph.one("Add", x, product(net, f"{name}.pwconv2", y, weight * scale[:, None], bias * scale))
