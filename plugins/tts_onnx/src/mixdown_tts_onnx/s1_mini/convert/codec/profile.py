"""How a codec is built: which arithmetic each class of its layers gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Profile:
    """Arithmetic by class of layer. Figures of each: ``python -m benchmarks.s1_codec``.

    Args:
        linear: of transformers and ConvNeXt blocks: ``int8`` in blocks of 64, else float32.
        convolution: of the wide kernels of seven: ``direct``, ``winograd`` (float32, exact up to rounding) or ``int8``
            (weights of seven bits, activations of eight).
        projection: of all other convolutions of the convolutional stacks, float32 or int8.
        sine: of the Snake activations: the runtime's own, or a polynomial.
    """

    linear: Literal["float32", "int8"] = "float32"
    convolution: Literal["direct", "winograd", "int8"] = "direct"
    projection: Literal["float32", "int8"] = "float32"
    sine: Literal["exact", "polynomial"] = "exact"


PROFILES = {
    "fp32": Profile(),
    "winograd": Profile(convolution="winograd", sine="polynomial"),
    "winograd-int8": Profile("int8", "winograd", "int8", "polynomial"),
    "int8": Profile("int8", "int8", "int8", "polynomial"),
}
