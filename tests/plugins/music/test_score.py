"""What is written: form, tempo, key, intensity, seeds."""

from collections import Counter
from itertools import islice
from typing import Any

import pytest

from mixdown_kernel import MusicRequest
from mixdown_music.arranger import count_bars
from mixdown_music.composer import compose
from mixdown_music.form import sections
from mixdown_music.genres import GENRES
from mixdown_music.renderer import onset
from mixdown_music.score import MAX_DELAY, Score

GENRE_NAMES = list(GENRES)


def score(genre: str, **members: Any) -> Score:
    return compose(MusicRequest.model_validate({"genre": genre, "duration_ms": 60_000, "seed": 5, **members}))


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_ten_seeds_give_ten_pieces(genre: str) -> None:
    """Even in one key and tempo, chords and onsets differ."""
    pieces = [list(score(genre, seed=seed, key="C_minor", bpm=90).notes()) for seed in range(10)]
    assert len({tuple(note.pitch for note in notes) for notes in pieces}) == 10
    assert len({tuple(note.beat for note in notes) for notes in pieces}) == 10


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_a_score_can_be_read_again(genre: str) -> None:
    written = score(genre)
    assert list(written.notes()) == list(written.notes())


@pytest.mark.parametrize("genre", GENRE_NAMES)
@pytest.mark.parametrize("bpm", [60, 97, 200])
def test_notes_lie_on_the_beat_for_as_long_as_it_takes(genre: str, bpm: int) -> None:
    """The only deviation from the exact beat is the player's own lateness; it is bounded and adds up to nothing."""
    for note in score(genre, bpm=bpm, duration_ms=600_000).notes():
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
    chosen, up = score(genre, key="C_minor"), score(genre, key="D_minor")
    assert [note.beat for note in chosen.notes()][:20] == [note.beat for note in up.notes()][:20]
    roots = [{note.pitch % 12 for note in notes} for notes in islice(chosen.bars(), 4)]
    transposed = [{(note.pitch - 2) % 12 for note in notes} for notes in islice(up.bars(), 4)]
    assert [a & b for a, b in zip(roots, transposed, strict=True)] != [set()] * 4


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
    """More notes, more instruments at a time, and harder played: not the same score louder."""
    quiet, loud = (score(genre, intensity=intensity) for intensity in (0.0, 1.0))
    assert instruments_per_bar(loud) > 1.1 * instruments_per_bar(quiet)
    quiet_notes, loud_notes = list(quiet.notes()), list(loud.notes())
    assert len(loud_notes) > 1.15 * len(quiet_notes)
    quiet_force, loud_force = (
        sum(n.velocity for n in notes) / len(notes) for notes in (quiet_notes, loud_notes)
    )
    assert loud_force > 1.2 * quiet_force


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


@pytest.mark.parametrize("bars", [1, 3, 4, 8, 9, 20, 27, 28, 40, 333])
def test_sections_fill_the_piece(bars: int) -> None:
    form = list(sections(bars))
    assert sum(section.bars for section in form) == bars
    assert all(1 <= section.bars <= 16 for section in form)
    if bars >= 20:
        assert form[0].name == "intro"
        assert len({section.name for section in form}) >= 3


def test_a_chorus_returns_and_verses_vary() -> None:
    """A section's second appearance has the harmony of the first, and not its very notes."""
    written = score("lofi", duration_ms=240_000)
    names = [section.name for section in sections(count_bars(written.piece)[0])]
    assert Counter(names)["verse"] >= 2
    bars = list(written.bars())
    chords = [frozenset(n.pitch % 12 for n in bar if n.part == "keys") for bar in bars]
    assert len(set(chords)) < len(chords) / 3
    assert len({tuple((n.beat % 4, n.pitch) for n in bar) for bar in bars}) > len(bars) / 2


def test_an_hour_is_written_bar_by_bar() -> None:
    bars = score("jazz", duration_ms=12 * 3_600_000).bars()
    assert len(list(islice(bars, 16))) == 16
