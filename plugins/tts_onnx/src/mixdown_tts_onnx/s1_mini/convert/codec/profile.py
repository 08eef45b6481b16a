"""How a codec is built: which arithmetic each class of its layers gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Profile:
    """Arithmetic by class of layer. ``python -m benchmarks.s1_codec`` prints what each costs.

    Args:
        linear: of transformers and ConvNeXt blocks: weights of eight bits in blocks of 64, or float32.
        convolution: of the kernels of seven: ``direct``, ``winograd`` (float32, exact up to rounding), or ``int8``
            (weights of seven bits, activations of eight).
        projection: of all other convolutions of the two stacks: ``int8`` as above, or float32.
        sine: of the Snake activations: the runtime's own, or a polynomial, which runs on all threads.
        tile: outputs of a Winograd tile, 4 to 8.
    """

    linear: Literal["float32", "int8"] = "float32"
    convolution: Literal["direct", "winograd", "int8"] = "direct"
    projection: Literal["float32", "int8"] = "float32"
    sine: Literal["exact", "polynomial"] = "exact"
    tile: int = 8


PROFILES: Mapping[str, Profile] = {
    "fp32": Profile(),
    "winograd": Profile(convolution="winograd", sine="polynomial"),
    "winograd-int8": Profile("int8", "winograd", "float32", "polynomial"),
    "int8": Profile("int8", "int8", "int8", "polynomial"),
}
