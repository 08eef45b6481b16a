"""How long cycles are, and how a bed of several is shared out among them."""

from __future__ import annotations

from dataclasses import dataclass

SINGLE = 30 * 48_000
"""Frames of the one cycle that is complete by itself."""
LAYERS = (2**20, 3**11 * 7, 5**9)
"""Frames of the cycles that sum to a bed: 21.8, 25.8 and 40.7 s, without a common factor (so that it is millions of
years until they meet again), and made of small primes, as Fourier transforms like it."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle: a layer of a bed, or all of it."""

    frames: int
    share: float
    rarities: bool
    layer: int


WHOLE = Cycle(SINGLE, 1.0, rarities=True, layer=0)
TAKES = tuple(
    # What one would know again comes back in the longest only, the most seldom.
    Cycle(frames, 1 / len(LAYERS), rarities=frames == max(LAYERS), layer=number)
    for number, frames in enumerate(LAYERS, start=1)
)
