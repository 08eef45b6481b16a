"""Registers about as wide as the ear's, and the way from bins to them and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""Shape (columns, bins) or (columns, bands)."""

COUNT = 64
LOWEST, HIGHEST = 40.0, 18_000.0
"""Centres in Hz; what lies outside belongs to the first and the last."""


def _rate(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Equivalent rectangular bandwidths below a frequency (Glasberg and Moore, Hearing Research 1990)."""
    return 21.4 * np.log10(1 + 0.00437 * hertz)


class Bands:
    """Triangles evenly spaced on the ERB-rate scale, which sum to one at every frequency."""

    def __init__(self, frequencies: NDArray[np.float32]) -> None:
        edges = _rate(np.array([LOWEST, HIGHEST]))
        place = (_rate(frequencies.astype(np.float64)) - edges[0]) / (edges[1] - edges[0]) * (COUNT - 1)
        distance = np.abs(np.clip(place, 0, COUNT - 1)[:, None] - np.arange(COUNT))
        self.shares: Plane = np.maximum(1 - distance, 0).astype(np.float32)
        """Of each bin in each band, shape (bins, bands)."""

    def sums(self, power: Plane) -> Plane:
        """Power in each band."""
        return power @ self.shares

    def spread(self, levels: Plane) -> Plane:
        """What is said of bands, said of bins."""
        return levels @ self.shares.T
