"""A loop gives itself away; sound that goes on does not."""

from __future__ import annotations

import numpy as np
import pytest
from meters.repeats import repetition

from .materials import RATE, pink, rain

SOUNDS = {
    "rain": rain,
    "noise": lambda seconds, seed=0: 0.1 * pink(round(seconds * RATE), np.random.default_rng(seed)),
}


def swells(seconds: float) -> np.ndarray:
    """Waves of 8 s on a shore of noise."""
    time = np.arange(round(seconds * RATE)) / RATE
    return pink(len(time), np.random.default_rng(5)) * 0.1 * (1 + 0.9 * np.sin(2 * np.pi * time / 8))


def twice(seconds: float, seed: int, total: float) -> np.ndarray:
    one = rain(seconds, seed)
    return np.tile(one, 20)[: round(total * RATE)]


@pytest.mark.parametrize("name", SOUNDS)
def test_a_plain_loop_is_found_with_its_length(name):
    found = repetition(np.tile(SOUNDS[name](10), 4), RATE)
    assert not found.ok
    assert found.similarity > 0.9
    assert found.lag_s % 10 == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_that_goes_on_passes(name):
    assert repetition(SOUNDS[name](40), RATE).similarity < 0.1


def test_swells_are_no_repetition():
    assert repetition(swells(60), RATE).similarity < 0.2


def test_a_loop_of_swells_is():
    assert not repetition(np.tile(swells(16), 3), RATE).ok


def test_layers_of_different_lengths_hide_each_other():
    layers = sum(twice(length, seed, 60) for seed, length in enumerate((7, 11, 13)))
    assert repetition(layers, RATE).ok
    assert repetition(layers, RATE).similarity > repetition(rain(60), RATE).similarity + 0.1


def test_too_short():
    with pytest.raises(ValueError, match="too short"):
        repetition(np.zeros(RATE), RATE)
