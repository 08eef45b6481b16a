"""Readings that a reviewer found wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Spoken = Callable[..., list[str]]

SENTENCES = {
    "No. I won't.": ["No.", "I won't."],
    "He said no. I left.": ["He said no.", "I left."],
    "Mambo No. 5.": ["Mambo number five."],
    "Rent is $900/mo. Call me.": ["Rent is nine hundred dollars per month.", "Call me."],
    "$85k/yr. She left.": ["eighty-five thousand dollars per year.", "She left."],
    "€800/month. Bills": ["eight hundred euros per month.", "Bills"],
    "€5/week.": ["five euros per week."],
    "The .NET runtime is here. Good.": ["The .NET runtime is here.", "Good."],
    "Tel.: +1 555 123 4567": ["Telephone: plus one, five five five, one two three, four five six seven"],
    "The call is at 3 p.m. ET.": ["The call is at three p.m. E T."],
    '"I\'m 5\'9"." and left': ['"I\'m five feet nine inches." and left'],
    "Go Sat. or Sun.": ["Go Saturday or Sunday."],
    "It ends in Dec.": ["It ends in December."],
    "We met in Dec. I hope so.": ["We met in December.", "I hope so."],
    "We drove 20 km/h. Wow": ["We drove twenty kilometers per hour.", "Wow"],
    "Wait 1 hr. Stir well.": ["Wait one hour.", "Stir well."],
    "It's on Elm St. Turn left.": ["It's on Elm Street.", "Turn left."],
}
READINGS = {
    "F-16s flew.": "F-sixteens flew.",
    "two B-52s": "two B-fifty-twos",
    "747s and 737-800s": "seven forty-sevens and seven thirty-seven eight hundreds",
    "the 1920s-30s": "the nineteen twenties to thirties",
    "The 1920s–30s were fun.": "The nineteen twenties to thirties were fun.",
    "wait 30s": "wait thirty seconds",
}


@pytest.mark.parametrize(("written", "words"), SENTENCES.items())
def test_a_sentence_ends_where_a_reader_ends_it(spoken: Spoken, written: str, words: list[str]) -> None:
    assert spoken(written) == words


@pytest.mark.parametrize(("written", "words"), READINGS.items())
def test_a_reading_is_the_usual_one(spoken: Spoken, written: str, words: str) -> None:
    assert spoken(written) == [words]
