"""How many bits each class of tensors gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from mixdown_tts_onnx.errors import EngineError

Bits = Literal[2, 4, 8, 32]
"""32 is float32."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Bits by class of tensor. A block is how many weights share a scale: fewer scales are read faster, four bits in
    blocks of 128 by a quarter. Eight bits are no faster there.

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
        Profile("int4", attention=4, linear=4, embeddings=4, head=4, codec="int8", cache=8, block=128),
        Profile("mixed", attention=2, linear=4, embeddings=4, head=8, codec="int8", cache=8, block=128),
    )
}


def adjusted(profile: Profile, assignments: Iterable[str]) -> Profile:
    """A profile with some classes in other bits: ``attention=8``, ``codec=winograd``.

    `EngineError` ``bad_profile`` for a class or a value that there is not.
    """
    chosen: dict[str, Any] = {}
    for assignment in assignments:
        name, _, wanted = assignment.partition("=")
        allowed = _ALLOWED.get(name)
        if allowed is None or wanted not in allowed:
            raise EngineError(
                "bad_profile",
                f"{assignment!r} says nothing of a profile.",
                kind="invalid",
                allowed=[f"{each}={'|'.join(values)}" for each, values in _ALLOWED.items()],
                hint=f"Write CLASS=BITS: {', '.join(f'{n}={chr(124).join(v)}' for n, v in _ALLOWED.items())}.",
            )
        chosen[name] = wanted if name == "codec" else int(wanted)
    return replace(profile, name="+".join([profile.name, *chosen]), **chosen) if chosen else profile


_BITS = ("2", "4", "8", "32")
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "attention": _BITS,
    "linear": _BITS,
    "embeddings": _BITS,
    "head": _BITS,
    "cache": ("8", "32"),
    "block": ("32", "64", "128"),
    "codec": ("fp32", "winograd", "winograd-int8", "int8"),
}
