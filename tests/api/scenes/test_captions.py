"""Word times become captions that can be read."""

from __future__ import annotations

from mixdown_api.scenes.captions import CaptionFormat, captions
from mixdown_kernel import TimedWord


def captioned(
    text: str, format_: CaptionFormat, *, each_ms: int = 300, pauses: dict[int, int] | None = None
) -> str:
    """The captions of words that are spoken one after the other; ``pauses`` are milliseconds before the word of that number."""
    words, now, at = [], 0, 0
    for number, word in enumerate(text.split(" ")):
        now += (pauses or {}).get(number, 0)
        words.append(TimedWord("voice", word, now, now + each_ms, at, at + len(word)))
        now, at = now + each_ms, at + len(word) + 1
    return captions(words, text, format_)


def test_srt() -> None:
    assert captioned("Hello there.", "srt") == "1\n00:00:00,000 --> 00:00:00,600\nHello there.\n"


def test_vtt_escapes_what_would_be_markup() -> None:
    made = captioned("a < b & c", "vtt")
    assert made == "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\na &lt; b &amp; c\n"


def test_a_sentence_ends_a_cue() -> None:
    assert captioned("One. Two three.", "srt").count("-->") == 2


def test_a_silence_ends_a_cue() -> None:
    assert captioned("one two", "srt", pauses={1: 900}).count("-->") == 2
    assert captioned("one two", "srt", pauses={1: 700}).count("-->") == 1


def test_cues_have_two_lines_of_about_forty_characters_and_last_six_seconds_at_most() -> None:
    text = " ".join(["word"] * 200)
    cues = captioned(text, "srt", each_ms=100).strip().split("\n\n")
    assert len(cues) > 10
    for cue in cues:
        _, _, *lines = cue.split("\n")
        assert len(lines) <= 2
        assert max(map(len, lines)) <= 46
    slow = captioned("a b c d e f g h i j", "srt", each_ms=2500).strip().split("\n\n")
    assert len(slow) == 5


def test_hours() -> None:
    made = captioned("late", "srt", pauses={0: 3_723_004})
    assert "01:02:03,004 --> 01:02:03,304" in made


def test_no_words_no_cues() -> None:
    assert captions([], "", "srt") == ""
    assert captions([], "", "vtt") == "WEBVTT\n\n"
