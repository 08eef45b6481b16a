"""The tensors of an S1-mini codec of any shape with random values, under the names of the public checkpoint.

Every tensor is drawn anew when it is read, always the same, so that the true shape (1.6 GB) never lies in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.convert.codec import CodecShape
from mixdown_tts_onnx.s1_mini.convert.codec.shape import TransformerShape
from mixdown_tts_onnx.s1_mini.tensors import Weights

_INNER = TransformerShape(layers=8, width=1024, hidden=3072, window=128, positions=4096)
TRUE_SHAPE = CodecShape(
    latent=1024,
    codebooks=(4096, *[1024] * 9),
    code_width=8,
    resampling=(2, 2),
    decoder_width=1536,
    decoder_rates=(8, 8, 4, 2),
    encoder_width=64,
    encoder_rates=(2, 4, 8, 8),
    post=_INNER,
    pre=_INNER,
    encoder_transformers=(None, None, None, TransformerShape(4, 1024, 3072, window=512, positions=16384)),
)
"""The public checkpoint's: ``fish_speech/configs/modded_dac_vq.yaml``."""


LOUDER = 1.0


class RandomWeights(Weights):
    """A state dictionary of a codec of a shape, weight-normalised where the published one is."""

    def __init__(self, shape: CodecShape, seed: int = 0) -> None:
        self._seed = seed
        self._plain = dict(shape.decoder_tensors()) | dict(shape.encoder_tensors())
        self._last = f"decoder.model.{len(shape.decoder_rates) + 2}.conv.weight"
        self._parts = {part: name for name in self._plain for part in _stored_as(name)}

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        plain = self._parts[name]
        if name.endswith(("_g", "original0")):
            value = self._value(plain)
            norm = np.sqrt(np.square(value).sum(axis=tuple(range(1, value.ndim)), keepdims=True))
            generous = 1 + 0.1 * self._generator(name).standard_normal(norm.shape, np.float32)
            magnitude: NDArray[np.float32] = (norm * generous).astype(np.float32)
            return magnitude
        return self._value(plain)

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def _generator(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self._seed, crc32(name.encode())])

    def _value(self, name: str) -> NDArray[np.float32]:
        """As large as PyTorch initialises it; the last layer is louder, so that audio is about as loud as speech."""
        shape = self._plain[name]
        value = self._generator(name).standard_normal(shape, np.float32)
        if name.endswith("alpha"):
            return 1 + np.float32(0.3) * np.abs(value)
        if name.endswith("norm.weight"):
            return 1 + np.float32(0.1) * value
        if name.endswith("gamma"):
            return np.float32(0.1) + np.float32(0.02) * value
        if name.endswith("bias"):
            return np.float32(0.02) * value
        if name.endswith("codebook.weight"):
            return value
        gain = LOUDER if name == self._last else 1.0
        return value * np.float32(gain / np.sqrt(3 * _inputs(name, shape)))


def _stored_as(name: str) -> tuple[str, ...]:
    """The names under which the checkpoint keeps a tensor: both spellings of weight normalisation occur in it."""
    stem = name.removesuffix(".weight")
    if name.startswith(("decoder", "encoder")) and name.endswith(".conv.weight"):
        return f"{stem}.parametrizations.weight.original0", f"{stem}.parametrizations.weight.original1"
    if name.endswith(("in_proj.weight", "out_proj.weight")):
        return f"{stem}.weight_g", f"{stem}.weight_v"
    return (name,)


def _inputs(name: str, shape: tuple[int, ...]) -> int:
    """How many values one output sums; a transposed convolution's kernel is (inner, outer, taps)."""
    transposed = "upsample" in name or re.fullmatch(r"decoder\.model\.\d+\.block\.1\.conv\.weight", name)
    if len(shape) == 3 and transposed and not name.endswith("dwconv.conv.weight"):
        return 2 * shape[0] if name.startswith("decoder") else shape[0]
    return prod(shape[1:])
