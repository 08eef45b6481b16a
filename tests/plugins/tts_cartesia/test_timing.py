"""When the words of a text are heard."""

from __future__ import annotations

import pytest

from mixdown_kernel import Word
from mixdown_kernel.testing.rendering import collect
from mixdown_tts_cartesia.events import SpokenWord, Words, event_of
from mixdown_tts_cartesia.timing import WordTimes

from .conftest import OpenSonic, say
from .stand_in import StandIn

RATE = 1000


def placed(text: str, *words: str, frames: int = 10**6) -> list[str]:
    """The runs of the text that got a time."""
    times = WordTimes(text, RATE)
    for number, word in enumerate(words):
        times.add(SpokenWord(word, number * 0.1, number * 0.1 + 0.1))
    return [text[word.text_start : word.text_end] for word in times.rest(frames)]


@pytest.mark.parametrize("transport", ["sse", "websocket"])
async def test_every_word_where_it_is_heard(sonic: OpenSonic, transport: str) -> None:
    text = "  Well: John's café, “O'Brien” — 😀 naïve!  "
    render = await collect(await sonic(transport=transport, sample_rate=8000), say(text))
    assert [text[word.text_start : word.text_end] for word in render.words] == [
        "Well", "John's", "café", "O'Brien", "naïve",
    ]  # fmt: skip
    step = 480
    for word in render.words:
        start = word.text_start - 2  # what was sent begins with the first letter
        assert abs(word.start_frame - start * step) <= step
    assert render.words[-1].end_frame <= render.audio.frames


async def test_words_come_with_the_sound_that_they_are_heard_in(sonic: OpenSonic, cartesia: StandIn) -> None:
    render = await collect(await sonic(), say())
    heard = 0
    for chunk in render.chunks:
        heard += chunk.audio.frames
        assert all(word.end_frame <= heard for word in chunk.words)
    assert len(render.words) == 5


async def test_sound_as_bytes_has_no_words(sonic: OpenSonic) -> None:
    assert not (await collect(await sonic(transport="bytes"), say())).words


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("Dr. Smith paid $5.", ("Doctor", "Smith", "paid", "five", "dollars"), ["Smith", "paid"]),
        ("a about a", ("a", "about", "a"), ["a", "about", "a"]),
        ("can cannot can", ("cannot", "can"), ["cannot", "can"]),
        ("twenty-five men", ("twenty", "five", "men"), ["twenty", "five", "men"]),
        ("Hello, HELLO", ("hello", "Hello,"), ["Hello", "HELLO"]),
        ("你好世界", ("你", "好", "世界"), ["你", "好", "世界"]),
        ("İstanbul straße ok", ("İstanbul", "straße", "ok"), ["İstanbul", "straße", "ok"]),
        ("one two", ("...", "two", "—"), ["two"]),
        ("one" + " " * 60 + "two", ("two",), []),
        ("", ("word",), []),
    ],
)
def test_words_are_found_in_order(text: str, words: tuple[str, ...], found: list[str]) -> None:
    assert placed(text, *words) == found


def test_times_never_run_backwards_or_past_the_end() -> None:
    times = WordTimes("one two three", RATE)
    for word in (SpokenWord("one", 0.5, 0.4), SpokenWord("two", 0.2, 0.9), SpokenWord("three", 0.95, 9.0)):
        times.add(word)
    assert times.until(500) == (Word(0, 3, 500, 500),)
    assert times.until(800) == ()
    assert times.rest(920) == (Word(4, 7, 500, 900), Word(8, 13, 920, 920))
    assert times.rest(920) == ()


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"words": ["a"], "start": [0.0]},
        {"words": "a", "start": 0, "end": 1},
        {"words": [1, "b", "c", "d"], "start": [0.0, "x", float("nan"), -1.0], "end": [1.0, 1.0, 1.0, 1.0]},
    ],
    ids=repr,
)
def test_times_that_are_no_use_are_left_out(told: object) -> None:
    assert event_of({"type": "timestamps", "word_timestamps": told}) == Words(())


def test_times_of_unequal_number_are_used_as_far_as_they_go() -> None:
    told = {"words": ["a", "b"], "start": [0.0, 1.0], "end": [1.0]}
    assert event_of({"type": "timestamps", "word_timestamps": told}) == Words((SpokenWord("a", 0.0, 1.0),))


@pytest.mark.parametrize("type_", ["flush_done", "phoneme_timestamps", "something_new", None, 3])
def test_other_events_mean_nothing(type_: object) -> None:
    assert event_of({"type": type_, "done": False}) is None
