"""How many sentences are read as a listener expects. ``pytest -s`` prints it, and so does ``python -m meters.readings``."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from meters.readings import first_run, load, misses, words

Spoken = Callable[..., list[str]]

FLOORS = {"development": (100, 100), "held_out": (195, 200)}
"""As many must be right, of so many; the held-out ones were 167 before any rule had been mended for them."""


@pytest.mark.parametrize("name", FLOORS)
def test_sentences_are_read_as_a_listener_expects(spoken: Spoken, name: str) -> None:
    floor, count = FLOORS[name]
    sentences = load(name)
    wrong = list(misses(sentences, lambda text: " ".join(spoken(text, markup="plain"))))
    print(f"\n{name} {count - len(wrong)}/{count}, first run {first_run(name) or 'as written along'}")
    assert len(sentences) == len({sentence.written for sentence in sentences}) == count
    assert count - len(wrong) >= floor, [(miss.sentence.written, miss.heard) for miss in wrong]


def test_the_first_run_is_on_record() -> None:
    assert first_run("held_out") == "167/200"
    assert first_run("development") is None


def test_words_are_compared_and_punctuation_is_not() -> None:
    assert words("Twenty-one, at 10 a.m.!") == words("twenty one at 10 a.m")
    assert words("C D's") == words("C Ds")
    assert words("five kg") != words("five kilograms")
    assert words("five %") != words("five")
    assert words("one two") != words("two one")
