"""How the kinds sound: level, spectrum, stereo, what seeds and parameters do."""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import pyebur128
import pytest
from numpy.typing import NDArray

from mixdown_ambient.cycles import WHOLE, Cycle
from mixdown_ambient.kind import Scene
from mixdown_ambient.kinds import KINDS
from mixdown_ambient.source import loop
from mixdown_kernel import Samples

WHOLE_SCENE = Cycle(2**20, 1.0, rarities=True, layer=0)
"""Shorter than what ships, and quicker to make and to measure."""


@lru_cache(maxsize=16)
def make(
    kind: str,
    seed: int = 0,
    intensity: float = 0.5,
    distance: float | None = None,
    brightness: float = 0.5,
) -> Samples:
    own = KINDS[kind].distance if distance is None else distance
    return loop(KINDS[kind], Scene(intensity, own, brightness), seed, WHOLE_SCENE)


def lufs(samples: Samples) -> float:
    state = pyebur128.R128State(2, 48_000, 5)
    state.add_frames(samples.ravel(), len(samples))
    return float(pyebur128.get_loudness_global(state))


def octaves(samples: Samples) -> NDArray[np.float64]:
    """Power in dB of the octaves from 62.5 Hz to 16 kHz."""
    power = np.abs(np.fft.rfft(samples.mean(axis=1, dtype=np.float64))) ** 2
    edges = (np.array([62.5 * 2**k for k in range(9)]) * len(samples) / 48_000).astype(int)
    return np.array([10 * np.log10(power[low:high].sum()) for low, high in pairwise(edges)])


def centre(samples: Samples) -> float:
    """The frequency in Hz with half of the power (per octave) on either side."""
    power = np.abs(np.fft.rfft(samples.mean(axis=1, dtype=np.float64))) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / 48_000)
    half = np.cumsum(power[1:] / power[1:].sum())
    return float(hertz[1:][np.searchsorted(half, 0.5)])


def correlation(samples: Samples) -> float:
    """Of the two sides."""
    left, right = samples.astype(np.float64).T
    return float(np.mean(left * right) / np.sqrt(np.mean(left**2) * np.mean(right**2)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("intensity", [0.0, 1.0])
def test_kinds_are_alike_in_loudness_and_leave_headroom(kind: str, intensity: float) -> None:
    samples = make(kind, intensity=intensity)
    assert samples.shape == (WHOLE_SCENE.frames, 2)
    assert samples.dtype == np.float32
    assert abs(lufs(samples) + 20 - 3 * (intensity - 0.5)) < 1.5
    assert np.abs(samples).max() < 10 ** (-2.9 / 20)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_wide_balanced_mono_compatible_and_without_an_offset(kind: str) -> None:
    samples = make(kind).astype(np.float64)
    assert np.abs(samples.mean(axis=0)).max() < 1e-6
    sides = np.sqrt(np.mean(samples**2, axis=0))
    assert abs(20 * np.log10(sides[0] / sides[1])) < 1.5
    assert -0.05 < correlation(make(kind)) < 0.75


def test_what_ships_is_half_a_minute() -> None:
    assert loop(KINDS["pink_noise"], Scene(0.5, 0.0, 0.5), 0).shape == (WHOLE.frames, 2) == (1_440_000, 2)


def test_far_away_it_is_narrower() -> None:
    assert correlation(make("rain", distance=1.0)) > correlation(make("rain", distance=0.0)) + 0.15


@pytest.mark.parametrize(
    ("kind", "slope"), [("white_noise", 3.0), ("pink_noise", 0.0), ("brown_noise", -3.0)]
)
def test_noises_have_their_colour(kind: str, slope: float) -> None:
    """dB an octave of the power in octaves: +3 where it is flat over frequency."""
    assert np.abs(np.diff(octaves(make(kind))) - slope).max() < 0.3


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_is_one_loop_and_another_seed_another(kind: str) -> None:
    one, other = make(kind), make(kind, seed=1)
    assert np.array_equal(loop(KINDS[kind], Scene(0.5, KINDS[kind].distance, 0.5), 0, WHOLE_SCENE), one)
    spectra = np.fft.rfft(one[:, 0]) * np.conj(np.fft.rfft(other[:, 0]))  # at whatever lag
    alike = np.abs(np.fft.irfft(spectra)).max() / (len(one) * one[:, 0].std() * other[:, 0].std())
    assert alike < 0.2


@pytest.mark.parametrize("kind", KINDS)
def test_brightness_tilts_the_spectrum_and_distance_takes_the_highs(kind: str) -> None:
    def tilt(samples: Samples) -> float:
        bands = octaves(samples)
        return float(bands[6:].mean() - bands[2:4].mean())

    bright, dull = make(kind, brightness=1.0), make(kind, brightness=0.0)
    assert tilt(bright) > tilt(dull) + 10
    assert tilt(make(kind, distance=1.0)) < tilt(make(kind, distance=0.0)) - 5


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("rain", 1_000, 8_000),
        ("cafe", 200, 1_500),
        ("city", 30, 500),
        ("wind", 30, 500),
        ("ocean", 60, 800),
        ("fireplace", 60, 800),
    ],
)
def test_half_of_the_power_lies_where_it_does_outdoors(kind: str, low: float, high: float) -> None:
    assert low < centre(make(kind)) < high
