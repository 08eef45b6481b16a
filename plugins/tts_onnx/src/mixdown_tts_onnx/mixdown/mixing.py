"""How much of each frequency is pulses and how much noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mixdown_tts_onnx.mixdown.wideband import sound_rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mixdown_tts_onnx.mixdown.description import Description

VOICED_TO_HZ, VOICED_SLOPE_HZ = 6_000.0, 800.0
"""Where a voice without band strengths is half voiced, and how gradually it changes."""
NOISE_FROM_HZ = 12_000.0
"""Where a wider band than a voice's own is all noise; voicing fades above its own."""


class Mixing:
    """Shares of pulses by frequency, of a voice's parameters."""

    def __init__(self, voice: Description, size: int, breathiness: float) -> None:
        self._layout = voice.layout
        rate = sound_rate(voice)
        hertz = np.linspace(0, rate / 2, size // 2 + 1)
        if voice.bands_hz:
            centres = (np.array(voice.bands_hz[1:]) + np.array(voice.bands_hz[:-1])) / 2
            shares = np.stack([np.interp(hertz, centres, one) for one in np.eye(len(centres))])
            if rate > voice.rate:
                shares *= np.interp(hertz, [voice.rate / 2, NOISE_FROM_HZ], [1, 0])
        else:
            shares = (1 / (1 + np.exp((hertz - VOICED_TO_HZ) / VOICED_SLOPE_HZ)))[np.newaxis]
        self._shares = (shares * (1 - breathiness * np.minimum(hertz / 4000, 1))).astype(np.float32)

    def __call__(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of parameters (n, width): (n, frequencies)."""
        voicing = np.clip(2 * points[:, 1:2] - 0.5, 0, 1)
        bands = np.clip(points[:, self._layout.strengths], 0, 1) if self._layout.bands else 1.0
        strengths = np.broadcast_to(voicing * bands, (len(points), len(self._shares)))
        return np.asarray(strengths @ self._shares, np.float32)
