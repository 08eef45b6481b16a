"""A streaming true-peak limiter with look-ahead."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Samples
from mixdown_mixing.kernels import Kernels
from mixdown_mixing.true_peak import AFTER, BEFORE, TAPS, block_peaks, overshoot

LOOK_AHEAD = 3
"""Blocks by which the gain is down before a peak; smoothing looks as far again."""
DELAY = 2 * LOOK_AHEAD - 1
RELEASE_MS = 60.0
PERIOD = 2048
"""Blocks after which the running maximum is scaled anew, before it could overflow."""
INAUDIBLE = 1e-4
"""A remaining reduction below this (-80 dB) is let go: from there on samples pass unchanged."""
MARGIN_DB = 0.1
"""Kept below the ceiling for what the moving gain itself adds between the samples, and for meters that interpolate more
densely than the standard asks for: they read up to 0.08 dB more of music (``meters/levels.py``)."""

_hann = np.hanning(2 * LOOK_AHEAD + 1)[1:-1]
SMOOTHING = _hann / _hann.sum()


class TruePeakLimiter:
    """Holds the true peak at ``ceiling_dbtp``; what stays below the ceiling passes bit for bit.

    Time is cut into blocks of about a millisecond on an absolute grid, so the output does not depend on how the
    input is cut. The true peak of a block says by how much it must come down. The gain runs in straight lines
    between the edges of blocks: an edge is low enough for every block within `LOOK_AHEAD`, recovers exponentially
    and is then smoothed over as many neighbours, so that the line across a block is nowhere above what it allows.
    """

    def __init__(self, rate: int, channels: int, ceiling_dbtp: float, kernels: Kernels) -> None:
        self._kernels = kernels
        self._ceiling = float(10 ** ((ceiling_dbtp - MARGIN_DB) / 20))
        self._length = max(TAPS, rate // 1000)
        self._decay = np.exp(np.arange(PERIOD) * (-self._length / rate * 1000 / RELEASE_MS))
        self._grown = 0.0
        self._count = 0
        self._ramp = (np.arange(self._length, dtype=np.float32) + np.float32(0.5)) / np.float32(self._length)
        # The delay line starts full of silence that is never given out.
        self._line = np.zeros((DELAY * self._length, channels), np.float32)
        self._silence = DELAY * self._length
        self._owed = 0
        self._blocks = np.zeros(2 * LOOK_AHEAD - 1)
        self._edges = np.zeros(2 * LOOK_AHEAD - 2)
        self._last = np.zeros(1)
        self._rests = True
        """Nothing is held down or about to be: what is quiet needs no look at its blocks."""

    def process(self, samples: Samples) -> Samples:
        """As many frames as are certain by now: all but the last six or seven milliseconds."""
        if samples.shape[1] != self._line.shape[1]:
            raise ValueError(
                f"the limiter was made for {self._line.shape[1]} channels, not {samples.shape[1]}"
            )
        self._owed += samples.shape[0]
        out = self._advance(samples)
        self._owed -= out.shape[0]
        return out

    def flush(self) -> Samples:
        """The rest."""
        frames = (DELAY + 1) * self._length + AFTER
        return self._advance(np.zeros((frames, self._line.shape[1]), np.float32))[: self._owed]

    def _advance(self, samples: Samples) -> Samples:
        line = np.concatenate([self._line, samples])
        analysed = DELAY * self._length - BEFORE
        count = max(0, (line.shape[0] - analysed - BEFORE - AFTER) // self._length)
        done = count * self._length
        window = line[analysed : analysed + BEFORE + done + AFTER]
        self._line = line[done:]
        if self._rests and np.abs(window).max(initial=0) * overshoot() <= self._ceiling:
            self._count += count
            out = line[:done]
        else:
            out = self._attenuate(line[:done], self._reductions(window)) if count else line[:0]
            self._rests = not (self._grown or self._blocks.any() or self._edges.any() or self._last.any())
        silence = min(self._silence, done)
        self._silence -= silence
        return out[silence:]

    def _reductions(self, window: Samples) -> NDArray[np.float64]:
        """For each whole block in ``window`` one further edge's reduction, 0 to 1, `DELAY` blocks earlier."""
        peaks = block_peaks(window, self._length, self._ceiling, self._kernels).astype(np.float64)
        blocks = np.concatenate([self._blocks, 1 - self._ceiling / np.maximum(peaks, self._ceiling)])
        self._blocks = blocks[peaks.size :]
        if not (
            self._grown or blocks.any() or self._edges.any()
        ):  # what follows would be zeros, in many steps
            self._count += peaks.size
            return np.zeros(peaks.size)
        held = np.maximum.reduce([blocks[i : i + peaks.size] for i in range(2 * LOOK_AHEAD)])
        edges = np.concatenate([self._edges, self._recover(held)])
        self._edges = edges[peaks.size :]
        # Written out term by term: a convolution's rounding would depend on how much arrives at once.
        return np.asarray(sum(weight * edges[i : i + peaks.size] for i, weight in enumerate(SMOOTHING)))

    def _recover(self, held: NDArray[np.float64]) -> NDArray[np.float64]:
        """Follow ``held`` down at once and let go of it exponentially: ``r[i] = max(held[i], r[i-1] × recovery)``.

        Divided by the recovery that is due since the last multiple of `PERIOD`, that is a running maximum.
        """
        edges = np.zeros(held.size)
        done = 0
        while done < held.size:
            phase = self._count % PERIOD
            part = slice(done, min(held.size, done + PERIOD - phase))
            size = part.stop - part.start
            decay = self._decay[phase : phase + size]
            if self._grown or held[part].any():
                grown = np.maximum.accumulate(np.append(self._grown, held[part] / decay))
                reductions = grown[1:] * decay
                edges[part] = np.where(reductions < INAUDIBLE, 0, reductions)
                self._grown = float(grown[-1]) if edges[part.stop - 1] else 0.0
            self._count += size
            if self._count % PERIOD == 0:
                self._grown *= self._decay[-1] * self._decay[1]
            done = part.stop
        return edges

    def _attenuate(self, samples: Samples, reductions: NDArray[np.float64]) -> Samples:
        edges = np.concatenate([self._last, reductions])
        self._last = edges[-1:]
        active = np.flatnonzero((edges[:-1] > 0) | (edges[1:] > 0))
        if not active.size:
            return samples
        starts = (1 - edges[active]).astype(np.float32)[:, None]
        ends = (1 - edges[active + 1]).astype(np.float32)[:, None]
        gains = starts + (ends - starts) * self._ramp
        out = samples.reshape(-1, self._length, samples.shape[1]).copy()
        rows = out[active]
        for channel in range(samples.shape[1]):
            rows[:, :, channel] *= gains
        out[active] = rows
        return out.reshape(samples.shape)
