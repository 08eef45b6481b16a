"""The vocal tract: mel-cepstra as frequency responses, and what makes another speaker of one.

T. Fukada, K. Tokuda, T. Kobayashi, S. Imai, "An adaptive algorithm for mel-cepstral analysis of speech", ICASSP 1992;
a changed warping is a changed length of the vocal tract: M. Pitz, H. Ney, "Vocal tract normalization equals linear
transformation in cepstral space", IEEE Trans. Speech and Audio Processing 13 (2005).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from mixdown_tts_onnx.mixdown.wideband import sound_rate, wideband

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mixdown_tts_onnx.mixdown.description import Description
    from mixdown_tts_onnx.mixdown.shape import Shape

FINE = 8
"""Times as many frequencies to find phases from: the cepstrum that they go through shall not wrap around."""
KEPT = 64
"""Tables, some 100 kB each: they take longer to make than a sentence to speak."""


def warped(angles: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    """Angular frequencies (0 to pi) on the scale of an all-pass of ``alpha``."""
    made: NDArray[np.float64] = angles + 2 * np.arctan2(alpha * np.sin(angles), 1 - alpha * np.cos(angles))
    return made


def rewarped(alpha: float, formants: float) -> float:
    """The all-pass by which low formants lie ``formants`` times as high, and those near half the rate where they were."""
    slope = (1 + alpha) / (1 - alpha) / formants
    return (slope - 1) / (slope + 1)


class Envelope:
    """Responses of a voice at the ``size // 2 + 1`` frequencies of a Fourier transform of ``size``, at its `sound_rate`.

    The log response is a sum of curves, one for each coefficient (a cosine on the warped scale), for voicing and for 1,
    and its phase is the sum of their minimum phases. A ``brightness`` in dB is one more on the curve for 1.
    """

    def __init__(self, voice: Description, shape: Shape, size: int) -> None:
        self._logs, self._phases = _tables(voice, size, shape.formants, shape.brightness)
        self._cepstra = voice.layout.spectrum

    def responses(self, points: NDArray[np.float32]) -> NDArray[np.complex64]:
        """Of parameters (n, width): (n, size // 2 + 1)."""
        one = np.ones((len(points), 1), np.float32)
        given = np.concatenate([points[:, self._cepstra], points[:, 1:2], one], axis=1)
        magnitudes, phases = np.exp(given @ self._logs), given @ self._phases
        made = np.empty(magnitudes.shape, np.complex64)
        made.real = magnitudes * np.cos(phases)
        made.imag = magnitudes * np.sin(phases)
        return made


@lru_cache(maxsize=KEPT)
def _tables(
    voice: Description, size: int, formants: float, brightness: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The curves (cepstra + 2, frequencies), and their phases."""
    hertz = np.linspace(0, sound_rate(voice) / 2, size * FINE // 2 + 1)
    angles = np.minimum(2 * np.pi * hertz / voice.rate, np.pi)
    places = warped(angles, rewarped(voice.alpha, formants))
    curves = np.cos(np.arange(voice.layout.cepstra)[:, np.newaxis] * places)
    added = wideband(voice)
    if added is None:
        curves = np.concatenate([curves, np.zeros((2, len(hertz)))])
    else:
        curves = added.curves(curves, hertz)
    curves[-1] -= brightness * np.log(10) / 20 * np.cos(places)
    phases = _minimum_phases(curves)
    return curves[:, ::FINE].astype(np.float32), phases[:, ::FINE].astype(np.float32)


def _minimum_phases(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of log responses (n, frequencies), from 0 to half the rate: by their cepstra, folded to be causal (A. Oppenheim,
    R. Schafer, "Discrete-Time Signal Processing", 13.5)."""
    cepstra = np.fft.irfft(logs, axis=1)
    half = cepstra.shape[1] // 2
    cepstra[:, 1:half] *= 2
    cepstra[:, half + 1 :] = 0
    phases: NDArray[np.float64] = np.fft.rfft(cepstra, axis=1).imag
    return phases
