"""The S1-mini codec once more, written from the published architecture for clarity only: NumPy, one sequence, float64.

Signals are (channels, time). Nothing here is shared with the graphs or their builder; weights come in as a plain state
dictionary with the checkpoint's own names.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
State = Mapping[str, NDArray[np.float32]]


def decode(state: State, codes: NDArray[np.int64], head_width: int) -> Array:
    """Audio (samples,) of codes (frames, codebooks)."""
    semantic, residual = "quantizer.semantic_quantizer.quantizers", "quantizer.quantizer.quantizers"
    x = entry(state, f"{semantic}.0", codes[:, 0])
    for book in range(codes.shape[1] - 1):
        x = x + entry(state, f"{residual}.{book}", codes[:, book + 1])
    x = transformer(state, "quantizer.post_module", x, head_width, window=128)
    for step in count(state, "quantizer.upsample.{}.0.conv.bias"):
        name = f"quantizer.upsample.{step}"
        kernel = weight(state, f"{name}.0.conv")
        x = transposed(x, kernel, bias(state, f"{name}.0.conv"), stride=kernel.shape[2])
        x = convnext(state, f"{name}.1", x)
    return convolutional_decoder(state, x)


def convolutional_decoder(state: State, x: Array) -> Array:
    x = convolved(x, weight(state, "decoder.model.0.conv"), bias(state, "decoder.model.0.conv"))
    stages = count(state, "decoder.model.{}.block.0.alpha", first=1)
    for stage in stages:
        block = f"decoder.model.{stage}.block"
        kernel = weight(state, f"{block}.1.conv")
        x = snake(x, state[f"{block}.0.alpha"])
        x = transposed(x, kernel, bias(state, f"{block}.1.conv"), stride=kernel.shape[2] // 2)
        for unit, dilation in ((2, 1), (3, 3), (4, 9)):
            x = residual_unit(state, f"{block}.{unit}.block", x, dilation)
    last = len(stages) + 1
    x = snake(x, state[f"decoder.model.{last}.alpha"])
    name = f"decoder.model.{last + 1}.conv"
    return np.tanh(convolved(x, weight(state, name), bias(state, name)))[0]


def encode(state: State, audio: NDArray[np.float32], head_width: int) -> tuple[NDArray[np.int64], float]:
    """Codes (frames, codebooks), and how near the nearest decision was (a difference of distances)."""
    x = convolved(
        audio[None].astype(np.float64),
        weight(state, "encoder.block.0.conv"),
        bias(state, "encoder.block.0.conv"),
    )
    stages = count(state, "encoder.block.{}.block.3.alpha", first=1)
    for stage in stages:
        block = f"encoder.block.{stage}.block"
        for unit, dilation in ((0, 1), (1, 3), (2, 9)):
            x = residual_unit(state, f"{block}.{unit}.block", x, dilation)
        x = snake(x, state[f"{block}.3.alpha"])
        kernel = weight(state, f"{block}.4.conv")
        x = convolved(x, kernel, bias(state, f"{block}.4.conv"), stride=kernel.shape[2] // 2)
        if f"{block}.5.norm.weight" in state:
            x = transformer(state, f"{block}.5", x, head_width, window=512)
    last = len(stages) + 1
    x = snake(x, state[f"encoder.block.{last}.alpha"])
    name = f"encoder.block.{last + 1}.conv"
    x = convolved(x, weight(state, name), bias(state, name))
    for step in count(state, "quantizer.downsample.{}.0.conv.bias"):
        name = f"quantizer.downsample.{step}"
        kernel = weight(state, f"{name}.0.conv")
        x = convolved(x, kernel, bias(state, f"{name}.0.conv"), stride=kernel.shape[2])
        x = convnext(state, f"{name}.1", x)
    return quantised(state, transformer(state, "quantizer.pre_module", x, head_width, window=128))


def quantised(state: State, x: Array) -> tuple[NDArray[np.int64], float]:
    books = ["quantizer.semantic_quantizer.quantizers.0"]
    residual = "quantizer.quantizer.quantizers.{}"
    books += [residual.format(book) for book in count(state, residual + ".codebook.weight")]
    codes, margin = [], np.inf
    for name in books:
        query = unit_length(
            (weight(state, f"{name}.in_proj")[:, :, 0] @ x + bias(state, f"{name}.in_proj")[:, None]).T
        )
        book = unit_length(state[f"{name}.codebook.weight"].astype(np.float64))
        distance = np.square(query[:, None] - book[None]).sum(2)
        ordered = np.sort(distance, axis=1)
        margin = min(margin, float((ordered[:, 1] - ordered[:, 0]).min()))
        codes.append(distance.argmin(1))
        x = x - entry(state, name, codes[-1])
    return np.stack(codes, 1), margin


def entry(state: State, name: str, codes: NDArray[np.int64]) -> Array:
    looked_up = state[f"{name}.codebook.weight"].astype(np.float64)[codes]
    return weight(state, f"{name}.out_proj")[:, :, 0] @ looked_up.T + bias(state, f"{name}.out_proj")[:, None]


def unit_length(rows: Array) -> Array:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def residual_unit(state: State, name: str, x: Array, dilation: int) -> Array:
    y = snake(x, state[f"{name}.0.alpha"])
    y = convolved(y, weight(state, f"{name}.1.conv"), bias(state, f"{name}.1.conv"), dilation=dilation)
    y = snake(y, state[f"{name}.2.alpha"])
    return x + convolved(y, weight(state, f"{name}.3.conv"), bias(state, f"{name}.3.conv"))


def convnext(state: State, name: str, x: Array) -> Array:
    kernel = state[f"{name}.dwconv.conv.weight"][:, 0].astype(np.float64)
    padded = np.pad(x, ((0, 0), (kernel.shape[1] - 1, 0)))
    y = np.stack([(padded[:, t : t + kernel.shape[1]] * kernel).sum(1) for t in range(x.shape[1])], 1)
    y = (y + state[f"{name}.dwconv.conv.bias"][:, None]).T
    y = (y - y.mean(1, keepdims=True)) / np.sqrt(y.var(1, keepdims=True) + 1e-6)
    y = y * state[f"{name}.norm.weight"] + state[f"{name}.norm.bias"]
    y = gelu(y @ state[f"{name}.pwconv1.weight"].T + state[f"{name}.pwconv1.bias"])
    y = y @ state[f"{name}.pwconv2.weight"].T + state[f"{name}.pwconv2.bias"]
    return x + (y * state[f"{name}.gamma"]).T


def transformer(state: State, name: str, x: Array, head_width: int, window: int) -> Array:
    rows = x.T
    for layer in count(state, name + ".layers.{}.ffn_norm.weight"):
        part = f"{name}.layers.{layer}"
        y = attention(state, part, rms_norm(rows, state[f"{part}.attention_norm.weight"]), head_width, window)
        rows = rows + y * state[f"{part}.attention_layer_scale.gamma"]
        y = rms_norm(rows, state[f"{part}.ffn_norm.weight"])
        gate = y @ state[f"{part}.feed_forward.w1.weight"].T
        y = gate / (1 + np.exp(-gate)) * (y @ state[f"{part}.feed_forward.w3.weight"].T)
        y = y @ state[f"{part}.feed_forward.w2.weight"].T
        rows = rows + y * state[f"{part}.ffn_layer_scale.gamma"]
    return rms_norm(rows, state[f"{name}.norm.weight"]).T


def attention(state: State, part: str, x: Array, head_width: int, window: int) -> Array:
    length, width = x.shape
    joined = (x @ state[f"{part}.attention.wqkv.weight"].T).reshape(length, 3, -1, head_width)
    query, key, value = joined[:, 0], joined[:, 1], joined[:, 2]
    query, key = rotated(query), rotated(key)
    y = np.zeros((length, width // head_width, head_width))
    for t in range(length):
        seen = slice(max(0, t - window + 1), t + 1)
        scores = np.einsum("hd,shd->hs", query[t], key[seen]) / np.sqrt(head_width)
        likely = np.exp(scores - scores.max(1, keepdims=True))
        y[t] = np.einsum("hs,shd->hd", likely / likely.sum(1, keepdims=True), value[seen])
    mixed: Array = y.reshape(length, width) @ state[f"{part}.attention.wo.weight"].T
    return mixed


def rotated(x: Array, base: float = 10000.0) -> Array:
    """Pairs of neighbouring channels as complex numbers, turned by the position; factors in bfloat16."""
    length, _, width = x.shape
    frequency = 1 / base ** (np.arange(0, width, 2, dtype=np.float32) / np.float32(width))
    angle = np.outer(np.arange(length, dtype=np.float32), frequency.astype(np.float32))
    factor = as_bfloat16(np.cos(angle)) + 1j * as_bfloat16(np.sin(angle))
    turned = (x[..., 0::2] + 1j * x[..., 1::2]) * factor[:, None]
    return np.stack([turned.real, turned.imag], -1).reshape(x.shape)


def as_bfloat16(values: NDArray[np.float32]) -> Array:
    """Eight significant bits, halves to even."""
    mantissa, exponent = np.frexp(values.astype(np.float64))
    return np.ldexp(np.rint(mantissa * 256) / 256, exponent)


def rms_norm(rows: Array, scale: NDArray[np.float32]) -> Array:
    return rows / np.sqrt(np.square(rows).mean(1, keepdims=True) + 1e-5) * scale


def gelu(x: Array) -> Array:
    from math import erf

    return 0.5 * x * (1 + np.vectorize(erf)(x / np.sqrt(2)))


def snake(x: Array, alpha: NDArray[np.float32]) -> Array:
    a = alpha[0].astype(np.float64)
    return x + np.sin(a * x) ** 2 / (a + 1e-9)


def convolved(x: Array, kernel: Array, offset: Array, *, dilation: int = 1, stride: int = 1) -> Array:
    """Causal: as many zeros before the start as the kernel reaches back beyond its stride."""
    taps = kernel.shape[2]
    padded = np.pad(x, ((0, 0), ((taps - 1) * dilation + 1 - stride, 0)))
    steps = range(0, padded.shape[1] - (taps - 1) * dilation, stride)
    return np.stack(
        [
            np.einsum("oik,ik->o", kernel, padded[:, t : t + (taps - 1) * dilation + 1 : dilation]) + offset
            for t in steps
        ],
        1,
    )


def transposed(x: Array, kernel: Array, offset: Array, stride: int) -> Array:
    """Every input adds its scaled kernel; what would sound after the last stride is cut off."""
    taps, length = kernel.shape[2], x.shape[1]
    y = np.zeros((kernel.shape[1], length * stride + taps))
    for t in range(length):
        y[:, t * stride : t * stride + taps] += np.einsum("i,iok->ok", x[:, t], kernel)
    return y[:, : length * stride] + offset[:, None]


def weight(state: State, name: str) -> Array:
    for magnitude, direction in (
        (f"{name}.weight_g", f"{name}.weight_v"),
        (f"{name}.parametrizations.weight.original0", f"{name}.parametrizations.weight.original1"),
    ):
        if magnitude in state:
            v = state[direction].astype(np.float64)
            return v / np.sqrt(np.square(v).sum((1, 2), keepdims=True)) * state[magnitude]
    return state[f"{name}.weight"].astype(np.float64)


def bias(state: State, name: str) -> Array:
    return state[f"{name}.bias"].astype(np.float64)


def count(state: State, pattern: str, first: int = 0) -> list[int]:
    numbers = []
    while pattern.format(first) in state:
        numbers.append(first)
        first += 1
    return numbers
