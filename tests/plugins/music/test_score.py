"""What is written: tempo, key, intensity, seeds, endings."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import pytest

from mixdown_kernel import MusicRequest
from mixdown_music.arranger import count_bars, lay_out
from mixdown_music.composer import compose
from mixdown_music.genres import GENRES
from mixdown_music.renderer import onset
from mixdown_music.score import MAX_DELAY, Score
from mixdown_music.theory import Chord

GENRE_NAMES = list(GENRES)


def score(genre: str, **members: Any) -> Score:
    return compose(MusicRequest.model_validate({"genre": genre, "duration_ms": 60_000, "seed": 5, **members}))


def chords(written: Score) -> tuple[Chord, ...]:
    return tuple(harmony.chord for bar in lay_out(written.piece) for harmony in bar.harmony)


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_ten_seeds_give_ten_pieces(genre: str) -> None:
    """Even in one key and tempo, the chords differ, and so do pitches and onsets."""
    pieces = [score(genre, seed=seed, key="C_minor", bpm=90) for seed in range(10)]
    assert len({chords(written) for written in pieces}) == 10
    notes = [list(written.notes()) for written in pieces]
    assert len({tuple(note.pitch for note in played) for played in notes}) == 10
    assert len({tuple(note.beat for note in played) for played in notes}) == 10


def test_one_seed_is_one_piece_in_any_process() -> None:
    """To the last bit of every float, whatever Python's hashes are."""
    program = (
        "import hashlib\n"
        "from mixdown_kernel import MusicRequest\n"
        "from mixdown_music.composer import compose\n"
        f"for genre in {GENRE_NAMES!r}:\n"
        "    written = compose(MusicRequest(genre=genre, duration_ms=20000, seed=11))\n"
        "    print(hashlib.sha256(repr(list(written.measures())).encode()).hexdigest())\n"
    )
    here = [
        hashlib.sha256(repr(list(score(g, seed=11, duration_ms=20_000).measures())).encode()).hexdigest()
        for g in GENRE_NAMES
    ]
    there = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.split() == here
    assert len(set(here)) == len(here)


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_a_score_can_be_read_again(genre: str) -> None:
    written = score(genre)
    assert list(written.notes()) == list(written.notes())


@pytest.mark.parametrize("genre", GENRE_NAMES)
@pytest.mark.parametrize("bpm", [60, 97, 200])
def test_notes_lie_on_the_beat_for_as_long_as_it_takes(genre: str, bpm: int) -> None:
    """The only deviation from the exact beat is the player's own lateness; it is bounded and adds up to nothing."""
    for note in score(genre, bpm=bpm, duration_ms=180_000).notes():
        exact = note.beat * 60 / bpm * 48_000
        assert 0 <= note.delay <= MAX_DELAY
        assert -1 <= onset(note, bpm) - exact <= MAX_DELAY * 48_000 + 1


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_drums_keep_to_the_grid_of_the_asked_tempo(genre: str) -> None:
    parts = GENRES[genre].parts
    drums = [n for n in score(genre, bpm=120).notes() if parts[n.part].stem == "drums"]
    on_quarters = [note for note in drums if note.beat == int(note.beat)]
    assert not drums or len(on_quarters) > 0.2 * len(drums)


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_another_key_is_the_same_piece_transposed(genre: str) -> None:
    """Note for note; drum kits, whose pitches are drums, stay as they are."""
    kits = GENRES[genre].struck
    for key, up in (("D_minor", 2), ("F_minor", 5), ("F#_minor", -6), ("B_minor", -1)):
        for note, moved in zip(
            score(genre, key="C_minor").notes(), score(genre, key=key).notes(), strict=True
        ):
            assert moved == replace(note, pitch=note.pitch + (0 if note.part in kits else up))


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_another_tempo_is_the_same_piece_faster(genre: str) -> None:
    """As far as it goes: a faster piece has room for more."""
    slow, fast = (score(genre, bpm=bpm, duration_ms=120_000 * 80 // bpm) for bpm in (80, 100))
    assert chords(slow)[:16] == chords(fast)[:16]


def test_what_is_not_asked_is_drawn_and_the_rest_stays() -> None:
    free = score("lofi").piece
    assert GENRES["lofi"].tempo[0] <= free.bpm <= GENRES["lofi"].tempo[1]
    assert score("lofi", bpm=120).piece.key == free.key
    assert score("lofi", key="E_minor").piece.bpm == free.bpm
    assert len({score("lofi", seed=seed).piece.bpm for seed in range(30)}) > 5
    assert len({score("lofi", seed=seed).piece.key for seed in range(30)}) > 8


def instruments_per_bar(written: Score) -> float:
    """Parts, and drums one by one."""
    drums = {name for name, part in written.piece.genre.parts.items() if part.stem == "drums"}
    bars = [{(n.part, n.pitch if n.part in drums else 0) for n in bar} for bar in written.bars()]
    return sum(len(bar) for bar in bars) / len(bars)


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_intensity_changes_the_arrangement(genre: str) -> None:
    """More notes, more instruments at a time, and harder played, step by step: not the same score louder."""
    scores = [score(genre, intensity=intensity) for intensity in (0.0, 0.25, 0.5, 0.75, 1.0)]
    layers = [instruments_per_bar(written) for written in scores]
    notes = [list(written.notes()) for written in scores]
    force = [sum(note.velocity for note in played) / len(played) for played in notes]
    assert all(more >= 0.97 * less for less, more in pairwise(layers))
    assert all(len(more) >= 0.95 * len(less) for less, more in pairwise(notes))
    assert all(more > less for less, more in pairwise(force))
    assert layers[-1] > 1.3 * layers[0]
    assert len(notes[-1]) > 1.3 * len(notes[0])
    assert force[-1] > 1.3 * force[0]


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_intensity_leaves_harmony_and_form_as_they_are(genre: str) -> None:
    assert chords(score(genre, intensity=0.1)) == chords(score(genre, intensity=0.9))


@pytest.mark.parametrize("genre", GENRE_NAMES)
@pytest.mark.parametrize("seconds", [20, 45, 61.7, 300])
def test_a_piece_ends_on_its_tonic_in_time_to_ring(genre: str, seconds: float) -> None:
    written = score(genre, duration_ms=round(seconds * 1000))
    *_, last = written.bars()
    beat = 60 / written.piece.bpm
    assert 2.4 <= seconds - last[0].beat * beat <= 2.5 + 4 * beat
    bass = min(last, key=lambda note: note.pitch if GENRES[genre].parts[note.part].stem == "bass" else 999)
    assert bass.pitch % 12 == written.piece.key.tonic


@pytest.mark.parametrize("milliseconds", [1, 20, 400, 1500, 3000])
def test_a_very_short_piece_is_its_last_chord(milliseconds: int) -> None:
    for genre in GENRE_NAMES:
        written = score(genre, duration_ms=milliseconds)
        assert count_bars(written.piece)[0] == 0
        assert [note.beat for note in written.notes()]


def test_an_hour_is_written_bar_by_bar() -> None:
    bars = score("jazz", duration_ms=12 * 3_600_000).bars()
    assert len(list(islice(bars, 16))) == 16
