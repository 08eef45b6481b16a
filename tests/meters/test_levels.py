"""Loudness and true peak of tones whose levels are known."""

from __future__ import annotations

import io
from math import inf

import numpy as np
import pytest
import soundfile
from meters.levels import decoded, levels, loudness, momentary, true_peak

from .materials import RATE, pad


def tone(hertz: float, peak: float, seconds: float = 5, phase: float = 0) -> np.ndarray:
    return peak * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE + phase)


def test_ebu_reference_tone():
    """EBU Tech 3341, case 1: a 1 kHz stereo tone at -23 dBFS measures -23 LUFS."""
    stereo = np.repeat(tone(1000, 10 ** (-23 / 20), 20)[:, None], 2, axis=1)
    assert loudness(stereo, RATE) == pytest.approx(-23, abs=0.1)
    assert momentary(stereo, RATE)[10] == pytest.approx(-23, abs=0.1)


def test_silence_between_is_gated():
    """EBU Tech 3341, case 3: what lies more than 10 LU below the rest does not count."""
    loud, quiet = (
        np.repeat(tone(1000, 10 ** (db / 20), seconds)[:, None], 2, axis=1)
        for db, seconds in ((-23, 60), (-36, 10))
    )
    assert loudness(np.concatenate([quiet, loud, quiet]), RATE) == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("hertz", [997, 6000, 12_000, 17_000, 19_997])
@pytest.mark.parametrize("phase", [0, np.pi / 4, 1.0])
def test_peaks_between_samples(hertz, phase):
    """At a quarter of the rate and 45 degrees every sample lies 3 dB below the peak."""
    wave = (
        tone(hertz, 0.5, 1, phase)
        * np.minimum(1, np.arange(RATE) / 2000)
        * np.minimum(1, np.arange(RATE)[::-1] / 2000)
    )
    assert true_peak(wave) == pytest.approx(20 * np.log10(0.5), abs=0.02)


def test_silence_and_nothing():
    for frames in (0, 10, RATE):
        found = levels(np.zeros((frames, 2)), RATE)
        assert (found.lufs, found.dbtp) == (-inf, -inf)


@pytest.mark.parametrize(
    ("container", "subtype"), [("WAV", "PCM_16"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")]
)
def test_what_a_file_decodes_to(container, subtype):
    """As libsndfile decodes it, too."""
    sound = np.stack([pad(4), pad(4, seed=1)], axis=1).astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format=container, subtype=subtype)
    samples, rate = decoded(file.getvalue())
    other, other_rate = soundfile.read(io.BytesIO(file.getvalue()), always_2d=True)
    assert (rate, samples.shape[1]) == (other_rate, 2)
    assert len(samples) == pytest.approx(len(sound), abs=RATE // 10)
    assert levels(samples, rate).lufs == pytest.approx(loudness(sound, RATE), abs=0.2)
    assert levels(samples, rate).dbtp == pytest.approx(true_peak(other), abs=0.1)
