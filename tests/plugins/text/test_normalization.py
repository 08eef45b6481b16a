"""Whatever the rules do: no word is lost or doubled, and every run leads back to where it was written."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixdown_text.mapped import MappedText
from mixdown_text.normalize import Normalizer
from mixdown_text.numbers import number_reader
from mixdown_text.rules import ENGLISH, SWITCHES, Rule

ENGLISH_RULES = Normalizer("en")
WORDS = ("kettle", "harbour", "Quietly", "maple", "étude", "שלום", "мост", "lantern")
"""No rule knows them."""
FIGURES = (
    "Dr.", "St.", "No.", "5", "-3", "1,234", "0.5", "$3.50", "$5-10", "£9.99/mo", "20 €", "CHF 5", "12%", "5–10%", "10:30", "9am–5pm",
    "10 a.m.", "2026-11-20", "11/20/2026", "20.11.2026", "Nov", "20th,", "2026", "May 5–7", "the", "'90s", "1990s", "1990-95", "555-1234",
    "+44 20 7946 0958", "1-800-FLOWERS", "60 km/h", "-5 °C", "3½ lb", "½", "1/2", "24/7", "a 5-km", "6'2\"", "12\"", "3×4", "1920x1080",
    "2 + 2 = 4", "x ≥ 5", "10⁶", "3e8", "https://example.com/a?b=1", "jane@example.com", "@jane", "#Tag", "#5", "🎉", "🇫🇷👍🏽", "FBI",
    "CDs", "U.S.", "Henry VIII", "World War II", "I", "MIX", "(ii)", "e.g.", "vs.", "w/", "R&D", "C++", "v2.1.3", "10.0.0.1", "007",
    "mp3", "4K", "B2B", "1.5M", "Main", "Ave", "IL 62704", "pp.", "3-5", "A–Z", "/", "-", "—", "(", ")", "\"", "'", ",", ".", "&", "=",
    "9" * 30, "٣", "你好", "1h 20m", "49ers", "~", ">", "+",
)  # fmt: skip
TOKENS = st.lists(st.sampled_from(FIGURES) | st.sampled_from(WORDS), max_size=12)
SENTENCES = st.tuples(TOKENS, st.sampled_from([" ", "", "  ", "\u00a0"])).map(
    lambda pair: pair[1].join(pair[0])
)
NOISE = st.text(st.sampled_from("aIVXMk19 0.,:;-–/$€%°'\"×x+=<>#@&()½²⁶😀\u200d🇫éש你٣"), max_size=60)


def mapped(text: str) -> MappedText:
    return MappedText.run(text, 0, len(text))


def check(text: str, read: MappedText) -> None:
    """The spans cover both sides in order, and what is verbatim is the text's own."""
    assert "".join(read.text[span.spoken_start : span.spoken_end] for span in read.spans) == read.text
    for before, after in pairwise(read.spans):
        assert before.spoken_end == after.spoken_start
        assert before.end == after.start
    if read.spans:
        assert (read.spans[0].start, read.spans[-1].end) == (0, len(text))
    for span in read.spans:
        assert span.start < span.end
        assert span.spoken_start < span.spoken_end


@settings(max_examples=300, deadline=None)
@given(text=SENTENCES | NOISE)
def test_spans_cover_the_text_in_order(text: str) -> None:
    check(text, ENGLISH_RULES(mapped(text)))


@settings(max_examples=200, deadline=None)
@given(tokens=TOKENS)
def test_no_word_is_lost_or_doubled(tokens: list[str]) -> None:
    text = " ".join(tokens)
    read = ENGLISH_RULES(mapped(text))
    words = [word for word in re.findall(r"[^\W\d_]+", read.text) if word in WORDS]
    assert words == [token for token in tokens if token in WORDS]
    for word in set(words):
        start = read.text.index(word)
        span = next(span for span in read.spans if span.spoken_start <= start < span.spoken_end)
        source = span.start + start - span.spoken_start
        assert text[source : source + len(word)] == word


@settings(max_examples=200, deadline=None)
@given(text=SENTENCES | NOISE)
def test_no_digit_is_lost(text: str) -> None:
    """A digit is either still there or inside of a run that became words."""
    read = ENGLISH_RULES(mapped(text))
    for span in read.spans:
        written, spoken = text[span.start : span.end], read.text[span.spoken_start : span.spoken_end]
        if re.search("[0-9]", written) and not re.search("[0-9]", spoken):
            assert re.search("[a-z]", spoken, re.IGNORECASE), (written, spoken)


@settings(max_examples=200, deadline=None)
@given(text=SENTENCES | NOISE, language=st.sampled_from(["en", "en-GB", "de", "fr", "ja", "ar"]))
def test_every_switch_off_leaves_the_text(text: str, language: str) -> None:
    read = Normalizer(language, SWITCHES)(mapped(text))
    assert read.text == re.sub(" {2,}", " ", text)
    check(text, read)


@pytest.mark.parametrize("switch", SWITCHES)
def test_any_one_switch_may_be_off(switch: str) -> None:
    rules = Normalizer("en", {switch})
    for joint in (" ", ""):
        text = joint.join(FIGURES)
        check(text, rules(mapped(text)))


@settings(max_examples=200, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=12))
def test_prose_is_read_as_written(words: list[str]) -> None:
    text = f"{' '.join(words)}."
    assert ENGLISH_RULES(mapped(text)).text == text


UNITS = (
    "a", "1", "1,", "1.", "1,000", "A", "A.", "I", "VI", " 1", "-1", "1-", "1:", "1/", "/a", "a.", "a@", "@a", "#a", "a-", "1 ", "$1",
    "$", "1x", "1 x ", "½", "1½", "°", "'", '"', "6'", "http://", "a.b", "+1 ", "(1) ", "I ", "AB ", "XX", "e1", "1e", "=", "x=",
    "1+", "&", "CHF", "Dr. ", "St. ", "May ", "Mon-", "1 May ", "Chapter I", "5 ft", "1\u00a0", "😀", "🇫🇷", "\u200d", "_", "1/1",
    "[", "⁰", "10^", "1.1.1.1:", "00-", "0000 ", "12:30-", "1990-", "the 1", "1,1", "1h 1m", "St ", " 000", "1 000", "<3 ",
)  # fmt: skip


@pytest.mark.parametrize("rule", ENGLISH, ids=lambda rule: rule.__name__)
def test_a_rule_reads_ten_thousand_of_anything_in_order(rule: type[Rule]) -> None:
    """Each rule by itself, so that no other hides a pattern that backtracks; pytest's own time limit is the judge."""
    for unit in UNITS:
        text = (unit * (10_000 // len(unit) + 1))[:10_000]
        end = 0
        for reading in rule(number_reader("en"), "en").readings(text):
            for edit in reading:
                assert end <= edit.start < edit.end <= len(text)
                end = edit.end


@pytest.mark.parametrize("unit", ["1", "1,", "a.", "A"])
def test_a_hundred_thousand_characters_without_a_sentence_end_are_read(unit: str) -> None:
    text = (unit * (100_000 // len(unit) + 1))[:100_000]
    check(text, ENGLISH_RULES(mapped(text)))
