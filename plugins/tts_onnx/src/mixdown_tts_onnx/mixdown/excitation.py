"""What excites the vocal tract: pulses of the vocal folds, and noise. Both have unit power.

Pulses are a sum of all harmonics below ``highest``, in closed form (a Dirichlet kernel), so that no pulse has to lie on a
sample; the topmost harmonic comes and goes gradually. Noise has one bit a sample, straight from the generator: equal
everywhere, which normal deviates are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST = 20.0
"""Hz. What is lower is taken for it."""
_NEARLY_ZERO = 1e-5
_BITS = 64


class Pulses:
    """Keeps its phase from one block to the next."""

    def __init__(self, rate: int, highest: float) -> None:
        self._rate = rate
        self._highest = highest
        self._phase = 0.0

    def block(self, hertz: NDArray[np.float64]) -> NDArray[np.float32]:
        """Samples (n,) for the fundamental at each of them."""
        hertz = np.clip(hertz, LOWEST, self._highest / 2)
        cycles = self._phase + np.cumsum(hertz) / self._rate
        self._phase = float(cycles[-1] % 1)
        phase = cycles - np.floor(cycles)
        number = self._highest / hertz
        whole = np.floor(number)
        half, inner, topmost = (_angle(phase * times) for times in (np.float64(0.5), whole + 0.5, whole + 1))
        slope = np.sin(half)
        peak = np.abs(slope) < _NEARLY_ZERO
        kernel = np.where(peak, whole + 0.5, np.sin(inner) / (2 * np.where(peak, np.float32(1), slope)))
        samples = (kernel - 0.5 + (number - whole) * np.cos(topmost)) * np.sqrt(2 / number)
        return np.asarray(samples, np.float32)


def _angle(cycles: NDArray[np.float64]) -> NDArray[np.float32]:
    """Within a turn: there single precision is enough, and five times as quick."""
    within = (cycles - np.floor(cycles)).astype(np.float32)
    return within * np.float32(2 * np.pi)


class Noise:
    """White, -1 or 1 at each sample, by PCG64 (M. O'Neill, "PCG", 2014)."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def block(self, length: int) -> NDArray[np.float32]:
        words = np.asarray(self._bits.random_raw(-(-length // _BITS)), "<u8")
        return np.unpackbits(words.view(np.uint8))[:length] * np.float32(2) - np.float32(1)
