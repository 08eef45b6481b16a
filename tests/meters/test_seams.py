"""A circle has no seam; a loop that was cut has one."""

from __future__ import annotations

import numpy as np
import pytest
from meters.seams import seam

from .materials import RATE, drums, pad, pink

CIRCLES = {
    "pink noise": lambda seed: 0.1 * pink(10 * RATE, np.random.default_rng(seed)),
    "whole cycles": lambda seed: 0.2 * np.sin(2 * np.pi * (220 + seed) * np.arange(10 * RATE) / RATE),
    "beats": lambda seed: np.roll(np.tile(drums(2.5, seed), 4), 12_000 * seed + 777),
}


@pytest.mark.parametrize("name", CIRCLES)
@pytest.mark.parametrize("seed", range(4))
def test_a_circle_passes_wherever_it_begins(name, seed):
    circle = CIRCLES[name](seed)
    assert seam(np.roll(circle, 12_345 * seed), RATE).ok


@pytest.mark.parametrize(("hertz", "fails"), [(440.525, "step"), (440.35, "bend")])
def test_a_cut_tone_fails(hertz, fails):
    found = seam(0.2 * np.sin(2 * np.pi * hertz * np.arange(10 * RATE) / RATE), RATE)
    assert not found.figures[fails].ok
    assert found.worst > 5


def test_a_cut_pad_fails():
    assert not any(seam(pad(8 + part / 7, seed=part), RATE).ok for part in range(5))


def test_noise_that_changed_its_colour_or_level_fails():
    noise = pink(10 * RATE, np.random.default_rng(0))
    louder = noise * np.linspace(0.03, 0.1, len(noise))
    darker = 0.1 * noise
    darker[5 * RATE :] = np.convolve(darker[5 * RATE :], np.hanning(64) / 32, "same")
    assert not seam(louder, RATE).level.ok
    crossing = np.linspace(0, 1, len(noise))
    slowly = (1 - crossing) * 0.1 * noise + crossing * np.convolve(0.1 * noise, np.hanning(64) / 32, "same")
    assert not seam(slowly, RATE).spectrum.ok


def test_a_cut_in_one_channel_is_enough():
    whole = 0.2 * np.sin(2 * np.pi * 440 * np.arange(5 * RATE) / RATE)
    cut = 0.2 * np.sin(2 * np.pi * 440.3 * np.arange(5 * RATE) / RATE)
    assert seam(np.stack([whole, whole], axis=1), RATE).ok
    assert not seam(np.stack([whole, cut], axis=1), RATE).ok


def test_too_short():
    with pytest.raises(ValueError, match="too short"):
        seam(np.zeros(100), RATE)
