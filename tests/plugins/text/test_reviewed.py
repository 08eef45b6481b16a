"""Readings that a reviewer found wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mixdown_kernel import Problem, Script

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
    "See No. IV.": "See number four.",
    # markup
    "This is **bold** now.": "This is bold now.",
    "**bold**": "bold",
    "[***] yes": "yes",
    "* milk": "milk",
    "# Heading one": "Heading one",
    "a `code` and _it_": "a code and it",
    "2*3*4 and f(*args, **kwargs) and snake_case": "two times three times four and f(*args, **kwargs) and snake_case",
    # SSML
    "<speak>5<sub alias='kilograms'>kg</sub></speak>": "five kilograms",
    "<speak><say-as interpret-as='cardinal'>5</say-as>kg</speak>": "five kg",
    "<speak><say-as interpret-as='digits'>4</say-as>5</speak>": "four five",
    "<speak><sub alias='World'>W</sub>ly</speak>": "Worldly",
    # numbers
    "a 1080p video in 720p": "a ten eighty p video in seven twenty p",
    "only 50p left": "only fifty pence left",
    "weighs 13st 4lb": "weighs thirteen stone four pounds",
    "the 21st and 1st": "the twenty-first and first",
    "Llama-3-8B and Llama 3.1-70B": "Llama-three eight B and Llama three point one seventy B",
    "a budget of 3-4B": "a budget of three to four billion",
    "INV-2024-0031": "I N V-twenty twenty-four, zero zero three one",
    "see vol. II": "see volume two",
    "vols. I–III": "volumes one to three",
    "parts I, II and III": "parts one, two and three",
    "sold 1.5m tickets": "sold one point five million tickets",
    "a 2m deal": "a two million deal",
    "a 2m pole, 1.5 m long": "a two meter pole, one point five meters long",
    "call 845 1234 5678": "call eight four five, one two three four, five six seven eight",
    "the 2020/21 season": "the twenty twenty to twenty-one season",
    "FY2024/25": "F Y twenty twenty-four to twenty twenty-five",
    "$(1.2) million": "minus one point two million dollars",
    "2 x 500ml": "two times five hundred milliliters",
    "1'000 francs": "one thousand francs",
    "EUR/USD": "E U R U S D",
    "localhost:8080/health": "localhost colon eight zero eight zero slash health",
}


@pytest.mark.parametrize(("written", "words"), SENTENCES.items())
def test_a_sentence_ends_where_a_reader_ends_it(spoken: Spoken, written: str, words: list[str]) -> None:
    assert spoken(written) == words


@pytest.mark.parametrize(("written", "words"), READINGS.items())
def test_a_reading_is_the_usual_one(spoken: Spoken, written: str, words: str) -> None:
    assert spoken(written) == [words]


def test_what_markup_sets_off_keeps_its_place(read: Callable[..., Script]) -> None:
    text = "This is **bold** now."
    (utterance,) = read(text).utterances
    start = utterance.text.index("bold")
    span = next(span for span in utterance.spans if span.spoken_start <= start < span.spoken_end)
    source = span.start + start - span.spoken_start
    assert text[source : source + 4] == "bold"


@pytest.mark.parametrize(("format_", "written"), [("mdy", "2/30/2024"), ("yyyymmdd", "20240230")])
def test_an_impossible_date_is_no_date(spoken: Spoken, format_: str, written: str) -> None:
    ssml = f"<speak><say-as interpret-as='date' format='{format_}'>{written}</say-as></speak>"
    assert "February" not in " ".join(spoken(ssml))


@pytest.mark.parametrize(
    ("ssml", "said"),
    [
        ("<speak>a&nbsp;b</speak>", "&#160;"),
        ("<speak><say-as interpret-as='date'><sub alias='x'>y</sub></say-as></speak>", "Close <say-as>"),
        ("<speak><prosody rate='bogus'>a</prosody></speak>", "allowed values"),
        ("<speak>" + "<prosody rate='x-fast'>" * 3 + "a" + "</prosody>" * 3 + "</speak>", "multiply"),
    ],
)
def test_a_mistake_says_what_to_do_next(refuse: Callable[..., Problem], ssml: str, said: str) -> None:
    assert said in (refuse(ssml).hint or "")


def test_the_lexicon_holds_emoji(spoken: Spoken) -> None:
    assert spoken("Hi 😀!", lexicon={"😀": "smile"}) == ["Hi smile!"]


def test_two_entries_of_one_word_are_refused(refuse: Callable[..., Problem]) -> None:
    assert "two entries" in str(refuse("foo", lexicon={"foo": "a", "foo ": "b"}))


def test_of_many_entries_that_begin_alike_the_longest_is_read(spoken: Spoken) -> None:
    lexicon = {f"the quick brown fox {number}": f"fox {number} runs" for number in range(999)} | {
        "the": "thee"
    }
    assert spoken("the quick brown fox 7 and the dog", lexicon=lexicon) == ["fox seven runs and thee dog"]
