"""How a codec is built: which arithmetic each class of its layers gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Profile:
    """Arithmetic by class of layer. ``python -m benchmarks.s1_codec`` prints what each costs.

    ``blockwise`` has weights of eight bits with a scale for every 32, and scales of activations row by row; ``int8``
    has weights of seven bits with a scale for every output channel, and one scale for all activations of a run: less
    near, but three times as fast on many rows.

    Args:
        linear: of transformers and ConvNeXt blocks.
        convolution: of the kernels of seven: ``direct``, ``winograd`` (float32, exact up to rounding), or ``int8``.
        projection: of all other convolutions of the two stacks.
        sine: of the Snake activations: the runtime's own, or a polynomial, which runs on all threads.
        tile: outputs of a Winograd tile, 4 to 8.
        terms: of the polynomial: 3 are exact to 100 dB, 2 to 62, which is less noise than eight bits make.
        half: matrices of float32 lie on disk in float16, half as large.
    """

    linear: Literal["float32", "blockwise"] = "float32"
    convolution: Literal["direct", "winograd", "int8"] = "direct"
    projection: Literal["float32", "int8"] = "float32"
    sine: Literal["exact", "polynomial"] = "exact"
    terms: int = 3
    tile: int = 8
    half: bool = False


PROFILES: Mapping[str, Profile] = {
    "fp32": Profile(),
    "winograd": Profile(convolution="winograd", sine="polynomial"),
    "winograd-int8": Profile("blockwise", "winograd", "float32", "polynomial", half=True),
    "int8": Profile("blockwise", "int8", "int8", "polynomial", terms=2),
}
