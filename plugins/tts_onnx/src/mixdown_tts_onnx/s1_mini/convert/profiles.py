"""How many bits each class of tensors gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Bits = Literal[2, 4, 8, 32]
"""32 is float32."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Bits by class of tensor. A block is how many weights share a scale.

    ``linear`` are the feed-forward networks, ``cache`` the slow transformer's keys and values, ``codec`` one of the
    codec's own profiles.
    """

    name: str
    attention: Bits
    linear: Bits
    embeddings: Bits
    head: Bits
    codec: str
    cache: Literal[8, 32]
    block: int = 64


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("fp32", attention=32, linear=32, embeddings=32, head=32, codec="fp32", cache=32),
        Profile("int8", attention=8, linear=8, embeddings=8, head=8, codec="int8", cache=8),
        Profile("int4", attention=4, linear=4, embeddings=4, head=4, codec="int8", cache=8),
        Profile("mixed", attention=2, linear=4, embeddings=4, head=8, codec="int8", cache=8),
    )
}
