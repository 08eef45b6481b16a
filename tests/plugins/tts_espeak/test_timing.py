"""Every word of the text has its time, once and in order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixdown_kernel import Chunk
from mixdown_tts_espeak.timing import align

TEXTS = [
    "Hello, world! I went on the bus of the day.",
    "In 2024, it cost 1,234,567.89 or so; done.",
    "From the one of a kind to the in the at the such as it is out of the way.",
    '  He said "quoted" and left ... then (maybe) came-back to well-known places. One two. One two. ',
    "Größe über naïve café don't we’ll rock'n'roll O'Neill e.g. U.S.A. Dr. Who",
    "first line\nsecond line\n\nnew paragraph\tand a tab",
    "It’s 5:30 on 12/11/2026 for $5.20 at 20% & more @home #tag",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z 1 2 3 4 5 6 7 8 9 0",
    "Supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis",
    " ".join(["word"] * 390),
]
FOREIGN = [
    ("de", "Der schnelle Fuchs springt über den faulen Hund, und es ist 21 Uhr."),
    ("fr-fr", "L'été, j'ai vu qu'il y avait 99 chats ; c'est la vie !"),
    ("ru", "Быстрая лиса прыгает через ленивую собаку в 2024 году."),
    ("hi", "नमस्ते दुनिया कैसे हो"),
    ("ar", "مرحبا بالعالم كيف حالك"),
    ("ko", "안녕하세요 세계 오늘 날씨가 좋아요"),
]


def spoken(text: str) -> list[str]:
    return [token for token in text.split() if any(map(str.isalnum, token))]


def check_order(chunk: Chunk) -> None:
    times = [frame for word in chunk.words for frame in (word.start_frame, word.end_frame)]
    assert times == sorted(times)
    assert not times or (times[0] >= 0 and times[-1] <= chunk.audio.frames)
    offsets = [offset for word in chunk.words for offset in (word.text_start, word.text_end)]
    assert offsets == sorted(offsets)


@pytest.mark.parametrize(("voice", "text"), [("en-us", text) for text in TEXTS] + FOREIGN)
async def test_every_word_once_and_in_order(espeak, say, voice, text):
    chunk = await say(espeak, text, voice=voice)
    check_order(chunk)
    timed = [text[word.text_start : word.text_end] for word in chunk.words]
    assert [token for token in timed if any(map(str.isalnum, token))] == spoken(text)
    assert all(word.end_frame > word.start_frame for word in chunk.words)


async def test_offsets_are_code_points(espeak, say):
    text = "\x00Größe \ud800 über 😀 ende"
    words = (await say(espeak, text, voice="de")).words
    assert [text[word.text_start : word.text_end].strip("\x00") for word in words] == [
        "Größe",
        "über",
        "😀",
        "ende",
    ]


async def test_han_characters_are_words(espeak, say):
    text = "你好,世界。今天天气很好"
    words = (await say(espeak, text, voice="cmn")).words
    assert "".join(text[word.text_start : word.text_end] for word in words).replace(",", "").replace(
        "。", ""
    ) == ("你好世界今天天气很好")


async def test_a_pause_belongs_to_no_word(espeak, say):
    chunk = await say(espeak, "Stop. Go on.")
    stop, go = chunk.words[0], chunk.words[1]
    assert go.start_frame - stop.end_frame > 0.2 * chunk.audio.rate
    between = chunk.audio.samples[stop.end_frame + 400 : go.start_frame]
    assert np.abs(between).max() < 0.02


async def test_a_consonant_belongs_to_its_own_word(espeak, say):
    """The engine announces "in" before the "ng" of "nothing", which lasts 84 ms."""
    chunk = await say(espeak, "Nothing in space.")
    _, in_, space = chunk.words
    assert (space.start_frame - in_.start_frame) / chunk.audio.rate < 0.12


async def test_words_lie_where_the_sound_is(espeak, say):
    """The same words apart, with gaps: each gap is silent and each word is not."""
    chunk = await say(espeak, "banana. banana. banana. banana.")
    assert len(chunk.words) == 4
    for word in chunk.words:
        assert np.abs(chunk.audio.samples[word.start_frame : word.end_frame]).max() > 0.1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_events_give_ordered_words(data):
    text = data.draw(st.text(st.sampled_from("ab 9-\n.日é😀"), max_size=40))
    frames = data.draw(st.integers(0, 1000))
    starts = sorted(data.draw(st.lists(st.integers(0, 1100), max_size=12)))
    events = [(data.draw(st.integers(-2, len(text) + 3)), start) for start in starts]
    edges = sorted(data.draw(st.lists(st.integers(0, 1100), max_size=6, unique=True)))
    pauses = list(zip(edges[::2], edges[1::2], strict=False))
    phonemes = sorted(data.draw(st.lists(st.integers(0, 1100), max_size=30)))
    words = align(text, events, pauses, phonemes, frames)
    times = [frame for word in words for frame in (word.start_frame, word.end_frame)]
    assert times == sorted(times)
    assert all(0 <= frame <= frames for frame in times)
    offsets = [offset for word in words for offset in (word.text_start, word.text_end)]
    assert offsets == sorted(offsets)
    assert not any(text[word.text_start : word.text_end].isspace() for word in words)


def test_merged_words_share_in_proportion_to_letters():
    words = align("of these cats", [(1, 0), (10, 70)], [], [], 100)
    assert [(word.start_frame, word.end_frame) for word in words] == [(0, 23), (23, 70), (70, 100)]


def test_merged_words_part_where_a_phoneme_begins():
    """ "from the" is f, r, o, m; th, e: the third letter of "the" is no phoneme."""
    words = align("from the cats", [(1, 0), (10, 70)], [], [0, 10, 15, 30, 55, 60, 70, 80], 100)
    assert [(word.start_frame, word.end_frame) for word in words] == [(0, 55), (55, 70), (70, 100)]


def test_no_event_means_no_word():
    assert align("unheard", [], [], [], 100) == ()
