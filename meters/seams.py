"""Whether one hears where a loop closes: what happens at the seam, against what the loop does everywhere else.

The gate: the step |Δx| and the bend |Δ²x| at the seam are at most the 99.9th percentile of the loop's own (each
channel; the worse counts), the log-band spectrum changes across it no more than between any neighbours (0.1 dB to spare: a steady tone's never changes), and the
50 ms RMS steps no more than 99 % of its steps. Steps and bends are quantiles, so a loop without any fault fails
about once in a hundred seeds. A cut that falls between two like samples of like noise passes, and cannot be heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.floating[Any]]

_FRAME_S, _BLOCK_S = 4096 / 48_000, 0.05
_BANDS = 24
_UNHEARD_DB = 0.1


@dataclass(frozen=True, slots=True)
class Figure:
    """What was found at the seam, and the most that may be."""

    found: float
    most: float

    @property
    def ok(self) -> bool:
        return self.found <= self.most


@dataclass(frozen=True, slots=True)
class Seam:
    """``step`` and ``bend`` in full scale, ``spectrum`` and ``level`` in dB."""

    step: Figure
    bend: Figure
    spectrum: Figure
    level: Figure

    @property
    def figures(self) -> Mapping[str, Figure]:
        return {name: getattr(self, name) for name in ("step", "bend", "spectrum", "level")}

    @property
    def ok(self) -> bool:
        return all(figure.ok for figure in self.figures.values())

    @property
    def worst(self) -> float:
        """The largest share of what may be, 1 at the limit."""
        return max(figure.found / max(figure.most, 1e-12) for figure in self.figures.values())


def seam(samples: Signal, rate: int) -> Seam:
    """The seam of one cycle, shape (frames,) or (frames, channels), at least a second long."""
    if len(samples) < rate:
        raise ValueError(f"a loop of {len(samples)} frames is too short to judge: a second is the least")
    channels = np.asarray(samples, np.float64).reshape(len(samples), -1)
    mono = channels.mean(axis=1)
    return Seam(
        step=max((_difference(channel, 1) for channel in channels.T), key=_share),
        bend=max((_difference(channel, 2) for channel in channels.T), key=_share),
        spectrum=_spectrum(mono, int(_FRAME_S * rate)),
        level=_level(mono, int(_BLOCK_S * rate)),
    )


def _difference(channel: NDArray[np.float64], order: int) -> Figure:
    around = np.concatenate([channel[-order:], channel[:order]])
    own = np.abs(np.diff(channel, order))
    return Figure(float(np.abs(np.diff(around, order)).max()), float(np.percentile(own, 99.9)))


def _spectrum(mono: NDArray[np.float64], frame: int) -> Figure:
    half = frame // 2
    inside = [_bands(mono[start : start + frame]) for start in range(0, len(mono) - frame + 1, half)]
    joined = np.concatenate([mono[-frame:], mono[:frame]])
    across = [_bands(joined[start : start + frame]) for start in (0, half, frame)]
    most = max(_distance(a, b) for a, b in pairwise(inside))
    return Figure(max(map(_distance, across, across[1:])), most + _UNHEARD_DB)


def _level(mono: NDArray[np.float64], block: int) -> Figure:
    usable = len(mono) // block * block
    rms = np.sqrt(np.mean(np.square(mono[:usable].reshape(-1, block)), axis=1))
    last = np.sqrt(np.mean(np.square(mono[-block:])))
    steps = np.abs(np.diff(20 * np.log10(rms + 1e-9)))
    across = 20 * np.log10((rms[0] + 1e-9) / (last + 1e-9))
    return Figure(abs(float(across)), float(np.percentile(steps, 99)))


def _bands(frame: NDArray[np.float64]) -> NDArray[np.float64]:
    level = 20 * np.log10(np.abs(np.fft.rfft(frame * np.hanning(len(frame))))[8:] + 1e-7)
    return np.array([band.mean() for band in np.array_split(level, _BANDS)])


def _distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.square(a - b))))


def _share(figure: Figure) -> float:
    return figure.found / max(figure.most, 1e-12)
