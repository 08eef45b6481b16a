"""How like a voice is to its teacher, on parameters and sounds whose distance is known."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from meters.likeness import Likeness, mean_likeness, of_parameters, of_sounds

from .materials import RATE, vowels


def parameters(frames: int = 50) -> np.ndarray:
    """log F0, voicing, 25 cepstra, 5 strengths; the last ten frames are unvoiced."""
    rows = np.random.default_rng(0).standard_normal((frames, 32))
    rows[:, 0] = np.log(120)
    rows[:, 1] = np.arange(frames) < frames - 10
    return rows


def test_a_melody_half_a_semitone_higher():
    theirs = parameters()
    ours = theirs.copy()
    ours[:, 0] += np.log(2) / 24
    assert of_parameters(ours, theirs, 25) == Likeness(0.0, pytest.approx(50), 40)


def test_the_distortion_is_the_distance_of_the_log_spectra_on_the_mel_scale():
    theirs = parameters()
    ours = theirs.copy()
    ours[:, 3], ours[:, 26] = ours[:, 3] + 0.2, ours[:, 26] - 0.1
    w = np.linspace(0, np.pi, 100_001)
    nepers = 0.2 * np.cos(w) - 0.1 * np.cos(24 * w)
    assert of_parameters(ours, theirs, 25).mcd_db == pytest.approx(20 / np.log(10) * np.sqrt(np.mean(nepers**2)), rel=1e-3)  # fmt: skip


def test_level_strengths_and_what_is_unvoiced_do_not_count():
    theirs = parameters()
    ours = theirs.copy()
    ours[:, 2] += 1
    ours[:, 27:] += 1
    ours[-10:] += 1
    assert of_parameters(ours, theirs, 25) == Likeness(0, 0, 40)


def test_what_cannot_be_compared_is_refused():
    theirs = parameters()
    with pytest.raises(ValueError, match="same durations"):
        of_parameters(theirs[:-1], theirs, 25)
    theirs[:, 1] = 0
    with pytest.raises(ValueError, match="voices nothing"):
        of_parameters(theirs, theirs, 25)
    with pytest.raises(ValueError, match="nothing"):
        mean_likeness([])


def test_long_utterances_count_more():
    assert mean_likeness([Likeness(1, 10, 100), Likeness(2, 30, 300)]) == Likeness(1.75, 25, 400)


@pytest.mark.skipif(find_spec("librosa") is None, reason="the group `listen` is not installed")
def test_sounds_are_alike_whatever_their_level_and_apart_by_their_pitch():
    one, higher = vowels(3), vowels(3, 120 * 2 ** (1 / 12))
    later = np.concatenate([np.zeros(RATE // 4), 0.3 * one])
    assert of_sounds(one, RATE, later, RATE).f0_cents < 5
    apart = of_sounds(one, RATE, higher, RATE)
    assert apart.f0_cents == pytest.approx(100, abs=10)
    assert of_sounds(one, RATE, later, RATE).mcd_db < apart.mcd_db < 6
