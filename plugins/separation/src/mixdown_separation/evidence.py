"""What there is to see around each band of each column, on scales that do not depend on how loud the mixture is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from mixdown_separation.bands import Bands, Plane
from mixdown_separation.stft import Spectrum

REACH = 15
"""Columns before and after one by which its loudness is judged."""
_SILENCE = np.float32(1e-10)


def evidence(spectrum: Spectrum, powers: Mapping[str, Plane], bands: Bands) -> NDArray[np.float32]:
    """Shape (channels, columns, bands), in bels.

    The level of the mixture around its own average in time; how far it stands to the sides; how it changes from the
    column before; and each estimate's share of it.
    """
    total = bands.sums(np.square(np.abs(spectrum)).mean(axis=0)) + _SILENCE
    side = bands.sums(np.square(np.abs(spectrum[0] - spectrum[-1])) / 4)
    around = uniform_filter1d(total.sum(axis=1), 2 * REACH + 1, mode="constant")
    level = np.log10(total) - np.log10(around + _SILENCE)[:, None]
    rise = np.diff(level, axis=0, prepend=level[:1])
    shares = [_bels(bands.sums(power) / total) for power in powers.values()]
    return np.stack([level, _bels(side / total), rise, *shares]).astype(np.float32)


def _bels(share: Plane) -> Plane:
    return np.log10(np.maximum(share, np.float32(1e-4)))
