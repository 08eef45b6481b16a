"""The stretching meter: it knows good from bad, and holds our stretch to its figures."""

from __future__ import annotations

import numpy as np
import pytest
from meters.stretching import (
    RATE,
    Vocoder,
    log_mel_error,
    measure,
    ours,
    pitches,
    played_faster,
    warped_error,
)
from scipy.signal import lfilter


def sentence() -> np.ndarray:
    """Vowels that glide, a fricative after each and a pause now and then: 4 s."""
    rng, frames = np.random.default_rng(0), 4 * RATE
    time = np.arange(frames) / RATE
    hertz = 125 + 25 * np.sin(2 * np.pi * 0.6 * time)
    pulses = np.diff(np.floor(np.cumsum(hertz) / RATE), prepend=0.0)
    syllable = time % 0.35
    source = np.where(
        syllable < 0.22, pulses, np.where(syllable < 0.3, 0.03 * rng.standard_normal(frames), 0)
    )
    out = np.zeros(frames)
    for start in range(0, frames, RATE // 50):
        part = source[start : start + RATE // 50]
        for centre, width in (
            (500 + 200 * np.sin(start / 9000), 90),
            (1500 + 500 * np.sin(start / 5000), 120),
        ):
            radius = np.exp(-np.pi * width / RATE)
            part = lfilter(
                [1 - radius], [1, -2 * radius * np.cos(2 * np.pi * centre / RATE), radius**2], part
            )
        out[start : start + RATE // 50] = part
    return (0.5 * out / np.abs(out).max()).astype(np.float32)


@pytest.fixture(scope="module")
def vocoder() -> Vocoder:
    return Vocoder.of(sentence())


def test_the_pitch_that_was_spoken_is_found(vocoder):
    hertz, periodicity = pitches(sentence())
    time = np.arange(len(hertz)) / 200
    voiced = periodicity > 0.8
    assert voiced.sum() > 200
    assert np.median(np.abs(hertz / (125 + 25 * np.sin(2 * np.pi * 0.6 * time)) - 1)[voiced]) < 0.01


def test_two_takes_differ_less_than_anything_stretched(vocoder):
    takes = log_mel_error(vocoder.speak(0.5), vocoder.speak(0.5, seed=1))
    faster = measure(played_faster, vocoder, (0.5, 2.0))
    assert 0.1 < takes < 0.5 * faster.error
    assert faster.cents > 700
    assert faster.frames_off == 0


def test_our_stretch_keeps_its_figures(vocoder):
    speeds = (0.25, 0.5, 0.75, 1.25, 2.0, 4.0)
    takes = np.mean([log_mel_error(vocoder.speak(speed), vocoder.speak(speed, seed=1)) for speed in speeds])
    figures = measure(ours(), vocoder, speeds)
    assert figures.error < 1.5 * takes
    assert figures.cents < 15
    assert figures.frames_off == 0


def test_a_warped_original_is_its_own_reference():
    sound = sentence()
    assert warped_error(sound, sound, 1.0) < 1e-6
    assert warped_error(ours()(sound, RATE, 1.25), sound, 1.25) < 0.5 * warped_error(
        played_faster(sound, RATE, 1.25), sound, 1.25
    )
