"""How long phones last at a tempo."""

from __future__ import annotations

import numpy as np
import pytest

from mixdown_tts_onnx.mixdown.tempo import LEAD_MS, TAIL_MS, VOWELS, frame_edges

NAMES = ("pau", "hh", "ax", "l", "ow", "pau", "w", "er", "l", "d", "pau")
DURATIONS = np.array([5, 6.2, 5.1, 7.7, 16.4, 20, 8.3, 15, 9.6, 6, 10], np.float32)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.0, 1.3, 2.0])
def test_the_whole_lasts_as_long_as_was_asked(speed):
    assert frame_edges(NAMES, DURATIONS, speed)[-1] == pytest.approx(DURATIONS.sum() / speed, abs=0.51)


def test_at_its_own_tempo_every_phone_keeps_its_length():
    assert np.abs(np.diff(frame_edges(NAMES, DURATIONS, 1.0)) - DURATIONS).max() <= 1


def test_vowels_give_way_more_than_consonants():
    slow, fast = (np.diff(frame_edges(NAMES, 10 * DURATIONS, speed)) for speed in (0.5, 2.0))
    for phone in (3, 4), (6, 7):
        consonant, vowel = phone
        assert NAMES[vowel] in VOWELS
        assert slow[vowel] / DURATIONS[vowel] > 1.1 * slow[consonant] / DURATIONS[consonant]
        assert fast[vowel] / DURATIONS[vowel] < 0.9 * fast[consonant] / DURATIONS[consonant]


@pytest.mark.parametrize("durations", [np.zeros(11), np.full(11, 1e9), np.full(11, -3.0), DURATIONS / 100])
@pytest.mark.parametrize("speed", [0.1, 1.0, 10.0])
def test_every_phone_is_heard_and_none_for_ever(durations, speed):
    lengths = np.diff(frame_edges(NAMES, durations.astype(np.float32), speed))
    assert lengths.min() >= 1
    assert lengths.max() <= 2.5 * 200 / speed


def test_pauses_at_the_ends_are_short():
    lengths = np.diff(frame_edges(NAMES, np.where(DURATIONS == 5, 30, 40).astype(np.float32), 1.0))
    assert (10 * lengths[0], 10 * lengths[-1]) == (LEAD_MS, TAIL_MS)
    assert lengths[5] == 40
