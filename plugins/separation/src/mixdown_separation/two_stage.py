"""Separation in two stages, and a verdict on them.

Harmonic-percussive separation by median filters (Fitzgerald, DAFx 2010), twice: through long windows a voice fluctuates
with the drums, through short ones it rings with the instruments; what does the one and then the other is the voice
(Tachibana et al., ICASSP 2010). Where a sound stands in the stereo field (centred or not) and its register say the rest.
What each stage finds becomes an estimate of a stem's power. A small network that looks around says how far each of
them is to be believed, and the stems share the mixture by a Wiener filter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter, uniform_filter

from mixdown_separation.bands import Bands
from mixdown_separation.evidence import evidence
from mixdown_separation.network import Network
from mixdown_separation.stft import Signal, Spectrum, Transform

STEMS = ("vocals", "drums", "bass", "other")
CONTEXT = 7 << 14
"""Frames at 48 kHz within which everything lies that decides about a sample."""
GRID = 2048
"""The longest hop at 48 kHz."""

FLOOR = 0.01
"""Of the power of all that each stem has at least before its gain, so that the verdict may overrule any estimate."""
MOST = 12.0
"""Of a gain's logarithm."""

Mask = NDArray[np.float32]
"""Shape (columns, bins)."""
_TINY = np.float32(1e-20)


class TwoStage:
    """For one sampling rate. The windows last as long at every rate, to the nearest power of two."""

    def __init__(self, rate: int, network: Network | None = None) -> None:
        self.scale = 2.0 ** round(math.log2(rate / 48_000))
        self._long, self._medium, self._short = (
            Transform(int(size * self.scale)) for size in (8192, 4096, 1024)
        )
        low = self._long.frequencies(rate)
        self._is_low = 1 / (1 + (low / 180) ** 8)
        self.frequencies = self._medium.frequencies(rate)
        """Of the bins by which the stems share, in Hz."""
        self._bands = Bands(self.frequencies)
        self._network = network
        register = np.maximum(self.frequencies, 1)
        self._is_vocal = 1 / (1 + (110 / register) ** 8) / (1 + (register / 8500) ** 8)

    def separate(self, mixture: Signal) -> dict[str, Signal]:
        """The stems of a mixture of one or two channels and a whole number of the longest hops."""
        spectrum = self.spectrum(mixture)
        found = self.estimates(mixture, spectrum)
        powers = np.stack(list(found.values()))
        powers += np.float32(FLOOR) * powers.sum(axis=0)
        if self._network is not None:
            gains = self._network.gains(self.evidence(spectrum, found))
            powers *= np.exp(self._bands.spread(np.clip(gains, -MOST, MOST)))
        powers /= powers.sum(axis=0) + _TINY
        return {
            name: self._medium.inverse(spectrum * share) for name, share in zip(found, powers, strict=True)
        }

    def spectrum(self, signal: Signal) -> Spectrum:
        """In the windows by which the stems share."""
        return self._medium.forward(signal)

    def evidence(self, spectrum: Spectrum, estimates: Mapping[str, Mask]) -> NDArray[np.float32]:
        """What the network sees: (channels, columns, bands)."""
        return evidence(spectrum, estimates, self._bands)

    def estimates(self, mixture: Signal, spectrum: Spectrum) -> dict[str, Mask]:
        """The power of each stem, in the order of `STEMS`, as the two stages have it."""
        bass, tonal = self._sustained(mixture)
        fluctuating = mixture - bass - tonal
        drums = self._struck(fluctuating)
        sung = self._power(fluctuating - drums)
        vocal: Mask = np.multiply(self._is_vocal, _centred(spectrum, 3), dtype=np.float32)
        return {
            "vocals": sung * vocal,
            "drums": self._power(drums),
            "bass": self._power(bass),
            "other": self._power(tonal) + sung * (1 - vocal),
        }

    def _sustained(self, mixture: Signal) -> tuple[Signal, Signal]:
        """What rings through long windows: the centred low of it, and the rest."""
        spectrum = self._long.forward(mixture)
        rings = _harmonic(_magnitude(spectrum), 17, 17)
        low = self._is_low * _centred(spectrum, 4)
        bass = self._long.inverse(spectrum * (low * np.minimum(1.3 * rings, 1)))
        return bass, self._long.inverse(spectrum * ((1 - low) * rings))

    def _struck(self, fluctuating: Signal) -> Signal:
        """What strikes through short windows."""
        spectrum = self._short.forward(fluctuating)
        return self._short.inverse(spectrum * (1 - _harmonic(_magnitude(spectrum), 21, 21)))

    def _power(self, signal: Signal) -> Mask:
        power: Mask = np.square(np.abs(self.spectrum(signal))).mean(axis=0)
        return power


def _magnitude(spectrum: Spectrum) -> Mask:
    magnitude: Mask = np.abs(spectrum).mean(axis=0)
    return magnitude


def _harmonic(magnitude: Mask, columns: int, bins: int) -> Mask:
    """How far each bin belongs to what rings (steady in time) and not to what strikes (steady in frequency)."""
    rings: Mask = np.square(_median(magnitude.T, columns).T)
    strikes: Mask = np.square(_median(magnitude, bins))
    share: Mask = np.divide(rings, rings + strikes + _TINY, dtype=np.float32)
    return share


def _median(rows: Mask, width: int) -> Mask:
    """Along each row, mirrored at its ends. As one long line: SciPy has a fast way for those."""
    half = width // 2
    padded = np.pad(rows, ((0, 0), (half, half)), mode="symmetric")
    medians: Mask = median_filter(padded.ravel(), width).reshape(padded.shape)
    return medians[:, half:-half]


def _centred(spectrum: Spectrum, sharpness: float) -> Mask:
    """How far each bin stands in the middle: equally loud on both sides and in phase. Mono does."""
    left, right = spectrum[0], spectrum[-1]
    loud_left, loud_right = np.abs(left), np.abs(right)
    in_phase = (left * right.conj()).real / (loud_left * loud_right + _TINY)
    balanced = 1 - np.abs(loud_left - loud_right) / (loud_left + loud_right + _TINY)
    middle: Mask = uniform_filter(np.clip(balanced * in_phase, 0, 1) ** np.float32(sharpness), 3)
    return middle
