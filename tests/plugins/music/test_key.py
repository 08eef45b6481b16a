"""The asked key and tempo lie in the notes themselves. (That they are heard is for `make listen`.)"""

import numpy as np
import pytest
from numpy.typing import NDArray

from mixdown_kernel import MusicRequest
from mixdown_music.composer import compose
from mixdown_music.genres import GENRES
from mixdown_music.score import Score
from mixdown_music.theory import Key, Mode, parse_key

PROFILES: dict[Mode, tuple[float, ...]] = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
"""Krumhansl and Kessler (1982)."""
KEYS = ("C_minor", "A_minor", "G_major", "Eb_major", "F#_minor", "Bb_major")
TEMPI = (60, 80, 100, 120, 160, 200)


def pitch_classes(written: Score) -> NDArray[np.float64]:
    """How long and how loud each sounds; the drums apart."""
    weights = np.zeros(12)
    for note in written.notes():
        if written.piece.genre.parts[note.part].stem != "drums":
            weights[note.pitch % 12] += note.beats * note.velocity
    return weights


def likeliest(weights: NDArray[np.float64]) -> Key:
    keys = [Key(tonic, mode) for tonic in range(12) for mode in PROFILES]
    return max(keys, key=lambda key: np.corrcoef(np.roll(PROFILES[key.mode], key.tonic), weights)[0, 1])


@pytest.mark.parametrize("genre", list(GENRES))
def test_nine_pieces_in_ten_are_in_the_asked_key(genre: str) -> None:
    wrong = []
    for seed in range(30):
        name, bpm = KEYS[seed % len(KEYS)], TEMPI[seed % 5]
        written = compose(MusicRequest(genre=genre, key=name, bpm=bpm, seed=seed, duration_ms=30_000))
        if likeliest(pitch_classes(written)) != parse_key(name):
            wrong.append((seed, name))
    assert len(wrong) <= 3, wrong


@pytest.mark.parametrize("genre", list(GENRES))
@pytest.mark.parametrize("bpm", TEMPI)
def test_somebody_plays_the_beat(genre: str, bpm: int) -> None:
    """Seven beats in ten have an onset, exactly where the tempo puts them."""
    written = compose(MusicRequest(genre=genre, bpm=bpm, seed=3, duration_ms=30_000))
    struck = {note.beat for note in written.notes()}
    beats = range(int(max(struck)) + 1)
    assert sum(beat in struck for beat in beats) >= 0.7 * len(beats)
