"""Word times become captions that can be read."""

from __future__ import annotations

from mixdown_api.scenes.captions import captions
from mixdown_kernel import TimedWord


def timed(text: str, *, each_ms: int = 300, pauses: dict[int, int] | None = None) -> list[TimedWord]:
    """Words one after the other; ``pauses`` are milliseconds before the word of that number."""
    words, now, at = [], 0, 0
    for number, word in enumerate(text.split(" ")):
        now += (pauses or {}).get(number, 0)
        words.append(TimedWord("voice", word, now, now + each_ms, at, at + len(word)))
        now, at = now + each_ms, at + len(word) + 1
    return words


def test_srt() -> None:
    assert captions(timed("Hello there."), "srt") == "1\n00:00:00,000 --> 00:00:00,600\nHello there.\n"


def test_vtt_escapes_what_would_be_markup() -> None:
    made = captions(timed("a < b & c"), "vtt")
    assert made == "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\na &lt; b &amp; c\n"


def test_a_sentence_ends_a_cue() -> None:
    assert captions(timed("One. Two three."), "srt").count("-->") == 2


def test_a_silence_ends_a_cue() -> None:
    assert captions(timed("one two", pauses={1: 900}), "srt").count("-->") == 2
    assert captions(timed("one two", pauses={1: 700}), "srt").count("-->") == 1


def test_cues_have_two_lines_of_about_forty_characters_and_last_six_seconds_at_most() -> None:
    text = " ".join(["word"] * 200)
    cues = captions(timed(text, each_ms=100), "srt").strip().split("\n\n")
    assert len(cues) > 10
    for cue in cues:
        _, _, *lines = cue.split("\n")
        assert len(lines) <= 2
        assert max(map(len, lines)) <= 46
    slow = captions(timed("a b c d e f g h i j", each_ms=2500), "srt").strip().split("\n\n")
    assert len(slow) == 5


def test_hours() -> None:
    made = captions(timed("late", pauses={0: 3_723_004}), "srt")
    assert "01:02:03,004 --> 01:02:03,304" in made


def test_no_words_no_cues() -> None:
    assert captions([], "srt") == ""
    assert captions([], "vtt") == "WEBVTT\n\n"
