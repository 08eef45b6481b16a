"""What the teachers are given to say."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from training.voice.lessons import held_out, validation
from training.voice.text import LEFT_OUT, WORDS, sentences

from mixdown_tts_onnx.mixdown.features import rises

pytestmark = pytest.mark.skipif(not WORDS.exists(), reason="needs the Debian package wamerican")


@pytest.fixture(scope="module")
def made() -> list[str]:
    return sentences(2000, seed=3)


def test_the_same_seed_makes_the_same_sentences(made: list[str]) -> None:
    assert sentences(20, seed=3) == made[:20]
    assert sentences(20, seed=4) != made[:20]


def test_none_comes_twice(made: list[str]) -> None:
    assert len(set(made)) == len(made)


def test_there_is_every_kind_of_phrase(made: list[str]) -> None:
    ends = Counter(text[-1] for text in made)
    assert ends["?"] > 100
    assert ends["!"] > 20
    assert sum("," in text for text in made) > 500
    assert sum(rises(text) for text in made) > 80
    assert sum(any(letter.isdigit() for letter in text) for text in made) > 100
    words = [len(text.split()) for text in made]
    assert min(words) == 1
    assert max(words) > 20


def test_nothing_offends(made: list[str]) -> None:
    words = {word for text in made for word in re.findall("[a-z]+", text.lower())} - {"saturday"}
    assert not [word for word in words if LEFT_OUT.search(word)]


def test_sentences_for_figures_are_nowhere_else() -> None:
    figures = held_out()
    assert len(figures) == len(set(figures)) == 60
    assert set(figures).isdisjoint(validation())
