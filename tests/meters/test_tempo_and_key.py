"""Cadences in known keys at known tempi (needs the group ``listen``)."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from meters.keys import NAMES, key, of_profile, same
from meters.tempo import tempo

from .materials import RATE, Signal

CHORDS = {
    "major": ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)),
    "minor": ((0, 3, 7), (5, 8, 12), (7, 10, 14), (0, 3, 7)),
}
listen = pytest.mark.skipif(find_spec("librosa") is None, reason="the group `listen` is not installed")


def cadences(tonic: int, mode: str, bpm: float, seconds: float = 16) -> Signal:
    """I IV V I (or i iv v i), a chord on every beat."""
    beat = round(60 / bpm * RATE)
    time = np.arange(beat) / RATE
    envelope = np.minimum(1, time / 0.005) * np.exp(-time * 4)
    beats = []
    for number in range(round(seconds * RATE / beat) // 4 * 4):
        degrees = CHORDS[mode][number % 4]
        notes = [130.81 * 2 ** ((tonic + degree) / 12) for degree in (*degrees, degrees[0] - 12)]
        beats.append(
            sum(np.sin(2 * np.pi * hertz * h * time) / h**1.5 for hertz in notes for h in (1, 2, 3))
            * envelope
        )
    return 0.1 * np.concatenate(beats)


@listen
@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("tonic", [0, 6])
def test_the_key_of_cadences(tonic, mode):
    assert key(cadences(tonic, mode, 100), RATE) == f"{NAMES[tonic]}_{mode}"


@listen
@pytest.mark.parametrize("bpm", [60, 100, 160])
def test_the_tempo_of_cadences(bpm):
    found = tempo(cadences(0, "major", bpm), RATE, asked=bpm)
    assert found.ok
    assert found.beats_bpm == pytest.approx(bpm, rel=0.01)


@listen
@pytest.mark.parametrize("wrong", [0.9, 1.2])
def test_a_wrong_tempo_is_not_believed(wrong):
    assert not tempo(cadences(0, "major", 100), RATE, asked=100 * wrong).ok


@listen
def test_silence_has_neither():
    assert not tempo(np.zeros(20 * RATE), RATE, asked=100).ok
    with pytest.raises(ValueError, match="silence"):
        key(np.zeros(5 * RATE), RATE)


def test_the_key_of_a_profile():
    """Pitch-class durations of 'Ode to Joy' in D: mostly F# G A E D."""
    weights = np.zeros(12)
    weights[[2, 4, 6, 7, 9]] = 8, 7, 9, 4, 6
    assert of_profile(weights) == "D_major"


def test_names_of_one_key():
    assert same("Db_major", "C#_major")
    assert same("Cb_minor", "B_minor")
    assert same("Bb_minor", "A#_minor")
    assert not same("A_minor", "C_major")
