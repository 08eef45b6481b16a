"""Tones, glides and vowels whose pitch is known."""

from __future__ import annotations

import numpy as np
import pytest
from meters.pitch import pitch

from .materials import RATE, pink, vowels


def buzz(hertz: np.ndarray) -> np.ndarray:
    """Ten harmonics of a pitch that may move."""
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    return 0.2 * sum(np.sin(k * phase) / k for k in range(1, 11))


@pytest.mark.parametrize("hertz", [70, 101, 150, 210, 350])
def test_steady_pitch(hertz):
    track = pitch(buzz(np.full(RATE, float(hertz))), RATE)
    assert track.median == pytest.approx(hertz, rel=0.005)
    assert track.voiced > 0.95


def test_a_glide_of_an_octave():
    hertz = 100 * 2 ** np.linspace(0, 1, 2 * RATE)
    track = pitch(buzz(hertz), RATE)
    at = (track.seconds * RATE).astype(int)
    assert np.nanmedian(np.abs(track.hertz / hertz[at] - 1)) < 0.01
    assert track.span_semitones() == pytest.approx(0.8 * 12, abs=0.5)


@pytest.mark.parametrize("hertz", [100, 200])
def test_vowels(hertz):
    assert pitch(vowels(4, hertz), RATE).median == pytest.approx(hertz, rel=0.05)


def test_a_weak_fundamental():
    """Harmonics alone: what a phone's speaker leaves."""
    time = np.arange(RATE) / RATE
    track = pitch(0.2 * sum(np.sin(2 * np.pi * 120 * k * time) for k in range(3, 9)), RATE)
    assert track.median == pytest.approx(120, rel=0.01)


def test_noise_and_silence_have_none():
    assert pitch(0.1 * pink(RATE, np.random.default_rng(0)), RATE).voiced < 0.05
    assert pitch(np.zeros(RATE), RATE).voiced == 0
    assert np.isnan(pitch(np.zeros(10), RATE).median)


def test_stereo_at_another_rate():
    wave = buzz(np.full(RATE, 150.0))[::2]
    assert pitch(np.stack([wave, wave], axis=1), RATE // 2).median == pytest.approx(150, rel=0.005)
