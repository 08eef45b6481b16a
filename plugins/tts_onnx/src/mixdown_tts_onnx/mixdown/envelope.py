"""The vocal tract: mel-cepstra as frequency responses, and what makes another speaker of one.

T. Fukada, K. Tokuda, T. Kobayashi, S. Imai, "An adaptive algorithm for mel-cepstral analysis of speech", ICASSP 1992;
a changed warping is a changed length of the vocal tract: M. Pitz, H. Ney, "Vocal tract normalization equals linear
transformation in cepstral space", IEEE Trans. Speech and Audio Processing 13 (2005). A response whose warping is
changed stays minimum phase, which one that is stretched does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def warped(angles: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    """Angular frequencies (0 to pi) on the scale of an all-pass of ``alpha``."""
    made: NDArray[np.float64] = angles + 2 * np.arctan2(alpha * np.sin(angles), 1 - alpha * np.cos(angles))
    return made


def rewarped(alpha: float, formants: float) -> float:
    """The all-pass by which low formants lie ``formants`` times as high, and those near half the rate where they were."""
    slope = (1 + alpha) / (1 - alpha) / formants
    return (slope - 1) / (slope + 1)


class Envelope:
    """Responses at the ``size // 2 + 1`` frequencies of a Fourier transform of ``size``.

    ``brightness`` in dB is taken from the lowest frequency and given to the highest. ``sharpening``
    multiplies what the cepstrum tells beyond level and slope by so much more, at the same power.
    """

    def __init__(
        self, size: int, cepstra: int, alpha: float, *, formants: float, brightness: float, sharpening: float
    ) -> None:
        angles = warped(np.linspace(0, np.pi, size // 2 + 1), rewarped(alpha, formants))
        turns = np.arange(cepstra)[:, np.newaxis] * angles
        self._even = np.cos(turns).astype(np.float32)
        self._odd = -np.sin(turns).astype(np.float32)
        self._slope = np.zeros(cepstra, np.float32)
        self._slope[1] = -brightness * np.log(10) / 20
        self._stretch = np.full(cepstra, 1 + sharpening, np.float32)
        self._stretch[:2] = 1
        self._sharpens = bool(sharpening)

    def responses(self, cepstra: NDArray[np.float32]) -> NDArray[np.complex64]:
        """Of mel-cepstra (n, cepstra): (n, size // 2 + 1)."""
        shaped = (cepstra + self._slope) * self._stretch
        logs = (shaped @ self._even).astype(np.float32, copy=False)
        if self._sharpens:
            logs += self._lost(cepstra @ self._even, logs)[:, np.newaxis]
        phases = shaped @ self._odd
        magnitudes = np.exp(logs)
        made = np.empty(logs.shape, np.complex64)
        made.real = magnitudes * np.cos(phases)
        made.imag = magnitudes * np.sin(phases)
        return made

    @staticmethod
    def _lost(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
        """The logarithm of the gain that gives each response the power that it had."""
        powers = [np.exp(2 * one).mean(axis=1) for one in (before, after)]
        lost: NDArray[np.float32] = np.log(powers[0] / powers[1]) / np.float32(2)
        return lost
