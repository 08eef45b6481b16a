"""One thing to listen to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from meters.listen.figures import Item


@dataclass(frozen=True)
class Case:
    """``seconds`` is about how long it takes, for the estimate of what is left."""

    name: str
    seconds: float
    measure: Callable[[], Awaitable[Item]]
