"""Keys, chords and the way from one voicing to the next."""

import pytest

from mixdown_kernel import Problem
from mixdown_music.genres import GENRES
from mixdown_music.theory import Key, chord, parse_key
from mixdown_music.voicing import lead


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("C_minor", Key(0, "minor")),
        ("F#m", Key(6, "minor")),
        ("Bb major", Key(10, "major")),
        ("F#_major", Key(6, "major")),
        ("c sharp minor", Key(1, "minor")),
        ("E♭-Min", Key(3, "minor")),
        ("AM", Key(9, "major")),
        ("Cb", Key(11, "major")),
        ("bb", Key(10, "major")),
        ("b minor", Key(11, "minor")),
        (" G_MAJOR ", Key(7, "major")),
    ],
)
def test_usual_spellings_of_keys(text: str, key: Key) -> None:
    assert parse_key(text) == key


@pytest.mark.parametrize(
    "text", ["", "H", "C_dorian", "major", "C##", "C_minor\x00", "A" * 1000, "Cm7", "\ud800"]
)
def test_other_spellings_are_refused_with_examples(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_key(text)
    assert caught.value.code == "invalid_key"
    assert caught.value.field == "key"
    assert all(parse_key(str(example)) for example in caught.value.allowed or [])


def test_a_key_is_read_back_from_its_name() -> None:
    for tonic in range(12):
        assert parse_key(Key(tonic, "minor").name) == Key(tonic, "minor")


def test_numerals_count_from_the_major_scale() -> None:
    assert set(chord("bVImaj7", Key(0, "minor")).pitch_classes()) == {8, 0, 3, 7}
    assert set(chord("ii9", Key(0, "major")).pitch_classes()) == {2, 5, 9, 0, 4}
    assert set(chord("V7b9", Key(9, "minor")).pitch_classes()) == {4, 8, 11, 2, 5}


@pytest.mark.parametrize("numeral", ["", "VIII", "Imaj11", "ii13x"])
def test_an_unknown_numeral_is_an_error(numeral: str) -> None:
    with pytest.raises(ValueError):
        chord(numeral, Key(0, "major"))


def test_voices_move_by_step() -> None:
    """Along any progression of any genre, the nearest voice is on average a tone away or less."""
    for genre in GENRES.values():
        for mode, pool in genre.progressions.items():
            for progression in pool:
                numerals = progression.replace("|", " ").split()
                voicing = lead(chord(numerals[0], Key(5, mode)), (), voices=genre.voices, centre=genre.centre)
                for numeral in numerals[1:]:
                    following = lead(
                        chord(numeral, Key(5, mode)), voicing, voices=genre.voices, centre=genre.centre
                    )
                    moves = [min(abs(pitch - other) for other in voicing) for pitch in following]
                    assert sum(moves) / len(moves) <= 2.5, (genre.name, progression, voicing, following)
                    voicing = following


def test_a_voicing_holds_what_characterises_the_chord() -> None:
    voicing = lead(chord("V13", Key(0, "major")), (), voices=4)
    assert {pitch % 12 for pitch in voicing} >= {11, 5, 4}  # third, seventh, thirteenth
