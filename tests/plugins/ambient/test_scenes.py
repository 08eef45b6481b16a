"""What goes on in the scenes: how their loudness moves, and that intensity is more of what happens, not only more
level."""

from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, find_peaks, sosfilt

from mixdown_ambient.babble import babble
from mixdown_ambient.circle import Circle
from mixdown_ambient.cycles import TAKES, Cycle
from mixdown_ambient.kind import Scene
from mixdown_ambient.kinds import KINDS
from mixdown_ambient.source import loop
from mixdown_kernel import Samples


@lru_cache(maxsize=12)
def make(kind: str, intensity: float = 0.5, distance: float | None = None, seed: int = 0) -> Samples:
    own = KINDS[kind].distance if distance is None else distance
    cycle = Cycle(2**20, 1.0, rarities=True, layer=0)  # the whole scene, shorter than what ships
    return loop(KINDS[kind], Scene(intensity, own, 0.5), seed, cycle)


def band(samples: Samples, low: float, high: float) -> NDArray[np.float64]:
    filtered = sosfilt(butter(4, (low, high), "band", fs=48_000, output="sos"), samples[:, 0])
    return np.asarray(filtered, np.float64)


def kurtosis(signal: NDArray[np.float64]) -> float:
    return float(np.mean(signal**4) / np.mean(signal**2) ** 2)


def envelope(signal: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
    """RMS of each so many seconds."""
    size = round(seconds * 48_000)
    squares = np.square(signal[: len(signal) // size * size]).reshape(-1, size)
    return np.asarray(np.sqrt(squares.mean(axis=1)), np.float64)


def modulation(signal: NDArray[np.float64], low: float, high: float) -> float:
    """How deep the envelope moves at these rates in Hz, of its mean."""
    level = envelope(signal, 0.01)
    spectrum = np.abs(np.fft.rfft(level / level.mean() - 1)) ** 2
    rate = np.fft.rfftfreq(len(level), 0.01)
    return float(np.sqrt(2 * spectrum[(rate >= low) & (rate < high)].sum()) / len(level))


def events(signal: NDArray[np.float64], above: float) -> int:
    """How often the envelope of 5 ms rises so many times above its median."""
    level = envelope(signal, 0.005)
    return len(find_peaks(level, height=above * np.median(level), distance=4)[0])


def swing(samples: Samples) -> float:
    """dB between the loudest and the faintest second."""
    level = envelope(samples.mean(axis=1, dtype=np.float64), 1.0)
    return float(20 * np.log10(level.max() / level.min()))


# ---------------------------------------------------------------- what is heard


def test_somebody_who_talks_has_the_rhythm_of_speech() -> None:
    """Syllables come three to eight times a second; quicker and slower ones are fewer in each octave."""
    voice = babble(Circle(20 * 48_000, np.random.default_rng(4)), 1)[0].astype(np.float64)
    syllables = modulation(voice, 3, 8) ** 2 / np.log2(8 / 3)
    assert syllables > 2 * modulation(voice, 12, 24) ** 2
    assert syllables > modulation(voice, 1, 2) ** 2


def test_a_room_of_talkers_murmurs() -> None:
    """More speakers fill each other's gaps; some of the rhythm stays, more than noise would have."""
    few, many = make("cafe", 0.0), make("cafe", 1.0)
    speech = [modulation(band(samples, 300, 4_000), 2, 8) for samples in (few, many)]
    noise = modulation(band(make("pink_noise"), 300, 4_000), 2, 8)
    assert speech[0] > speech[1] > 1.5 * noise


def test_a_fire_crackles() -> None:
    assert kurtosis(band(make("fireplace"), 2_000, 10_000)) > 10
    assert kurtosis(band(make("pink_noise"), 2_000, 10_000)) < 3.5


def test_waves_come_every_few_seconds() -> None:
    """Swells of 6 to 12 s: 0.08 to 0.17 Hz, in bins of 0.05."""
    surf = band(make("ocean"), 300, 6_000)
    assert modulation(surf, 0.06, 0.17) > 2 * modulation(surf, 0.3, 0.6)
    assert swing(make("ocean")) > 5


def test_waves_still_come_in_a_bed_of_layers() -> None:
    frames = 60 * 48_000
    scene = Scene(0.5, 0.3, 0.5)
    layers = [loop(KINDS["ocean"], scene, 2, cycle) for cycle in TAKES]
    bed = np.sum([np.tile(layer, (3, 1))[:frames] for layer in layers], axis=0)
    assert swing(bed) > 5
    surf = band(bed, 300, 6_000)
    assert modulation(surf, 0.05, 0.25) > 1.5 * modulation(surf, 0.3, 1.5)


def test_wind_blows_in_gusts_and_noise_does_not() -> None:
    assert swing(make("wind")) > 4
    assert swing(make("pink_noise")) < 1.5


def test_cars_pass_from_one_side_to_the_other() -> None:
    """In their own band the balance of the sides moves; in the rumble far away it does not."""
    samples = make("city", 1.0)

    def balance(low: float, high: float) -> float:
        sides = [envelope(band(samples[:, [i]], low, high), 0.5) for i in (0, 1)]
        return float(np.std(20 * np.log10(sides[0] / sides[1])))

    assert balance(1_500, 5_000) > 1.2
    assert balance(1_500, 5_000) > 1.5 * balance(100, 200)


# ---------------------------------------------------------------- what intensity does


@pytest.mark.parametrize(
    ("kind", "low", "high", "above"), [("fireplace", 2_000, 10_000, 3.0), ("cafe", 6_000, 15_000, 4.0)]
)
def test_more_crackles_and_more_cups(kind: str, low: float, high: float, above: float) -> None:
    few, many = (
        sum(events(band(make(kind, intensity, seed=seed), low, high), above) for seed in range(3))
        for intensity in (0.0, 1.0)
    )
    assert many > 1.5 * few, (few, many)


@pytest.mark.parametrize(
    ("kind", "low", "high", "times"),
    [("city", 1_000, 4_000, 1.3), ("wind", 400, 1_500, 1.4), ("ocean", 1_000, 4_000, 1.2)],
)
def test_more_cars_whistling_and_foam(kind: str, low: float, high: float, times: float) -> None:
    """What they are heard by grows against the rumble beneath."""

    def share(intensity: float) -> float:
        scenes = [make(kind, intensity, seed=seed) for seed in range(3)]
        return float(np.mean([np.std(band(one, low, high)) / np.std(band(one, 40, 150)) for one in scenes]))

    assert share(1.0) > times * share(0.0)


def test_heavy_rain_is_fuller_and_a_drizzle_is_single_drops() -> None:
    drizzle, downpour = (band(make("rain", intensity), 800, 6_000) for intensity in (0.0, 1.0))
    assert kurtosis(drizzle) > 1.1 * kurtosis(downpour) > 3.6
    body = [np.std(band(make("rain", intensity), 60, 250)) for intensity in (0.0, 1.0)]
    assert body[1] > 3 * body[0]


def test_near_drops_stand_out_and_far_ones_do_not() -> None:
    near, far = (kurtosis(band(make("rain", 0.2, distance), 800, 6_000)) for distance in (0.0, 1.0))
    assert near > far + 2
    assert far < 3.5
