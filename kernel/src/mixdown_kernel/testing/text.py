"""The contract of the role ``text``."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest

from mixdown_kernel.contracts import TextFrontEnd, TextRequest
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.script import Mark, Pause, Script
from mixdown_kernel.testing.base import BackendContract, or_refused

NASTY = {
    "empty": "",
    "blank": " \n\t ",
    "control characters": "one\x00two\x07 three\x1b[0m",
    "lone surrogate": "broken \ud800 half",
    "bidirectional": "left \u202e right \u202c left",
    "zero width": "in\u200bvisible\ufeff joiner",
    "combining": "e\u0301te\u0301 " + "a" + "\u0301" * 200,
    "emoji": "👩‍👩‍👧‍👦 family 🏳️‍🌈 flag",
    "one endless word": "a" * 20_000,
    "punctuation only": "?!…—;:" * 500,
    "half a tag": "2 < 3 and 5 > 4 & so on <",
    "digits": "1" * 5_000,
    "many signs": "$€£%&@#*" * 200,
}


class TextContract(BackendContract):
    """Subclass with a fixture ``backend``.

    Attributes:
        language: one that the front end reads.
        plain: text in it without anything to normalise.
    """

    role: ClassVar[str] = "text"
    language: ClassVar[str] = "en"
    plain: ClassVar[str] = (
        "The kettle sings on the stove. Nobody hears it, for the rain is loud.\n\nGood night."
    )

    def request(self, text: str, **members: Any) -> TextRequest:
        return TextRequest(text=text, **{"language": self.language, **members})

    async def test_nothing_is_lost_and_the_order_is_kept(self, opened: TextFrontEnd) -> None:
        script = opened.script(self.request(self.plain, markup="plain"))
        assert _words(" ".join(u.text for u in script.utterances)) == _words(self.plain)

    async def test_any_length_is_read_whole(self, opened: TextFrontEnd) -> None:
        text = " ".join([self.plain] * 200)
        script = opened.script(self.request(text, markup="plain"))
        check_offsets(script, text)
        assert _words(" ".join(u.text for u in script.utterances)) == _words(text)

    async def test_a_sentence_without_an_end_is_cut_into_utterances(self, opened: TextFrontEnd) -> None:
        """An utterance is a sentence, or a part of one where it is long."""
        text = "and then the rain came " * 400
        script = opened.script(self.request(text, markup="plain"))
        assert len(script.utterances) > 1
        assert _words(" ".join(u.text for u in script.utterances)) == _words(text)

    async def test_offsets_lie_in_order_inside_the_original(self, opened: TextFrontEnd) -> None:
        text = self.plain + " It costs $5.20 on 3 May, or 7% less."
        check_offsets(opened.script(self.request(text)), text)

    async def test_a_spoken_word_leads_back_to_its_original(self, opened: TextFrontEnd) -> None:
        script = opened.script(self.request(self.plain, markup="plain"))
        for utterance in script.utterances:
            position = 0
            for word in utterance.text.split():
                start = utterance.text.index(word, position)
                position = start + len(word)
                left, right = utterance.original(start, position)
                assert self.plain[left:right].strip() == word

    async def test_a_request_gives_one_script(self, opened: TextFrontEnd) -> None:
        """Pure: again, and in four threads at once, the same."""
        request = self.request(self.plain + " That is 42, and $3.")
        first = opened.script(request)
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(4) as threads:
            scripts = await asyncio.gather(
                *(loop.run_in_executor(threads, opened.script, request) for _ in range(16))
            )
        assert all(script == first for script in scripts)

    @pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
    @pytest.mark.parametrize("markup", ["auto", "plain", "ssml"])
    async def test_odd_text_is_read_or_refused(self, opened: TextFrontEnd, text: str, markup: str) -> None:
        with or_refused(Kind.INVALID, Kind.TOO_LARGE, Kind.UNSUPPORTED):
            check_offsets(opened.script(self.request(text, markup=markup)), text)

    # ------------------------------------------------------------ SSML

    SSML: ClassVar[str] = (
        '<speak>Hello <break time="500ms"/> my <mark name="here"/> <emphasis>dear</emphasis> friend.</speak>'
    )

    async def test_ssml_becomes_utterances_pauses_and_marks(self, opened: TextFrontEnd) -> None:
        self.only_with_ssml(opened)
        for markup in ("auto", "ssml"):
            script = opened.script(self.request(self.SSML, markup=markup))
            check_offsets(script, self.SSML)
            spoken = " ".join(utterance.text for utterance in script.utterances)
            assert _words(spoken) == _words("Hello my dear friend.")
            assert 500 in [item.ms for item in script.items if isinstance(item, Pause)]
            assert [item.name for item in script.items if isinstance(item, Mark)] == ["here"]

    async def test_offsets_of_ssml_point_into_the_markup(self, opened: TextFrontEnd) -> None:
        self.only_with_ssml(opened)
        script = opened.script(self.request(self.SSML, markup="ssml"))
        utterance = next(u for u in script.utterances if "friend" in u.text)
        start = utterance.text.index("friend")
        left, right = utterance.original(start, start + len("friend"))
        assert self.SSML[left:right] == "friend"

    async def test_plain_text_is_not_parsed(self, opened: TextFrontEnd) -> None:
        script = opened.script(self.request(self.SSML, markup="plain"))
        assert not [item for item in script.items if isinstance(item, Mark)]

    @pytest.mark.parametrize(
        "text",
        [
            "<speak>no end",
            "<speak><break time='a while'/>hm</speak>",
            "<speak>one</speak><speak>two</speak>",
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><speak>&b;</speak>',
            '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><speak>&a;</speak>',
            "<speak>" * 500 + "</speak>" * 499,
        ],
        ids=["unclosed", "bad time", "two roots", "entities", "external entity", "deep"],
    )
    async def test_what_cannot_be_read_is_refused_with_its_offset(
        self, opened: TextFrontEnd, text: str
    ) -> None:
        self.only_with_ssml(opened)
        with pytest.raises(Problem) as caught:
            opened.script(self.request(text, markup="ssml"))
        assert caught.value.kind is Kind.INVALID
        offset = caught.value.details.get("offset")
        assert isinstance(offset, int), f"details of {caught.value!r} hold no offset"
        assert 0 <= offset <= len(text)

    def only_with_ssml(self, opened: TextFrontEnd) -> None:
        try:
            opened.script(self.request("<speak>Hello.</speak>", markup="ssml"))
        except Problem as problem:
            if problem.kind is not Kind.UNSUPPORTED:
                raise
            pytest.skip("reads no SSML, and says so")

    # ------------------------------------------------------------ lexicon

    async def test_a_lexicon_is_honoured_or_refused(self, opened: TextFrontEnd) -> None:
        """IPA lies beside the written word; another spelling stands in its place."""
        self.only_with_a_lexicon(opened)
        text = "The kettle sings. A kettleful sings."
        spelt = opened.script(self.request(text, lexicon={"kettle": "/ˈkɛtəl/"}))
        check_offsets(spelt, text)
        found = [
            (u.text[p.text_start : p.text_end], p.ipa) for u in spelt.utterances for p in u.pronunciations
        ]
        assert found == [("kettle", "ˈkɛtəl")]
        assert _words(" ".join(u.text for u in spelt.utterances)) == _words(text)
        respelt = opened.script(self.request(text, lexicon={"kettle": "pot"}))
        check_offsets(respelt, text)
        spoken = " ".join(utterance.text for utterance in respelt.utterances)
        assert _words(spoken) == _words("The pot sings. A kettleful sings.")

    @pytest.mark.parametrize("reading", ["/k3#/", "/ˈkɛtəl", "", "//"])
    async def test_a_bad_entry_is_refused_and_named(self, opened: TextFrontEnd, reading: str) -> None:
        self.only_with_a_lexicon(opened)
        with pytest.raises(Problem) as caught:
            opened.script(self.request(self.plain, lexicon={"kettle": reading}))
        assert (caught.value.kind, caught.value.field) == (Kind.INVALID, "lexicon.kettle")

    def only_with_a_lexicon(self, opened: TextFrontEnd) -> None:
        try:
            opened.script(self.request(self.plain, lexicon={"kettle": "pot"}))
        except Problem as problem:
            if problem.kind is not Kind.UNSUPPORTED:
                raise
            pytest.skip("has no lexicon, and says so")

    # ------------------------------------------------------------ normalisation

    async def test_every_switch_can_be_turned(self, opened: TextFrontEnd) -> None:
        switches = list(opened.switches())
        assert len(set(switches)) == len(switches)
        text = "Dr. Li paid $5.20 for 3 kg on 2024-05-06 at 10:30, see https://example.org."
        for name in switches:
            for value in (False, True):
                check_offsets(opened.script(self.request(text, normalize={name: value})), text)

    async def test_an_unknown_switch_is_refused(self, opened: TextFrontEnd) -> None:
        with pytest.raises(Problem) as caught:
            opened.script(self.request(self.plain, normalize={"no_such_rule_": False}))
        assert caught.value.kind is Kind.INVALID


def check_offsets(script: Script, text: str) -> None:
    """Items in order and inside the original; the spans of an utterance cover its text and nothing outside."""
    assert script.language
    position = 0
    for item in script.items:
        assert position <= item.start <= len(text), f"{item} lies before what came earlier"
        if isinstance(item, Mark):
            continue
        assert item.start <= item.end <= len(text), item
        if isinstance(item, Pause):
            assert item.ms >= 0, item
            continue
        assert item.text.strip(), f"an utterance without text at {item.start}"
        position = item.end
        spoken = 0
        original = item.start
        for span in item.spans:
            assert span.spoken_start == spoken, f"{span} leaves a gap in {item.text!r}"
            assert original <= span.start <= span.end <= item.end, f"{span} is out of order or outside"
            spoken, original = span.spoken_end, span.start
        assert not item.spans or spoken == len(item.text)
        bound = 0
        for run in item.pronunciations:
            assert bound <= run.text_start < run.text_end <= len(item.text), (
                f"{run} is out of order or outside"
            )
            bound = run.text_end


def _words(text: str) -> list[str]:
    return [word.strip(".,;:!?").lower() for word in text.split() if word.strip(".,;:!?")]
