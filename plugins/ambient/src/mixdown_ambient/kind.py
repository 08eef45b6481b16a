"""What a kind of ambience is, and how its parameters are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from pydantic import JsonValue

from mixdown_ambient.circle import Sound
from mixdown_kernel import invalid

Settings = Mapping[str, float]
"""``intensity`` and every parameter of the kind, all from 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """``make(settings, rng)`` is one cycle, shape (2, FRAMES), at any level; ``swing`` is by how many dB full
    intensity is louder than none."""

    name: str
    make: Callable[[Settings, np.random.Generator], Sound]
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Names and defaults; each goes from 0 to 1."""
    swing: float = 3.0


def read_parameters(kind: Kind, given: Mapping[str, JsonValue]) -> dict[str, float]:
    """The kind's parameters with what was given in place of the defaults.

    Raises `Problem` (``invalid``): ``unknown_parameter``, ``invalid_parameter``.
    """
    values = dict(kind.parameters)
    for name, value in given.items():
        if name not in values:
            raise invalid(
                "unknown_parameter",
                f"{kind.name} has no parameter {name[:40]!r}.",
                field=f"parameters.{name[:40]}",
                allowed=list(kind.parameters),
                hint="Leave it out." if not kind.parameters else "Use one of the parameters allowed.",
            )
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise invalid(
                "invalid_parameter",
                f"{name} must be a number from 0 to 1.",
                field=f"parameters.{name}",
                allowed=[0, 1],
            )
        values[name] = float(value)
    return values
