"""How the kinds sound: level, spectrum, stereo, what seeds and parameters do."""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import pyebur128
import pytest
from numpy.typing import NDArray

from mixdown_ambient.circle import FRAMES
from mixdown_ambient.kinds import KINDS
from mixdown_ambient.loudness import loudness
from mixdown_ambient.source import loop
from mixdown_kernel import Samples


@lru_cache(maxsize=10)
def make(kind: str, seed: int = 0, **settings: float) -> Samples:
    return loop(KINDS[kind], {"intensity": 0.5, **KINDS[kind].parameters, **settings}, seed)


def lufs(samples: Samples) -> float:
    state = pyebur128.R128State(2, 48_000, 5)
    state.add_frames(samples.ravel(), len(samples))
    return float(pyebur128.get_loudness_global(state))


def octaves(samples: Samples) -> NDArray[np.float64]:
    """Power in dB of the octaves from 62.5 Hz to 16 kHz."""
    power = np.abs(np.fft.rfft(samples.mean(axis=1, dtype=np.float64))) ** 2
    edges = (np.array([62.5 * 2**k for k in range(9)]) * len(samples) / 48_000).astype(int)
    return np.array([10 * np.log10(power[low:high].sum()) for low, high in pairwise(edges)])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("intensity", [0.0, 0.5, 1.0])
def test_kinds_are_alike_in_loudness_and_leave_headroom(kind: str, intensity: float) -> None:
    samples = make(kind, intensity=intensity)
    assert samples.shape == (FRAMES, 2)
    assert samples.dtype == np.float32
    assert abs(lufs(samples) + 20 - 3 * (intensity - 0.5)) < 2
    assert np.abs(samples).max() < 10 ** (-3 / 20)


def test_loudness_on_the_circle_is_that_of_the_meter() -> None:
    for kind in ("rain", "pink_noise"):
        samples = make(kind)
        assert abs(loudness(samples.T) - lufs(samples)) < 0.1


@pytest.mark.parametrize(
    ("kind", "slope"), [("white_noise", 3.0), ("pink_noise", 0.0), ("brown_noise", -3.0)]
)
def test_noises_have_their_colour(kind: str, slope: float) -> None:
    """dB an octave of the power in octaves: +3 where it is flat over frequency."""
    assert np.abs(np.diff(octaves(make(kind))) - slope).max() < 0.3


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_is_one_loop_and_another_seed_another(kind: str) -> None:
    settings = {"intensity": 0.5, **KINDS[kind].parameters}
    assert np.array_equal(loop(KINDS[kind], settings, 0), make(kind))
    assert abs(np.corrcoef(make(kind)[:, 0], make(kind, 5)[:, 0])[0, 1]) < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_wide_and_balanced(kind: str) -> None:
    samples = make(kind)
    sides = np.sqrt(np.mean(samples.astype(np.float64) ** 2, axis=0))
    assert abs(20 * np.log10(sides[0] / sides[1])) < 1.5
    assert np.corrcoef(samples[:, 0], samples[:, 1])[0, 1] < 0.7


def test_brightness_and_distance_move_the_spectrum() -> None:
    def tilt(samples: Samples) -> float:
        bands = octaves(samples)
        return float(bands[6:].mean() - bands[2:4].mean())

    assert tilt(make("rain", brightness=1.0)) > tilt(make("rain", brightness=0.0)) + 3
    assert tilt(make("rain", distance=1.0)) < tilt(make("rain", distance=0.0)) - 3
    assert tilt(make("wind", brightness=1.0)) > tilt(make("wind", brightness=0.0)) + 3
    assert tilt(make("ocean", distance=1.0)) < tilt(make("ocean", distance=0.0)) - 2


def test_heavy_rain_is_denser_and_not_only_louder() -> None:
    """The share of 5 ms in which a drop stands out of the bed is more than twice as large."""

    def drops(samples: Samples) -> float:
        high = np.diff(samples[:, 0])[: len(samples) // 240 * 240 - 240]
        level = np.sqrt(np.mean(high.reshape(-1, 240) ** 2, axis=1))
        return float(np.mean(level > 1.5 * np.percentile(level, 20)))

    assert drops(make("rain", intensity=1.0)) > 2 * drops(make("rain", intensity=0.0))


def test_waves_come_and_go() -> None:
    """Within a loop the sea swells by more than 5 dB, three to five times; noise stays where it is."""

    def swing(samples: Samples) -> float:
        power = np.mean(samples.reshape(30, 48_000, 2).astype(np.float64) ** 2, axis=(1, 2))
        return float(10 * np.log10(power.max() / power.min()))

    assert swing(make("ocean")) > 5
    assert swing(make("wind")) > 4
    assert swing(make("pink_noise")) < 1.5
