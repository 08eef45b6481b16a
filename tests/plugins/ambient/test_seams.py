"""Nobody can hear where a loop closes. The gate is measured.md's; a loop that was merely cut does not pass it."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from mixdown_ambient.kinds import KINDS
from mixdown_ambient.source import loop
from mixdown_kernel import Samples

FRAME = 4096


@dataclass(frozen=True)
class Seam:
    """What happens at the seam, and the most that may: what the loop does elsewhere."""

    step: tuple[float, float]
    bend: tuple[float, float]
    spectrum: tuple[float, float]
    level: tuple[float, float]

    def passes(self) -> bool:
        return all(found <= most for found, most in (self.step, self.bend, self.spectrum, self.level))


def seam(samples: Samples) -> Seam:
    """|Δx| and |Δ²x| against their 99.9th percentile, the distance of log bands across the seam against the
    largest between neighbours, the step of the 50 ms RMS against its 99th percentile."""
    mono = samples.mean(axis=1, dtype=np.float64)
    around = np.concatenate([mono[-2:], mono[:2]])
    step, bend = np.abs(np.diff(mono)), np.abs(np.diff(mono, 2))
    frames = [mono[start : start + FRAME] for start in range(0, len(mono) - FRAME, FRAME // 2)]
    distances = [distance(bands(a), bands(b)) for a, b in pairwise(frames)]
    ends = (
        bands(mono[-FRAME:]),
        bands(np.concatenate([mono[-FRAME // 2 :], mono[: FRAME // 2]])),
        bands(mono[:FRAME]),
    )
    across = max(distance(ends[0], ends[1]), distance(ends[1], ends[2]))
    rms = np.sqrt(np.mean(mono[: len(mono) // 2400 * 2400].reshape(-1, 2400) ** 2, axis=1))
    levels = 20 * np.log10(rms + 1e-9)
    return Seam(
        step=(abs(around[2] - around[1]), float(np.percentile(step, 99.9))),
        bend=(float(np.abs(np.diff(around, 2)).max()), float(np.percentile(bend, 99.9))),
        spectrum=(across, max(distances)),
        level=(abs(float(levels[0] - levels[-1])), float(np.percentile(np.abs(np.diff(levels)), 99))),
    )


def bands(frame: NDArray[np.float64]) -> NDArray[np.float64]:
    level = 20 * np.log10(np.abs(np.fft.rfft(frame * np.hanning(FRAME)))[8:] + 1e-7)
    return np.array([band.mean() for band in np.array_split(level, 24)])


def distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean((a - b) ** 2)))


def make(kind: str, seed: int, intensity: float = 0.5) -> Samples:
    return loop(KINDS[kind], {"intensity": intensity, **KINDS[kind].parameters}, seed)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("seed", "intensity"), [(0, 0.5), (1, 0.0), (2, 1.0)])
def test_no_seam(kind: str, seed: int, intensity: float) -> None:
    found = seam(make(kind, seed, intensity))
    assert found.passes(), found


@pytest.mark.parametrize("kind", KINDS)
def test_a_loop_that_is_merely_cut_fails(kind: str) -> None:
    """The control: the same sound cut to 29 s, and begun at its highest peak: noise hides many a cut,
    but not that one."""
    whole = make(kind, 0, 0.3)
    mono = whole.mean(axis=1)
    high = int(np.abs(mono).argmax())
    cut = np.concatenate([whole[high:], whole[:high]])[: 29 * 48_000]
    assert not seam(cut).passes()
