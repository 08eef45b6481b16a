"""The asked key can be heard: by the profiles of Krumhansl (1990) on what is pitched."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import stft

from mixdown_kernel import MusicRequest
from mixdown_music.composer import compose
from mixdown_music.genres import GENRES
from mixdown_music.renderer import render
from mixdown_music.sampler import Sampler
from mixdown_music.score import Measure, Piece, Score
from mixdown_music.theory import Key, parse_key

MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
KEYS = ("C_minor", "A_minor", "G_major", "Eb_major", "F#_minor", "Bb_major")


def chroma(mono: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of each pitch class sounds between 50 and 1000 Hz; every tone's third harmonic is taken back, or
    bright sounds seem to be in the key of the fifth."""
    hertz, _, spectrum = stft(mono, 48_000, nperseg=16_384)
    heard = (hertz > 50) & (hertz < 1000)
    classes = (np.round(12 * np.log2(hertz[heard] / 440)) + 69) % 12
    level = np.abs(spectrum[heard])
    frames = np.array([level[classes == pitch_class].sum(axis=0) for pitch_class in range(12)])
    mean = np.mean(frames / (frames.sum(axis=0) + 1e-9), axis=1)
    return np.asarray(np.maximum(mean - 0.25 * np.roll(mean, 7), 0))


def heard_key(profile: NDArray[np.float64]) -> Key:
    keys = [(Key(tonic, "major"), MAJOR) for tonic in range(12)] + [
        (Key(tonic, "minor"), MINOR) for tonic in range(12)
    ]
    return max(keys, key=lambda pair: np.corrcoef(np.roll(pair[1], pair[0].tonic), profile)[0, 1])[0]


def without_drums(written: Score) -> Score:
    """Kits would bias the profile towards their own resonances."""
    parts = written.piece.genre.parts

    def write(piece: Piece) -> Iterator[Measure]:
        for bar in written.write(piece):
            pitched = [note for note in bar.notes if parts[note.part].stem != "drums"]
            yield replace(bar, notes=pitched)

    return Score(written.piece, write)


def test_nine_pieces_in_ten_are_heard_in_the_asked_key() -> None:
    sampler, wrong = Sampler(), []
    for genre in GENRES:
        for seed, name in enumerate(KEYS):
            written = compose(MusicRequest(genre=genre, key=name, seed=seed, duration_ms=20_000))
            pitched = np.concatenate([block.mix for block in render(without_drums(written), sampler=sampler)])
            found = heard_key(chroma(pitched.mean(axis=1, dtype=np.float64)))
            if found != parse_key(name):
                wrong.append((genre, name, found.name))
    assert len(wrong) <= len(GENRES) * len(KEYS) // 10, wrong
