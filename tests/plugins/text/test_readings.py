"""Sentences and how English reads them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mixdown_text.rules import SWITCHES

Spoken = Callable[..., list[str]]

READINGS = {
    # currency
    "It costs $5.20.": "It costs five dollars and twenty cents.",
    "It costs $5.00.": "It costs five dollars.",
    "Only $1!": "Only one dollar!",
    "Only $1.01 left": "Only one dollar and one cent left",
    "£0.99 each": "ninety-nine pence each",
    "$.50 each": "fifty cents each",
    "£1.01": "one pound and one penny",
    "€1,234.50 net": "one thousand two hundred thirty-four euros and fifty cents net",
    "₹100 and ¥1": "one hundred rupees and one yen",
    "a -$5 fee, a $-5 fee": "a minus five dollar fee, a minus five dollar fee",
    "US$20 a day": "twenty US dollars a day",
    "$1.5 million": "one point five million dollars",
    "a $3bn deal and $5k": "a three billion dollar deal and five thousand dollars",
    "It is 20 € or 20€.": "It is twenty euros or twenty euros.",
    "$2.5 per unit": "two point five dollars per unit",
    "£9.99/mo": "nine pounds and ninety-nine pence per month",
    # percent
    "up 12.5% today": "up twelve point five percent today",
    "50 % off, -3%": "fifty percent off, minus three percent",
    "100%.": "one hundred percent.",
    # times
    "at 10:30 sharp": "at ten thirty sharp",
    "at 10:05.": "at ten oh five.",
    "at 9:00, not 21:00": "at nine o'clock, not twenty-one hundred",
    "at 10 a.m. sharp": "at ten a.m. sharp",
    "at 10am sharp": "at ten a.m. sharp",
    "Come at 9pm.": "Come at nine p.m.",
    "Come at 9:45 PM.": "Come at nine forty-five p.m.",
    "10:30:15": "ten thirty and fifteen seconds",
    "1:02:01 p.m.": "one oh two and one second p.m.",
    # ordinals
    "the 1st, 2nd, 3rd and 21st": "the first, second, third and twenty-first",
    "the 100TH": "the one hundredth",
    "the 1,000th time": "the one thousandth time",
    # codes
    "Call 555-1234.": "Call five five five, one two three four.",
    "Call (555) 123-4567": "Call five five five, one two three, four five six seven",
    "+1 555-123-4567": "plus one, five five five, one two three, four five six seven",
    "ping 192.168.0.1": "ping one nine two dot one six eight dot zero dot one",
    "version 1.2.3.": "version one point two point three.",
    "in v2.0": "in v two point zero",
    "agent 007": "agent zero zero seven",
    # years
    "In 1984, and since 2024.": "In nineteen eighty-four, and since twenty twenty-four.",
    "1066 or 1907": "one thousand sixty-six or nineteen oh-seven",
    "in 2000 and 2005": "in two thousand and two thousand five",
    "the 1990s and 1980's": "the nineteen nineties and nineteen eighties",
    "1984 was cold": "nineteen eighty-four was cold",
    "1500 metres": "one thousand five hundred metres",
    "from 1914-1918": "from nineteen fourteen to nineteen eighteen",
    # numbers
    "0 or 1 or 12": "zero or one or twelve",
    "1,234,567 people": "one million two hundred thirty-four thousand five hundred sixty-seven people",
    "pi is 3.14159": "pi is three point one four one five nine",
    "-5 degrees, or −7": "minus five degrees, or minus seven",
    ".5 litres": "point five litres",
    "COVID-19": "COVID-nineteen",
    "pages 10-20": "pages ten to twenty",
    "It is 42.": "It is forty-two.",
    "(7)": "(seven)",
    "#5": "number five",
    "999999999999": "nine hundred ninety-nine billion nine hundred ninety-nine million nine hundred ninety-nine thousand nine hundred ninety-nine",
    "1234567890123": "one two three four five six seven eight nine zero one two three",
    # not numbers
    "1,23,456": "1,23,456",
    "25:99 and 9:60": "25:99 and 9:60",
    "a4x4b, e5km": "a4x4b, e5km",
    "a $ b # c % d": "a $ b # c % d",
    "١٢٣": "١٢٣",
}


@pytest.mark.parametrize("written", READINGS, ids=str)
def test_a_sentence_is_read_so(spoken: Spoken, written: str) -> None:
    assert spoken(written) == [READINGS[written]]


SWITCHED_OFF = {
    "emails": ("a@b.com", "a@b.com"),
    "urls": ("go to example.com", "go to example.com"),
    "paths": ("report.pdf", "report.pdf"),
    "handles": ("@jane", "@jane"),
    "emoji": ("so 🎉", "so 🎉"),
    "dates": ("May 5", "May five"),
    "phones": ("555-1234", "five hundred fifty-five to one thousand two hundred thirty-four"),
    "addresses": ("5 Main Ct.", "five Main Ct."),
    "lengths": ("6'2\"", "six'two\""),
    "dimensions": ("3×4", "three times four"),
    "units": ("5 kg", "five kg"),
    "math": ("x = y²", "x = y²"),
    "magnitudes": ("2M", "two M"),
    "fractions": ("½", "½"),
    "ranges": ("3–4", "three–four"),
    "roman": ("Henry VIII", "Henry VIII"),
    "abbreviations": ("Bach etc. too", "Bach etc. too"),
    "acronyms": ("FBI", "FBI"),
    "symbols": ("#5", "#five"),
    "currency": ("$5.20", "$five point two zero"),
    "percent": ("12%", "twelve%"),
    "times": ("10:30 10am", "10:30 10am"),
    "ordinals": ("21st", "21st"),
    "codes": ("007", "seven"),
    "years": ("1984", "one thousand nine hundred eighty-four"),
    "numbers": ("1,234 and -5", "1,234 and -5"),
}


def test_every_switch_is_tried() -> None:
    assert set(SWITCHED_OFF) == set(SWITCHES)


@pytest.mark.parametrize("switch", SWITCHED_OFF)
def test_a_switch_turns_one_rule_off(spoken: Spoken, switch: str) -> None:
    written, words = SWITCHED_OFF[switch]
    assert spoken(written, normalize={switch: False}) == [words]
    assert spoken(written, normalize={switch: True}) == spoken(written)
    assert spoken(written) != [words]


def test_everything_can_be_off(spoken: Spoken) -> None:
    text = "On 1st May 1984 at 10:30 he paid $5.20, or 12%, for 007."
    assert spoken(text, normalize=dict.fromkeys(SWITCHES, False)) == [text]


def test_four_thousand_digits_are_read_one_by_one(spoken: Spoken) -> None:
    words = " ".join(spoken("x " + "1234567890" * 400)).split()
    digits = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "zero"]
    assert words == ["x", *digits * 400]


def test_a_grouped_number_past_all_words_is_read_digit_by_digit(spoken: Spoken) -> None:
    assert " ".join(spoken("-1" + ",000" * 7)).split() == ["minus", "one", *["zero"] * 21]


GERMAN = {
    "Ich habe 21 Katzen.": "Ich habe einundzwanzig Katzen.",
    "Es ist 3,5 Meter lang, am 3. Mai.": "Es ist 3,5 Meter lang, am 3. Mai.",
    "Das waren 1.234.567 oder 12%.": "Das waren 1.234.567 oder 12%.",
    "Nur 7.": "Nur sieben.",
    "Seit 1984 läuft er 1500 Meter, im Jahr 1990 auch.": (
        "Seit neunzehnhundertvierundachtzig läuft er eintausendfünfhundert Meter, im Jahr neunzehnhundertneunzig auch."
    ),
}


@pytest.mark.parametrize("written", GERMAN, ids=str)
def test_german_reads_whole_numbers_and_leaves_the_rest(spoken: Spoken, written: str) -> None:
    assert spoken(written, language="de-AT") == [GERMAN[written]]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "vingt-et-un"),
        ("es-MX", "veintiuno"),
        ("ja", "二十一"),
        ("nb", "tjueén"),
        ("tlh", "21"),
        ("pl", "dwadzieścia jeden"),
    ],
)
def test_other_languages_read_as_far_as_the_library_goes(spoken: Spoken, language: str, words: str) -> None:
    assert spoken("21", language=language) == [words]


def test_a_region_counts_in_its_own_way(spoken: Spoken) -> None:
    assert spoken("1,234,567", language="en-IN") == [
        "twelve lakh thirty-four thousand five hundred sixty-seven"
    ]
