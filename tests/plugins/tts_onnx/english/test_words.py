"""How single words are said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from training.pronunciation.evaluate import evaluate

from mixdown_tts_onnx.english.lexicon import lexicon
from mixdown_tts_onnx.english.morphology import derived
from mixdown_tts_onnx.english.syllables import syllables
from mixdown_tts_onnx.english.words import latin, pronounced

DATA = Path(pronounced.__code__.co_filename).with_name("data")
HELD_OUT = Path(__file__).with_name("held_out.txt").read_text("utf-8").splitlines()


def said(word: str) -> str:
    return " ".join(phone for spoken in pronounced(latin(word)) for phone in spoken.phones)


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("hello", "hh ax0 l ow1"),
        ("Hello", "hh ax0 l ow1"),
        ("colonel", "k er1 n ax0 l"),
        ("zyuganov", "z y uw1 g ax0 n aa0 v"),
        ("Zürich", "z uh1 r ih0 k"),
        ("can’t", "k ae1 n t"),
        ("we're", "w ih1 r"),
    ],
)
def test_words_of_the_table(word, phones):
    assert said(word) == phones


@pytest.mark.parametrize("word", ["", "qqqqz", "a b", "a\n", "naïve", "hello,", ",n", " "])
def test_what_the_table_lacks(word):
    assert lexicon().find(word) is None


def test_the_table_has_its_first_and_last_word():
    lines = lexicon()._lines.split(b"\n")[1:-1]
    assert lines[0].split()[0].decode() in lexicon()
    assert lines[-1].split()[0].decode() in lexicon()
    assert len(lines) > 105_000


def test_what_the_wheel_carries_is_small():
    sizes = {file.name: file.stat().st_size for file in DATA.iterdir()}
    assert sizes["lexicon.zlib"] < 1_000_000
    assert sizes["letters.npz"] < 1_600_000
    assert sizes["intonation.json"] < 10_000


@pytest.mark.parametrize(
    ("word", "ending"),
    [
        ("cat's", "t s"),
        ("dog's", "g z"),
        ("judge's", "ax0 z"),
        ("she'll", "iy1 l"),
        ("cat'll", "ax0 l"),
        ("they've", "ey1 v"),
    ],
)
def test_clitics_sound_by_what_is_before_them(word, ending):
    assert said(word).endswith(ending)


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("glocks", "g l aa1 k s"),
        ("foxes", "f aa1 k s ih0 z"),
        ("tried", "t r ay1 d"),
        ("hopping", "hh aa1 p ih0 ng"),
        ("hoping", "hh ow1 p ih0 ng"),
        ("falling", "f ao1 l ih0 ng"),
        ("wanted", "w aa1 n t ih0 d"),
        ("slowness", "s l ow1 n ax0 s"),
        ("unread", "ax0 n r iy1 d"),
        ("overact", "ow1 v er0 ae1 k t"),
    ],
)
def test_words_are_derived_from_their_stems(word, phones):
    stems = ("glock", "fox", "try", "hop", "hope", "fall", "want", "slow", "read", "act")
    assert (
        " ".join(derived(word, lambda stem: lexicon().find(stem) if stem in stems else None) or ()) == phones
    )


@pytest.mark.parametrize("word", ["xylitolish", "brillig", "vorpal", "snorgle", "kwyjibo", "quetzalwing"])
def test_unknown_words_have_vowels_and_some_length(word):
    phones = said(word).split()
    assert len(word) / 3 <= len(phones) <= len(word) + 2
    assert any(phone.endswith("1") for phone in phones)


def test_strings_of_consonants_and_single_letters_are_spelled():
    assert said("bcdfg") == "b iy1 s iy1 d iy1 eh1 f jh iy1"
    assert said("XKCD") == "eh1 k s k ey1 s iy1 d iy1"
    assert said("W") == "d ah1 b ax0 l y uw0"


@pytest.mark.parametrize(("which", "least"), [("dictionary", 0.78), ("lexicon", 0.74)])
def test_words_that_neither_table_nor_network_has_seen(which, least):
    """500 of a dictionary and 500 of which half are names; the issue asks for 75 %."""
    words = [line.partition("\t")[2] for line in HELD_OUT if line.startswith(f"{which}\t")]
    known = _Table()
    assert len(words) == 500
    assert evaluate(words, known).phones >= least


class _Table(dict[str, Sequence[str]]):
    def __missing__(self, word: str) -> tuple[str, ...]:
        return lexicon().find(word) or ()

    def get(self, word, default=None):
        return lexicon().find(word) or default


@pytest.mark.parametrize(
    ("phones", "cut"),
    [
        ("eh1 k s t r ax0", "eh1 k - s t r ax0"),
        ("s ih1 ng er0", "s ih1 ng - er0"),
        ("ae1 t l ax0 s", "ae1 t - l ax0 s"),
        ("s", "s"),
        ("iy1 ao0", "iy1 - ao0"),
    ],
)
def test_syllables_begin_as_english_words_do(phones, cut):
    assert " - ".join(map(" ".join, syllables(phones.split()))) == cut
