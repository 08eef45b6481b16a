"""A listener understands the voice; the meter tells a damaged one apart."""

from __future__ import annotations

import numpy as np
from meters import matrix

RATE = 22_050


def with_gaps(samples: np.ndarray) -> np.ndarray:
    """Half of its 100 ms blocks, at random, are silent. (Shorter gaps are bridged, by people and by the meter.)"""
    size = RATE // 10
    kept = np.random.default_rng(3).random(-(-len(samples) // size)) >= 0.5
    return samples * np.repeat(kept, size)[: len(samples), np.newaxis]


async def test_thirty_matrix_sentences(espeak, say):
    said = matrix.sentences(30)
    clips = [(await say(espeak, " ".join(words).capitalize() + ".")).audio.samples for words in said]
    meter = matrix.MatrixMeter()
    assert meter.score(clips, RATE, said) >= 0.95
    damaged = [with_gaps(clip) for clip in clips[:10]]
    assert meter.score(damaged, RATE, said[:10]) < 0.6
    backwards = [clip[::-1] for clip in clips[:10]]
    assert meter.score(backwards, RATE, said[:10]) < 0.6


def test_each_word_of_each_slot_comes_once_in_ten():
    said = matrix.sentences(10, seed=4)
    assert [sorted(column) for column in zip(*said, strict=True)] == [sorted(slot) for slot in matrix.SLOTS]
    assert matrix.sentences(10, seed=4) == said
