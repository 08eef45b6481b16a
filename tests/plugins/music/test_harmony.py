"""Harmony: phrases that a grammar of functions allows, cadences where they belong, two-fives in jazz."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from mixdown_kernel import MusicRequest
from mixdown_music.arranger import draw_theme, lay_out
from mixdown_music.composer import compose
from mixdown_music.dice import stream
from mixdown_music.genre import Bar
from mixdown_music.genres import GENRES
from mixdown_music.grammar import (
    Cadence,
    Degree,
    Idiom,
    Phrase,
    degrees,
    is_legal,
    tritone_substitutes,
    write_phrase,
)
from mixdown_music.score import Piece
from mixdown_music.theory import Key, chord, degree_of

GENRE_NAMES = list(GENRES)
IDIOMS = [
    pytest.param(idiom, id=f"{genre.name}-{mode}")
    for genre in GENRES.values()
    for mode, idiom in genre.idioms.items()
]


def piece(genre: str, **members: Any) -> Piece:
    return compose(
        MusicRequest.model_validate({"genre": genre, "duration_ms": 90_000, "seed": 5, **members})
    ).piece


def phrases(idiom: Idiom, cadence: Cadence, count: int = 60) -> Iterator[Phrase]:
    for seed in range(count):
        yield write_phrase(idiom, cadence, stream(seed, "test"), away=seed % 2 == 1)


@pytest.mark.parametrize("idiom", IDIOMS)
def test_every_phrase_is_legal_and_full(idiom: Idiom) -> None:
    """Four bars of four beats; dominants go to tonics, applied chords where they point."""
    for cadence in (*idiom.skeletons, Cadence.CLOSE):
        for phrase in phrases(idiom, cadence):
            assert [sum(degree.beats for degree in bar) for bar in phrase] == [4, 4, 4, 4]
            assert is_legal(phrase, idiom), phrase


def test_a_dominant_before_a_subdominant_is_not_legal() -> None:
    idiom = GENRES["orchestral"].idioms["major"]
    backwards: Phrase = ((Degree("V", "D", 4), Degree("IV", "S", 4)),)
    assert not is_legal(backwards, idiom)
    astray: Phrase = ((Degree("V7/ii", "D", 4, applied=True), Degree("IV", "S", 4)),)
    assert not is_legal(astray, idiom)


@pytest.mark.parametrize("idiom", IDIOMS)
def test_each_chord_has_the_function_it_is_written_for(idiom: Idiom) -> None:
    for phrase in phrases(idiom, Cadence.AUTHENTIC):
        for degree in degrees(phrase):
            known = idiom.function_of(degree.numeral)
            assert degree.applied or known is None or known == degree.function


@pytest.mark.parametrize("genre", ["jazz", "orchestral"])
@pytest.mark.parametrize("mode", ["major", "minor"])
def test_questions_end_on_the_dominant_and_answers_come_home(genre: str, mode: Any) -> None:
    idiom = GENRES[genre].idioms[mode]
    for phrase in phrases(idiom, Cadence.HALF):
        assert phrase[-1][-1].function == "D"
    for phrase in phrases(idiom, Cadence.AUTHENTIC):
        *_, before, last = degrees(phrase)
        assert (before.function, last.function) == ("D", "T")
        assert chord(last.numeral, Key(0, mode)).root == 0


@pytest.mark.parametrize("genre", ["jazz", "orchestral"])
def test_sections_of_a_piece_end_in_cadences(genre: str) -> None:
    """The last full bar of a section stands on the tonic, or on a dominant that leads into the next one."""
    for seed in range(6):
        bars = list(lay_out(piece(genre, seed=seed)))
        for bar in (bar for bar in bars[:-1] if bar.turns):
            functions = [harmony.function for harmony in bar.harmony]
            assert functions[0] == "T" or functions[-1] == "D", (bar.section, bar.harmony)


@pytest.mark.parametrize("genre", GENRE_NAMES)
@pytest.mark.parametrize("seed", range(4))
def test_a_piece_ends_in_the_genres_cadence_on_its_tonic(genre: str, seed: int) -> None:
    written = piece(genre, seed=seed)
    *_, before, last = lay_out(written)
    idiom = written.genre.idioms[written.key.mode]
    home = Key(0, written.key.mode)
    assert [h.chord for h in before.harmony] == [chord(numeral, home) for numeral in idiom.close]
    assert last.harmony[-1].chord.root == 0
    assert last.is_last


def test_jazz_moves_in_two_fives() -> None:
    """Two changes of harmony in five fall by a fifth, or by its substitute's semitone; every piece has its two-fives."""
    falls = changes = 0
    for seed in range(8):
        roots = [h.chord.root for bar in lay_out(piece("jazz", seed=seed)) for h in bar.harmony]
        moves = [(after - before) % 12 for before, after in pairwise(roots) if after != before]
        falls += moves.count(5) + moves.count(11)
        changes += len(moves)
        assert sum(before == 2 and after in (7, 1) for before, after in pairwise(roots)) >= 3, seed
    assert falls > 0.4 * changes


def test_a_tritone_substitute_keeps_the_guide_tones() -> None:
    plain: Phrase = ((Degree("ii9", "S", 2), Degree("V13", "D", 2)), (Degree("Imaj9", "T", 4),))
    idiom = GENRES["jazz"].idioms["major"]
    changed = tritone_substitutes(plain, idiom, stream(1, "test"))
    key = Key(0, "major")
    before, after = chord("V13", key), chord(changed[0][1].numeral, key)
    assert (before.root - after.root) % 12 == 6
    assert {5, 11} <= set(before.pitch_classes()) & set(after.pitch_classes())


def numerals_of(genre: str, **members: Any) -> set[str]:
    found: set[str] = set()
    for seed in range(10):
        written = piece(genre, seed=seed, **members)
        for letter in "ABC":
            theme = draw_theme(written, letter, 0)
            found |= {d.numeral for phrase in (theme.question, theme.answer) for d in degrees(phrase)}
    return found


def test_genres_speak_different_languages() -> None:
    """Secondary dominants and alterations in jazz, inversions and six-fours in the orchestra, ninths in lofi."""
    jazz, orchestra, lofi = (numerals_of(genre) for genre in ("jazz", "orchestral", "lofi"))
    assert any("/" in numeral for numeral in jazz)
    assert {"ii9", "V13", "bII7#11"} <= jazz
    assert {"Ic", "ic"} & orchestra
    assert any(numeral.endswith("b") for numeral in orchestra)
    assert not {numeral for numeral in orchestra if "9" in numeral or "13" in numeral}
    assert sum("9" in numeral for numeral in lofi) > len(lofi) / 3


def test_harmony_moves() -> None:
    """No genre sits on a chord for longer than four bars."""
    for genre in GENRE_NAMES:
        for seed in range(4):
            bars: list[Bar] = list(lay_out(piece(genre, seed=seed)))
            still = longest = 1
            for before, bar in pairwise(bars):
                changes = len(bar.harmony) > 1 or degree_root(bar) != degree_root(before)
                still = 1 if changes else still + 1
                longest = max(longest, still)
            assert longest <= 4, (genre, seed)


def degree_root(bar: Bar) -> int:
    return bar.harmony[0].chord.root


def test_a_degree_is_read_from_its_numeral() -> None:
    assert [degree_of(n) for n in ("bVImaj7", "V7/ii", "iiø7b", "Ic", "#ivø7")] == [
        "bVI",
        "V",
        "ii",
        "I",
        "#iv",
    ]
