"""A mixture as the network sees it, and what its verdict is measured against."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from benchmarks.separation_material import RATE, Sound
from numpy.typing import NDArray

from mixdown_separation.two_stage import GRID, TwoStage

Half = NDArray[np.float16]


@dataclass(frozen=True)
class Example:
    """Columns come second to last, so that a stretch of them can be cut out of all.

    With X the mixture's spectrum and S a stem's, the error of a share g is ``g² |X|² - 2 g Re(X S*) + |S|²``.
    """

    evidence: Half
    """(channels, columns, bands)"""
    estimates: Half
    """(stems, columns, bins): log10 of the power of each stem, as the two stages have it"""
    mixture: Half
    """(columns, bins): |X|², both sides together, around 1"""
    agreement: Half
    """(stems, columns, bins): Re(X S*)"""

    @classmethod
    def of(cls, method: TwoStage, stems: Sound) -> Self:
        """Of stems (stems, frames, 2)."""
        rest = -stems.shape[1] % GRID
        sides = np.ascontiguousarray(np.pad(stems, ((0, 0), (0, rest), (0, 0))).transpose(0, 2, 1))
        mix = sides.sum(axis=0)
        spectrum = method.spectrum(mix)
        estimates = method.estimates(mix, spectrum)
        power = np.square(np.abs(spectrum)).sum(axis=0)
        agreement = np.stack([(spectrum * method.spectrum(one).conj()).real.sum(axis=0) for one in sides])
        scale = power.mean()
        halves = (
            method.evidence(spectrum, estimates),
            np.log10(np.stack(list(estimates.values())) / scale + 1e-12),
            power / scale,
            agreement / scale,
        )
        return cls(*(one.astype(np.float16) for one in halves))

    @classmethod
    def load(cls, path: Path) -> Self:
        with np.load(path) as stored:
            return cls(**{name: stored[name] for name in stored.files})

    def save(self, path: Path) -> None:
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, **vars(self))
        unfinished.replace(path)

    def stretch(self, start: int, columns: int) -> list[NDArray[np.float32]]:
        parts: list[Any] = [self.evidence, self.estimates, self.mixture, self.agreement]
        return [part[..., start : start + columns, :].astype(np.float32) for part in parts]


def made(folder: Path, stems: Sound, number: int) -> Path:
    """The example's file, made where it is not there yet."""
    path = folder / f"{number:03d}.npz"
    if not path.exists():
        Example.of(TwoStage(RATE), stems).save(path)
    return path
