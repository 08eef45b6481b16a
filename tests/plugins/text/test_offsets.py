"""Nothing is lost, nothing doubled, and every spoken character leads back to where it was written."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from xml.sax.saxutils import escape

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mixdown_kernel import Problem, Script, TextRequest
from mixdown_text.front_end import FrontEnd
from mixdown_text.settings import TextSettings

FRONT_END = FrontEnd(TextSettings(max_utterance_chars=40))

FRAGMENTS = st.sampled_from(
    [
        "Dr. Smith", "$3.50", "1,234", "at 10 a.m.", "10:30pm", "1st", "1984", "1990s", "555-1234", "1.2.3", "v2.0", "12%",
        "-5", "007", "7" * 30, "20 €", "B2B", "$", "#", "1,23", "hello", "World.", "How?", "No!", "你好。", "世界", "é", "😀", "👩‍👩‍👧",
        "e\u0301", "…", "—", "(", ")", '"', "[note]", "\n", "\n\n", "\r\n", "\t", "  ", "\x00", "\u00a0", "\u2028", "\u2029",
        "a" * 100, "z.B.", "नमस्ते।", "٣", "½", ",", ";", "1. ", "and so on",
    ]
)  # fmt: skip
TEXTS = st.lists(FRAGMENTS | st.text(max_size=8), max_size=40).flatmap(
    lambda parts: st.sampled_from(["", " "]).map(lambda joint: joint.join(parts))
)
LANGUAGES = st.sampled_from(["en", "de", "zh", "ja", "ar", "xx"])


def script_of(text: str, **members: object) -> Script | None:
    try:
        return FRONT_END.script(TextRequest.model_validate({"text": text, **members}))
    except Problem as problem:
        if problem.code not in {"empty_text", "nothing_to_speak", "invalid_text"}:
            raise
        return None


def check(script: Script, text: str, written: Callable[[int], bool] = lambda _: True) -> None:
    """Every speakable character that is ``written`` lies in one utterance, and the spans tell how it is read."""
    position = 0
    for utterance in script.utterances:
        assert position <= utterance.start < utterance.end <= len(text)
        assert not any(text[i].isalnum() and written(i) for i in range(position, utterance.start))
        position = utterance.end
        assert utterance.text.strip() == utterance.text != ""
        assert utterance.spans[0].spoken_start == 0
        assert utterance.spans[-1].spoken_end == len(utterance.text)
        assert (utterance.spans[0].start, utterance.spans[-1].end) == (utterance.start, utterance.end)
        for span in utterance.spans:
            assert span.spoken_start < span.spoken_end
            assert span.start < span.end
        for before, after in pairwise(utterance.spans):
            assert before.spoken_end == after.spoken_start
            assert before.end <= after.start
            assert not any(text[i].isalnum() and written(i) for i in range(before.end, after.start))
    assert not any(text[i].isalnum() and written(i) for i in range(position, len(text)))
    positions = [item.start for item in script.items]
    assert positions == sorted(positions)


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, language=LANGUAGES)
@example(text="a" * 39 + "\u0301" * 50, language="en")
@example(text="1. \x1f1. a", language="ja")
def test_every_character_is_in_one_utterance(text: str, language: str) -> None:
    script = script_of(text, language=language, markup="plain")
    if script:
        check(script, text)


@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_without_rules_the_text_is_spoken_as_written(text: str) -> None:
    switches = dict.fromkeys(FRONT_END.switches(), False)
    script = script_of(text, normalize=switches, markup="plain")
    if script:
        check(script, text)
        for utterance in script.utterances:
            for position, character in enumerate(utterance.text):
                start, end = utterance.original(position, position + 1)
                assert character == " " or text[start:end] == character
        written = [character for character in text if character.isalnum()]
        assert written == [
            character for u in script.utterances for character in u.text if character.isalnum()
        ]


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(FRAGMENTS, max_size=15))
def test_ssml_leads_back_into_its_source(parts: list[str]) -> None:
    tags = [
        "<p>{}</p>",
        "<s>{}</s>",
        "{}<break/>",
        "<emphasis>{}</emphasis>",
        "{}<mark name='m'/>",
        "<!-- 5 -->{}",
        "{}",
    ]
    pieces = [tags[i % len(tags)].format(escape(part)) for i, part in enumerate(parts) if "\x00" not in part]
    text = f"<speak>{' '.join(pieces)}</speak>"
    inside = mask_tags(text)
    script = script_of(text)
    if script:
        check(script, text, inside.__getitem__)


def mask_tags(text: str) -> list[bool]:
    mask, is_tag = [], False
    for character in text:
        is_tag = is_tag or character == "<"
        mask.append(not is_tag)
        is_tag = is_tag and character != ">"
    # The letters of "&lt;" are no text: an entity is one character, in one run.
    for name in ("&lt;", "&gt;", "&amp;"):
        start = text.find(name)
        while start >= 0:
            mask[start : start + len(name)] = [False] * len(name)
            start = text.find(name, start + 1)
    return mask


def test_a_number_leads_back_to_its_digits() -> None:
    text = "He  paid $3.50, not 40."
    (utterance,) = FrontEnd(TextSettings()).script(TextRequest(text=text)).utterances
    assert utterance.text == "He paid three dollars and fifty cents, not forty."
    for words, written in (
        ("paid", "paid"),
        ("dollars", "$3.50"),
        ("fifty cents", "$3.50"),
        ("not", "not"),
        ("forty", "40"),
    ):
        start = utterance.text.index(words)
        left, right = utterance.original(start, start + len(words))
        assert text[left:right] == written


def test_an_entity_and_an_alias_lead_back_to_their_source() -> None:
    text = '<speak>Tom &amp; <sub alias="World Wide Web">WWW</sub> &#x1F600; ok</speak>'
    (utterance,) = FrontEnd(TextSettings()).script(TextRequest(text=text)).utterances
    assert utterance.text == "Tom and World Wide Web grinning face ok"
    for words, written in (("and", "&amp;"), ("Wide", "WWW"), ("grinning", "&#x1F600;"), ("ok", "ok")):
        start = utterance.text.index(words)
        left, right = utterance.original(start, start + len(words))
        assert text[left:right] == written
