"""How a text is cut into what is spoken in one go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixdown_tts_onnx.s1_mini.sentences import LONG, sentences

PLAIN = "The first sentence is long enough to stand alone. "


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("  \n ", []),
        ("Hello.", ["Hello."]),
        (PLAIN * 2, [PLAIN.strip()] * 2),
        ("Yes. " + PLAIN, ["Yes. " + PLAIN.strip()]),
        (
            PLAIN
            + 'He said "Go away, all of you, this minute!" And so they went home, all of them, in the rain.',
            None,
        ),
        ("今天天气很好我们一起去公园散步吧真的很好。明天我们再去一次那个美丽的公园散步吧。", None),
    ],
)
def test_sentences_stand_alone_where_they_are_long_enough(text: str, parts: list[str] | None) -> None:
    got = sentences(text)
    if parts is None:
        assert len(got) == 2 + text.startswith("The first")
        assert got[-1].startswith(("And so", "明天"))
    else:
        assert got == parts


def test_a_long_sentence_is_cut_at_pauses_then_words_then_anywhere() -> None:
    clauses = ", ".join(["and then it went on and on without an end in sight"] * 12)
    assert all(part.endswith(",") for part in sentences(clauses)[:-1])
    words = "word " * 200
    assert all(set(part.split()) == {"word"} for part in sentences(words))
    assert len(sentences("x" * 1000)) > 3


@given(st.text(max_size=800))
def test_no_word_is_lost_and_no_part_is_long_or_empty(text: str) -> None:
    parts = sentences(text)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part.strip() and len(part.encode()) <= LONG + 1 for part in parts)
