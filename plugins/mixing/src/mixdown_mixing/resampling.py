"""Resampling by soxr at its quality HQ."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import soxr

from mixdown_kernel import Samples


class Passthrough:
    """Equal rates: what comes in goes out, uncopied."""

    def __init__(self, channels: int) -> None:
        self._channels = channels

    def process(self, samples: Samples) -> Samples:
        return samples

    def flush(self) -> Samples:
        return np.zeros((0, self._channels), np.float32)


class SoxrResampler:
    """A stream from one rate to another, its delay compensated and its length exact."""

    def __init__(self, rate_in: int, rate_out: int, channels: int) -> None:
        self._stream = soxr.ResampleStream(rate_in, rate_out, channels, dtype="float32", quality="HQ")
        self._ratio = Fraction(rate_out, rate_in)
        self._channels = channels
        self._taken = 0
        self._given = 0

    def process(self, samples: Samples) -> Samples:
        """As many frames as are certain by now, possibly none."""
        self._taken += samples.shape[0]
        return self._give(self._stream.resample_chunk(np.ascontiguousarray(samples, np.float32)))

    def flush(self) -> Samples:
        """The rest, so that all calls together gave round(frames × rate_out / rate_in) frames."""
        rest = self._stream.resample_chunk(np.zeros((0, self._channels), np.float32), last=True)
        total = round(self._taken * self._ratio)
        missing = total - self._given
        out = np.zeros((missing, self._channels), np.float32)
        rest = rest[:missing]
        out[: rest.shape[0]] = rest
        return self._give(out)

    def _give(self, samples: Samples) -> Samples:
        self._given += samples.shape[0]
        return samples
