"""A bed is a sum of cycles that never meet again: it does not come back, and is as loud as one cycle alone."""

from functools import lru_cache
from itertools import combinations
from math import gcd

import numpy as np
import pyebur128
import pytest
from meters.repeats import repetition

from mixdown_ambient.cycles import LAYERS, TAKES
from mixdown_ambient.kind import Scene
from mixdown_ambient.kinds import KINDS
from mixdown_ambient.source import LoopSource, loop
from mixdown_kernel import AmbientRequest, Samples


@lru_cache(maxsize=4)
def layers(kind: str, intensity: float = 0.5) -> list[Samples]:
    scene = Scene(intensity, KINDS[kind].distance, 0.5)
    return [loop(KINDS[kind], scene, 5, cycle) for cycle in TAKES]


def bed(kind: str, seconds: int, intensity: float = 0.5) -> Samples:
    frames = seconds * 48_000
    total = np.zeros((frames, 2), np.float32)
    for layer in layers(kind, intensity):
        total += repeated(layer, frames)
    return total


def repeated(cycle: Samples, frames: int) -> Samples:
    return np.tile(cycle, (-(-frames // len(cycle)), 1))[:frames]


def test_lengths_have_no_common_factor() -> None:
    assert all(gcd(one, other) == 1 for one, other in combinations(LAYERS, 2))


def test_a_bed_is_three_requests_that_travel() -> None:
    request = AmbientRequest(kind="rain", intensity=0.7, distance=0.1, seed=9)
    cycles = LoopSource().cycles(request)
    assert [cycle.parameters for cycle in cycles] == [{"layer": 1}, {"layer": 2}, {"layer": 3}]
    for cycle in cycles:
        assert cycle.model_copy(update={"parameters": {}}) == request
        assert list(LoopSource().cycles(cycle)) == [cycle]


def test_five_minutes_do_not_come_back() -> None:
    """Of a cafe: nothing is as easily known again as a voice or a cup."""
    found = repetition(bed("cafe", 310).mean(axis=1), 48_000)
    assert found.similarity < 0.35, found


@pytest.mark.parametrize("kind", ["rain", "city", "fireplace"])
def test_two_minutes_do_not_come_back(kind: str) -> None:
    found = repetition(bed(kind, 120).mean(axis=1), 48_000)
    assert found.similarity < 0.35, found


def test_one_cycle_over_and_over_comes_back() -> None:
    """The control."""
    found = repetition(repeated(layers("rain")[0], 66 * 48_000).mean(axis=1), 48_000)
    assert found.similarity > 0.75
    assert abs(found.lag_s - LAYERS[0] / 48_000) < 0.05


@pytest.mark.parametrize(
    ("kind", "intensity"), [("rain", 0.0), ("cafe", 1.0), ("city", 1.0), ("ocean", 0.0), ("fireplace", 0.0)]
)
def test_the_layers_are_together_as_loud_as_asked(kind: str, intensity: float) -> None:
    samples = bed(kind, 45, intensity)
    state = pyebur128.R128State(2, 48_000, 5)
    state.add_frames(samples.ravel(), len(samples))
    assert abs(pyebur128.get_loudness_global(state) + 20 - 3 * (intensity - 0.5)) < 1.5
    assert np.abs(samples).max() < 1
