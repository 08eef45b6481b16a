"""Voice leading: little motion, no parallels in the orchestra's strings, everybody in range."""

from collections import Counter
from itertools import pairwise

import pytest

from mixdown_kernel import MusicRequest
from mixdown_music.arranger import draw_theme, lay_out, voice
from mixdown_music.composer import compose
from mixdown_music.genres import GENRES
from mixdown_music.theory import Key, chord
from mixdown_music.voicing import ALTO, BASS, SOPRANO, TENOR, Voicing, lead, lead_in_four, parallels

MODES = ("C_major", "C_minor")


def voicings(genre: str, seed: int, key: str) -> list[Voicing]:
    written = compose(MusicRequest(genre=genre, key=key, seed=seed, duration_ms=120_000))
    return [harmony.voicing for bar in lay_out(written.piece) for harmony in bar.harmony]


@pytest.mark.parametrize("key", MODES)
@pytest.mark.parametrize("seed", range(6))
def test_the_strings_move_without_parallel_fifths_and_octaves(key: str, seed: int) -> None:
    chords = voicings("orchestral", seed, key)
    faulty = [pair for pair in pairwise(chords) if parallels(*pair)]
    assert not faulty


def test_parallels_are_found() -> None:
    assert parallels((48, 55, 64, 72), (50, 57, 65, 74)) == 2  # a fifth and an octave
    assert parallels((48, 55, 64, 72), (48, 55, 64, 72)) == 0  # nobody moves
    assert parallels((48, 55, 64, 72), (50, 53, 65, 69)) == 0


@pytest.mark.parametrize("key", MODES)
def test_the_strings_keep_their_ranges_and_do_not_cross(key: str) -> None:
    for seed in range(6):
        for voicing in voicings("orchestral", seed, key):
            for pitch, reach in zip(voicing, (BASS, TENOR, ALTO, SOPRANO), strict=True):
                assert pitch in reach
            assert list(voicing) == sorted(voicing)
            assert voicing[3] - voicing[2] <= 12
            assert voicing[2] - voicing[1] <= 12


@pytest.mark.parametrize("key", MODES)
def test_the_upper_strings_move_little(key: str) -> None:
    """A tone a voice on average, and a leap beyond a fifth next to never."""
    moves = [
        abs(a - b)
        for seed in range(6)
        for first, second in pairwise(voicings("orchestral", seed, key))
        for a, b in zip(first[1:], second[1:], strict=True)
    ]
    assert sum(moves) / len(moves) < 2.5
    assert sum(move > 7 for move in moves) < 0.01 * len(moves)


def test_leading_tones_and_sevenths_are_not_doubled() -> None:
    for numeral, tender in (("V7", (11, 5)), ("ii7b", (0,)), ("V7/V", (6, 0))):
        voicing = lead_in_four(chord(numeral, Key(0, "major")), ())
        counts = Counter(pitch % 12 for pitch in voicing)
        assert all(counts[tone] <= 1 for tone in tender), numeral


def test_an_inversion_lies_in_the_bass() -> None:
    for numeral, bass in (("I", 0), ("Ib", 4), ("Ic", 7), ("V7d", 5)):
        assert lead_in_four(chord(numeral, Key(0, "major")), ())[0] % 12 == bass


@pytest.mark.parametrize("genre", [name for name, genre in GENRES.items() if not genre.four_parts])
def test_hands_on_keys_move_by_step(genre: str) -> None:
    """On average the nearest voice is a tone away or less, and the hand stays within an octave of its centre."""
    found = GENRES[genre]
    for seed in range(10):
        written = compose(MusicRequest(genre=genre, seed=seed, duration_ms=60_000))
        theme, key = draw_theme(written.piece, "A", 0), Key(0, written.piece.key.mode)
        rows, _ = voice((*theme.question, *theme.answer), key, (), found)
        chords = [harmony.voicing for row in rows for harmony in row]
        moves = [min(abs(p - other) for other in first) for first, second in pairwise(chords) for p in second]
        assert sum(moves) / len(moves) <= 2.5, (seed, chords)
        assert all(abs(pitch - found.centre) <= 16 for voicing in chords for pitch in voicing)


def test_a_voicing_holds_what_characterises_the_chord() -> None:
    voicing = lead(chord("V13", Key(0, "major")), (), voices=4)
    assert {pitch % 12 for pitch in voicing} >= {11, 5, 4}  # third, seventh, thirteenth
