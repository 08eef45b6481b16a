"""The K-weighting of ITU-R BS.1770-4 at any rate."""

from __future__ import annotations

from math import pi, tan

import numpy as np
from numpy.typing import NDArray

# The analogue prototypes behind the standard's 48 kHz coefficients, as libebur128 has them: a high shelf for the
# head's acoustics (its gain at the pole and its middle follow from the shelf's 4 dB), then a high-pass.
SHELF_HZ, SHELF_DB, SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
SHELF_MIDDLE = 0.4996667741545416
HIGH_PASS_HZ, HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773


def biquads(rate: int) -> NDArray[np.float64]:
    """Coefficients b0, b1, b2, a1, a2 of the shelf and of the high-pass."""
    high = 10 ** (SHELF_DB / 20)
    middle = high**SHELF_MIDDLE
    k = tan(pi * SHELF_HZ / rate)
    shelf = [high + middle * k / SHELF_Q + k * k, 2 * (k * k - high), high - middle * k / SHELF_Q + k * k]
    return np.array(
        [
            _normalised(shelf, k, SHELF_Q, shelf_gain=True),
            _normalised([1.0, -2.0, 1.0], tan(pi * HIGH_PASS_HZ / rate), HIGH_PASS_Q, shelf_gain=False),
        ]
    )


def _normalised(numerator: list[float], k: float, q: float, *, shelf_gain: bool) -> list[float]:
    a0 = 1 + k / q + k * k
    # The standard leaves the high-pass's numerator as it is.
    scaled = [b / a0 for b in numerator] if shelf_gain else numerator
    return [*scaled, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]
