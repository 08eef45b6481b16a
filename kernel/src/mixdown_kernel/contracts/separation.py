"""Taking a mixture apart."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from mixdown_kernel.contracts.sources import Chunk
from mixdown_kernel.requests import SeparationRequest


class Separator(Protocol):
    """Role ``separation``: what somebody else mixed, as stems."""

    def stems(self) -> Sequence[str]:
        """What every mixture is taken apart into; ``other``, which is among them, is what the rest leave over."""
        ...

    def render(self, request: SeparationRequest) -> AsyncIterator[Chunk]:
        """The asset as it is, at its own rate and of its own channels, in blocks of at most half a minute; each
        with every one of the stems, which sum to it. An unknown asset is `Problem` ``not_found``."""
        ...
