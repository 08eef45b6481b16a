"""Keys, chords and scales."""

import pytest

from mixdown_kernel import Problem
from mixdown_music.theory import Key, Mode, chord, chord_scale, parse_key


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
        ("c# min", Key(1, "minor")),
        ("Am", Key(9, "minor")),
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
        for key in (Key(tonic, "minor"), Key(tonic, "major")):
            assert parse_key(key.name) == key


def test_numerals_count_from_the_major_scale() -> None:
    assert set(chord("bVImaj7", Key(0, "minor")).pitch_classes()) == {8, 0, 3, 7}
    assert set(chord("ii9", Key(0, "major")).pitch_classes()) == {2, 5, 9, 0, 4}
    assert set(chord("V7b9", Key(9, "minor")).pitch_classes()) == {4, 8, 11, 2, 5}


@pytest.mark.parametrize("numeral", ["", "VIII", "Imaj11", "ii13x", "V7/", "V7/x"])
def test_an_unknown_numeral_is_an_error(numeral: str) -> None:
    with pytest.raises(ValueError):
        chord(numeral, Key(0, "major"))


def test_applied_chords_are_counted_from_their_target() -> None:
    key = Key(0, "major")
    assert chord("V7/ii", key).pitch_classes() == (9, 1, 4, 7)
    assert chord("iiø7/vi", key).root == 11
    assert chord("V7/bVI", Key(0, "minor")).root == 3


def test_a_letter_turns_a_chord_round() -> None:
    key = Key(7, "major")
    assert [chord(numeral, key).lowest for numeral in ("I", "Ib", "Ic", "V7d")] == [7, 11, 2, 0]
    with pytest.raises(ValueError):
        chord("Id", key)


@pytest.mark.parametrize(
    ("numeral", "mode", "scale"),
    [
        ("Imaj7", "major", {0, 2, 4, 5, 7, 9, 11}),
        ("V7/ii", "major", {9, 11, 1, 2, 4, 5, 7}),  # C sharp takes the place of C
        ("V7b9", "minor", {7, 8, 11, 0, 2, 3, 5}),  # harmonic minor
        ("ii9", "major", {2, 4, 5, 7, 9, 11, 0}),
    ],
)
def test_a_chord_brings_its_own_scale(numeral: str, mode: Mode, scale: set[int]) -> None:
    key = Key(0, mode)
    tones = chord(numeral, key)
    assert set(chord_scale(tones, key)) == scale


@pytest.mark.parametrize(("key", "name"), [(Key(1, "minor"), "C#_minor"), (Key(1, "major"), "Db_major")])
def test_a_key_is_named_as_musicians_name_it(key: Key, name: str) -> None:
    assert key.name == name
