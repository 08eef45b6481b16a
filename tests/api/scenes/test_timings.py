"""Word times lead back to the text as its writer sent it, in code points, and go forward."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from meters.timings import alone, perform

import mixdown_mixing
import mixdown_text
import mixdown_tts_espeak
from mixdown_api.scenes.timings import WordTime, word_times
from mixdown_kernel import Audio, Chunk, Kernel, SpeechRequest, SynthesisBackend, Voice, hookimpl

from ..application import application

PLUGINS = [mixdown_mixing, mixdown_text, mixdown_tts_espeak]


@pytest.fixture
async def kernel(tmp_path: Path) -> AsyncIterator[Kernel]:
    async with Kernel({"data_dir": tmp_path}, plugins=PLUGINS, discover=False) as kernel:
        await kernel.ready()
        yield kernel


async def times(kernel: Kernel, text: str) -> list[WordTime]:
    """The words of a text that is spoken, once they have been found in order."""
    blocks, words = await perform(kernel, alone(text))
    timed = word_times(words, text)
    ends = [0, *(time for word in timed for time in (word.start_ms, word.end_ms))]
    assert ends == sorted(ends)
    assert not timed or timed[-1].end_ms <= 1000 * sum(block.frames for block in blocks) / 24_000 + 1
    assert all(word.start < word.end <= len(text) for word in timed)
    assert all(one.end <= following.start for one, following in pairwise(timed))
    return timed


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("It cost $5.20 at 10 a.m., i.e. today.", "It|cost|$5.20|at|10 a.m.,|i.e.|today."),
        ("On 3/4/2026 for 3–5 days (10-12%).", "On|3/4/2026|for|3–5|days|(10-12%)."),
        ("R&B at 10:00 am now.", "R|&|B|at|10:00 am|now."),
        ("42 1,000,000 3.14 2024 007 1st 50%", "42|1,000,000|3.14|2024|007|1st|50%"),
        ("Wait [pause:300ms] here, [rate:1.2] faster [note] now.", "Wait|here,|faster|[note]|now."),
        ("Go 😀 now 👍🏽 friend.", "Go|😀|now|👍🏽|friend."),
        ("שלום עולם, 5 ימים.", "שלום|עולם,|5|ימים."),
        ("Cafe\u0301 nai\u0308ve e\u0301te\u0301.", "Cafe\u0301|nai\u0308ve|e\u0301te\u0301."),
        ("One\r\n\r\n\ttwo\u00a0three \u200bfour", "One|two|three|four"),
    ],
)
async def test_a_word_is_what_was_written(kernel: Kernel, text: str, written: str) -> None:
    timed = await times(kernel, text)
    assert [text[word.start : word.end].strip("\u200b") for word in timed] == written.split("|")


@pytest.mark.parametrize(
    ("inner", "sources", "seen"),
    [
        ("It costs &#36;5.", "It|costs|&#36;5.", "It|costs|$5."),
        ("<sub alias='World Wide Web'>WWW</sub> is old", "WWW|is|old", "WWW|is|old"),
        ("<say-as interpret-as='ordinal'>3</say-as> time", "3|time", "3|time"),
        ("a <phoneme alphabet='ipa' ph='təˈmeɪtəʊ'>tomato</phoneme> a", "a|tomato|a", "a|tomato|a"),
        ("hel<emphasis>lo</emphasis> <!-- 7 --> you", "hel|lo|you", "hel|lo|you"),
        ("<p>One <break time='100ms'/>&lt;two</p><p>3</p>", "One|&lt;two|3", "One|<two|3"),
    ],
)
async def test_of_ssml_a_word_is_its_own_stretch_of_the_source(
    kernel: Kernel, inner: str, sources: str, seen: str
) -> None:
    text = f"<speak>{inner}</speak>"
    timed = await times(kernel, text)
    assert [text[word.start : word.end] for word in timed] == sources.split("|")
    assert [word.text for word in timed] == seen.split("|")


TOKENS = [
    "the",
    "of",
    "a",
    "and",
    "Hello",
    "word,",
    "'quoted'",
    "(three)",
    "don't",
    "O'Neill",
    "well-known",
    "and/or",
    "e.g.",
    "Dr.",
    "U.S.A.",
    "7",
    "42",
    "1984",
    "3.50",
    "1,234",
    "$5.20",
    "£9.99/mo",
    "12.5%",
    "21st",
    "10:30",
    "5kg",
    "3–5",
    "2026-11-20",
    "6'2\"",
    "https://a.org/b?c=d",
    "me@a.org",
    "😀",
    "👍🏽",
    "½",
    "20°C",
    "&",
    "@",
    "#",
    "…",
    "—",
    "«été»",
    "größe",
    "naïve",
    "café",
    "שלום",
    "مرحبا",
    "你好",
    "日本語",
    "नमस्ते",
    "[pause:100ms]",
    "[note]",
    "<b>",
    "&amp;",
    "***",
    "IV.",
    "XII?",
    "no!",
]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(
        st.tuples(st.sampled_from(TOKENS), st.sampled_from([" ", "\n", "  ", ", ", ". "])), max_size=25
    )
)
async def test_of_any_text_every_letter_has_a_time(kernel: Kernel, parts: list[tuple[str, str]]) -> None:
    text = "Well " + "".join(token + space for token, space in parts)
    timed = await times(kernel, text)
    covered = {at for word in timed for at in range(word.start, word.end)}
    silent = {at for mark in re.finditer(r"\[pause:100ms\]", text) for at in range(*mark.span())}
    assert [text[at] for at in range(len(text)) if text[at].isalnum() and at not in covered | silent] == []
    assert not covered & silent
    assert not any(text[word.start].isspace() or text[word.end - 1].isspace() for word in timed)


class Hummer:
    """A voice that gives no word times: 60 ms of a hum for every character."""

    async def voices(self) -> list[Voice]:
        return [Voice("hummer", "Hummer", "en")]

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        frames = 1440 * len(request.text)
        yield Chunk(Audio(np.sin(np.arange(frames) / 40, dtype=np.float32)[:, None] / 4, 24_000))

    @hookimpl
    def synthesis_backends(self) -> Iterable[SynthesisBackend]:
        @asynccontextmanager
        async def open_(_settings: object, _context: object) -> AsyncIterator[Any]:
            yield self

        yield SynthesisBackend(name="hummer", open=open_)


async def test_a_voice_without_word_times_is_captioned_by_its_utterances(tmp_path: Path) -> None:
    config = {"backends": {"synthesis": ["hummer"]}}
    async with application(tmp_path, plugins=[Hummer()], config=config) as app:
        made = await app.generate("Hello over there. How are you today?", output={"captions": "srt"})
    first, second = made["captions"]["text"].split("\n\n")
    assert first.split("\n")[2] == "Hello over there."
    assert second.split("\n")[2] == "How are you today?"
    (_, end), (start, _) = made["components"]["voice"]["timestamps"]
    assert f"00:00:01,{start % 1000:03} --> " in second
    assert made["components"]["voice"]["words"] == []
    assert 0 < end < start
