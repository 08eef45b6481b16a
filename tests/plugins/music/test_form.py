"""Form: sections that fill a piece, come back changed, and end inside the duration."""

from collections import Counter
from typing import Any

import pytest

from mixdown_kernel import MusicRequest
from mixdown_music.arranger import count_bars, lay_out
from mixdown_music.composer import compose
from mixdown_music.form import sections
from mixdown_music.genres import GENRES
from mixdown_music.renderer import onset
from mixdown_music.score import Score

GENRE_NAMES = list(GENRES)


def score(genre: str, **members: Any) -> Score:
    return compose(
        MusicRequest.model_validate({"genre": genre, "duration_ms": 240_000, "seed": 5, **members})
    )


def names(genre: str, bars: int) -> list[str]:
    return [section.name for section in sections(GENRES[genre].forms, bars)]


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_sections_fill_a_piece_of_any_length(genre: str) -> None:
    for bars in range(1, 300):
        form = list(sections(GENRES[genre].forms, bars))
        assert sum(section.bars for section in form) == bars
        assert all(1 <= section.bars <= 16 for section in form)
        if bars >= 12:
            assert len(form) >= 3
            assert len({section.energy for section in form}) >= 3


def test_no_bars_no_sections() -> None:
    assert names("lofi", 0) == []


@pytest.mark.parametrize("bars", [13, 40, 80, 400])
def test_jazz_goes_from_the_head_through_solos_back_to_the_head(bars: int) -> None:
    order = [name for name in names("jazz", bars) if name in ("head", "solo")]
    assert order[0] == order[-1] == "head"
    assert "solo" in order


@pytest.mark.parametrize("bars", [8, 16, 24, 48, 200])
def test_electronic_builds_before_it_drops(bars: int) -> None:
    order = names("electronic", bars)
    first_drop = order.index("drop")
    assert order[first_drop - 1] == "build"


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_long_pieces_open_and_close(genre: str) -> None:
    order = names(genre, 200)
    assert order[0] == "intro"
    assert order[-1] in ("outro", "coda", "tag")
    assert len(set(order)) >= 4 - (genre == "ambient")


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_a_section_returns_with_its_harmony_and_not_note_for_note(genre: str) -> None:
    written = score(genre)
    bars, notes = list(lay_out(written.piece)), list(written.bars())
    starts: dict[tuple[str, str], list[int]] = {}
    for bar in bars:
        if bar.position == 0 and bar.length >= 8:
            chords = str([h.chord for h in bars[bar.index].harmony + bars[bar.index + 1].harmony])
            starts.setdefault((bar.section, chords), []).append(bar.index)
    again = next(found for found in starts.values() if len(found) > 1)
    first, second = (
        [
            (n.part, n.beat - 4 * start, n.pitch, round(n.velocity, 2))
            for i in range(8)
            for n in notes[start + i]
        ]
        for start in again[:2]
    )
    shared = Counter((part, pitch) for part, _, pitch, _ in first) & Counter(
        (part, pitch) for part, _, pitch, _ in second
    )
    assert first != second
    assert shared.total() > 0.3 * min(len(first), len(second))


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_sections_differ_in_who_plays_and_how_much(genre: str) -> None:
    written = score(genre)
    per_section: dict[str, list[int]] = {}
    players: dict[str, set[str]] = {}
    for bar, notes in zip(lay_out(written.piece), written.bars(), strict=True):
        per_section.setdefault(bar.section, []).append(len(notes))
        players.setdefault(bar.section, set()).update(note.part for note in notes)
    density = {name: sum(counts) / len(counts) for name, counts in per_section.items() if name != "end"}
    assert max(density.values()) > 1.4 * min(density.values())
    assert len({frozenset(parts) for parts in players.values()}) >= 3


@pytest.mark.parametrize("genre", GENRE_NAMES)
@pytest.mark.parametrize("milliseconds", [1, 80, 300, 700, 2_000, 5_000, 12_000, 30_000, 61_700])
@pytest.mark.parametrize("bpm", [40, 100, 233])
def test_everything_begins_in_time_to_be_heard(genre: str, milliseconds: int, bpm: int) -> None:
    """The last onset lies inside the piece, the last chord holds to its very end, and nothing is held beyond."""
    written = score(genre, duration_ms=milliseconds, bpm=bpm)
    notes = list(written.notes())
    assert notes
    total = written.piece.frames
    beats = milliseconds / 60_000 * bpm
    assert all(note.beat < beats for note in notes)
    assert max(note.beat + note.beats for note in notes) <= beats + 2.0
    final = [note for note in notes if note.beat + note.beats > beats - 1e-6]
    assert final
    if milliseconds > 1_000:
        last = max(onset(note, bpm) for note in notes)
        assert last < total
        assert total - last >= min(0.5 * total, 2.4 * 48_000)


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_a_tag_of_two_seconds_is_a_cadence(genre: str) -> None:
    written = score(genre, duration_ms=2_000, bpm=120)
    (bar,) = lay_out(written.piece)
    assert [harmony.function for harmony in bar.harmony][-1] == "T"
    assert len(bar.harmony) == 2
    assert count_bars(written.piece)[0] == 0
