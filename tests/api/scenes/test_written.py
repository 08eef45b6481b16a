"""What a reader sees of a text, and what captions and word times make of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mixdown_api.scenes.captions import captions
from mixdown_api.scenes.written import Written
from mixdown_kernel import TimedUtterance, TimedWord, Timeline

from ..application import Application, application


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Application]:
    async with application(tmp_path) as app:
        yield app


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("a < b &amp; c", "a < b &amp; c"),
        ("<speak>Hi &amp; you &lt;b&gt; &#x263a;</speak>", "Hi & you <b> ☺"),
        ("<speak>hel<emphasis level='strong'>lo</emphasis></speak>", "hello"),
        ("<speak><p>One.</p><p>Two.</p></speak>", " One.  Two. "),
        ("<speak>a<break/>b</speak>", "a b"),
        ('<speak>a<sub alias="x > y">W3C</sub></speak>', "aW3C"),
        ("<speak>a<!-- <b>, > -->b</speak>", "ab"),
        ("<speak><![CDATA[a <b> &amp; c]]></speak>", "a <b> &amp; c"),
        ("<?xml version='1.0'?><speak>a</speak>", "a"),
    ],
)
def test_the_whole(source: str, seen: str) -> None:
    assert Written(source).between(0, len(source)) == seen


def test_a_part() -> None:
    source = "<speak>one &amp; <b/>two</speak>"
    written = Written(source)
    for word, seen in (("one", "one"), ("&amp;", "&"), ("two", "two"), ("ne &amp; <b/>tw", "ne & tw")):
        start = source.index(word)
        assert written.between(start, start + len(word)) == seen
    assert written.between(5, 5) == written.between(9, 3) == ""


def shown(text: str, *words: str, sentences: Sequence[str] = ()) -> str:
    """The lines of an SRT file of these words, spoken one after the other; ``sentences`` are their last words."""
    timeline, at = Timeline(), 0
    for number, word in enumerate(words):
        at = text.index(word, at)
        start, end = number * 900, number * 900 + 900
        timeline.words.append(TimedWord("voice", word, start, end, at, at + len(word)))
        if word in sentences:
            timeline.utterances.append(TimedUtterance("voice", "", start, end, at, at + len(word)))
        at += len(word)
    cues = captions(timeline, {"voice": text}, "srt").split("\n\n")
    return " | ".join(" ".join(cue.strip().split("\n")[2:]) for cue in cues)


def test_captions_are_spelt_and_punctuated_as_the_text() -> None:
    assert shown("你好,世界。今天很好！", *"你好世界今天很好", sentences="界") == "你好,世界。 | 今天很好！"
    assert shown("你好。“世界。”", *"你好世界", sentences="好") == "你好。 | “世界。”"
    assert shown('He said "no" - "yes"', "He", "said", "no", "yes") == 'He said "no" - "yes"'
    assert shown("One.\n- Two\n- three", "One", "Two", sentences=["One"]) == "One. | - Two"
    assert shown("One -- \n two (three), four", "One", "two", "three", "four") == "One -- two (three), four"
    assert shown("One [pause:2s] two[rate:1.2], three", "One", "two", "three") == "One two , three"
    assert shown("One [note] two", "One", "[note]", "two") == "One [note] two"


def test_captions_of_ssml_hold_no_markup() -> None:
    text = "<speak>Hi <mark name='a'/>there &amp; you.<break time='1s'/> <emphasis>Th</emphasis>en.</speak>"
    words = ("Hi", "there", "&amp;", "you.", "Th</emphasis>en.")
    assert shown(text, *words, sentences=["you."]) == "Hi there & you. | Then."


async def test_ssml_as_it_is_served(app: Application) -> None:
    text = "<speak>Say <emphasis>hel</emphasis>lo &amp; go, R&amp;B<mark name='end'/>.</speak>"
    found = await app.generate(text, output={"captions": "vtt"})
    assert found["captions"]["text"].split("\n")[4] == "Say hello &amp; go, R&amp;B."
    voice = found["components"]["voice"]
    assert not any(set("<>;") & set(word["text"]) for word in voice["words"])
    assert voice["words"][0] == {"text": "Say", "start": 7, "end": 10} | times(voice["words"][0])
    assert [mark["name"] for mark in voice["marks"]] == ["end"]
    assert all(0 <= mark["ms"] <= found["duration_ms"] for mark in voice["marks"])

    spoken = await app.speak(text, timestamps=True, captions="srt", response_format="pcm")
    words = (await app.fetch(spoken.headers["x-timestamps-url"])).json()["words"]
    assert [word["text"] for word in words] == [word["text"] for word in voice["words"]]
    assert "Say hello & go, R&B." in (await app.fetch(spoken.headers["x-captions-url"])).text


def times(word: dict[str, Any]) -> dict[str, Any]:
    return {name: word[name] for name in ("start_ms", "end_ms")}


async def test_chinese_as_it_is_served(app: Application) -> None:
    text = "你好世界。今天天气很好。"
    found = await app.generate(text, language="cmn", output={"captions": "srt"})
    cues = found["captions"]["text"].strip().split("\n\n")
    assert "".join(cue.split("\n")[2] for cue in cues) == text


async def test_offsets_are_code_points(app: Application) -> None:
    text = "😀 Hello there."
    words = (await app.generate(text))["components"]["voice"]["words"]
    assert [text[word["start"] : word["end"]] for word in words][-2:] == ["Hello", "there."]


async def test_marks_are_not_seen(app: Application) -> None:
    text = "[rate:1.1]Fast words[/rate] and [tomato](/təˈmɑːtoʊ/)es."
    found = await app.generate(text, output={"captions": "srt"})
    assert found["captions"]["text"].split("\n")[2] == "Fast words and tomatoes."
    assert [word["text"] for word in found["components"]["voice"]["words"]] == [
        "Fast", "words", "and", "tomatoes.",
    ]  # fmt: skip


async def test_no_cue_outlasts_the_sound(app: Application) -> None:
    found = await app.generate("A.", output={"captions": "srt"})
    end = found["captions"]["text"].split("\n")[1].split(" --> ")[1]
    assert end == f"00:00:00,{found['duration_ms']:03}"


async def test_a_language_that_nobody_speaks_is_found_by_a_dry_run(app: Application) -> None:
    answer = await app.http.post(
        "/v1/audio/generate", json={"text": "Fine. [lang:xx]Hm.[/lang]", "dry_run": True}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "text")
    assert answer.json()["offset"] == 15
