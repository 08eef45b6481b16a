"""Words spelled alike and words never seen, judged on front ends that are known to be wrong."""

from __future__ import annotations

from collections import Counter

from meters.pronunciation import Phones, bare, homographs, homographs_right, nearest, words_right

SENTENCES = list(homographs())


def test_a_hundred_sentences_of_which_no_constant_choice_gets_many():
    assert len({one.text for one in SENTENCES}) == len(SENTENCES) == 100
    meant = Counter(one.meant for one in SENTENCES)
    assert max(meant.values()) < 60
    assert all(one.text[one.start : one.end].isalpha() for one in SENTENCES)
    assert all(nearest(reading, one.readings) == at for one in SENTENCES for at, reading in enumerate(one.readings))  # fmt: skip


def test_a_front_end_without_an_ear_for_sense():
    readings = {one.text: one.readings for one in SENTENCES}
    first = homographs_right(lambda text, start, end: readings[text][0], SENTENCES)
    assert first.right == sum(one.meant == 0 for one in SENTENCES)
    assert len(first.wrong) == 100 - first.right
    assert homographs_right(lambda text, start, end: (), SENTENCES).percent < 60


def test_another_notation_of_a_vowel_is_no_other_reading():
    noun, verb = ["r", "eh1", "k", "er0", "d"], ["r", "ih0", "k", "ao1", "r", "d"]
    readings = (tuple(noun), tuple(verb))
    assert nearest(("r", "ax0", "k", "ao1", "r", "d"), readings) == 1
    assert nearest(("r", "eh1", "k", "ax0", "r", "d"), readings) == 0
    assert nearest(("r", "iy0", "d"), (("r", "iy1", "d"), ("r", "iy0", "d", "z"))) is None


def test_unseen_words():
    known: dict[str, Phones] = {"hello": ("hh", "ax0", "l", "ow1"), "cat": ("k", "ae1", "t")}
    said = {"hello": ("hh", "ax1", "l", "ow0"), "cat": ("k", "ae1", "t")}
    assert words_right(said.__getitem__, known, stress=False).percent == 100
    strict = words_right(said.__getitem__, known)
    assert strict.percent == 50
    assert strict.wrong == ("hello [hh ax1 l ow0], not [hh ax0 l ow1]",)
    assert bare(known["hello"]) == ("hh", "ax", "l", "ow")
