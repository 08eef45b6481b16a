"""What is spoken becomes captions that can be read, by people and by programs."""

from __future__ import annotations

import json
import shutil
import subprocess
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pysubs2
import pytest
import srt
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from mixdown_api.scenes.captions import CaptionFormat, captions
from mixdown_api.scenes.cues import CHAIN_MS, FRAMES_MS, LONGEST_MS, SHORTEST_MS, SILENCE_MS, Cue, cues
from mixdown_api.scenes.shown import LINE_WIDTH, shown_words, width
from mixdown_kernel import TimedUtterance, TimedWord, Timeline

STORY = (
    'When the last ship had left the harbour, the old man walked back to the house on the hill. "Where is she?" '
    "he asked. Nobody knew. He sat down by the window, lit the lamp that his daughter had bought in a small shop "
    "at the end of the road, and waited."
)


def spoken(
    text: str, *, each_ms: int = 300, pauses: Mapping[int, int] | None = None, timed: bool = True
) -> Timeline:
    """The timeline of a text that is spoken one word after the other, every line of it by itself.

    ``pauses`` are milliseconds before the word of that number.
    """
    timeline, now, at, number = Timeline(), 0, 0, 0
    for sentence in text.splitlines(keepends=True):
        began, first = now, at
        for word in sentence.split():
            now += (pauses or {}).get(number, 0)
            start = text.index(word, at)
            at = start + len(word)
            timeline.words.append(TimedWord("voice", word, now, now + each_ms, start, at))
            now, number = now + each_ms, number + 1
        timeline.utterances.append(TimedUtterance("voice", sentence, began, now, first, at))
    if not timed:
        timeline.words.clear()
    return timeline


def cut(text: str, **spoken_how: object) -> list[Cue]:
    return cues(shown_words(spoken(text, **spoken_how), text))  # type: ignore[arg-type]


def lines(text: str, **spoken_how: object) -> list[str]:
    """Every cue, its lines parted by a stroke."""
    return [" / ".join(cue.lines) for cue in cut(text, **spoken_how)]


def captioned(text: str, format_: CaptionFormat, **spoken_how: object) -> str:
    return captions(spoken(text, **spoken_how), {"voice": text}, format_)  # type: ignore[arg-type]


def test_srt() -> None:
    assert captioned("Hello there.", "srt", each_ms=600) == "1\n00:00:00,000 --> 00:00:01,200\nHello there.\n"


def test_vtt_escapes_what_would_be_markup() -> None:
    made = captioned("a < b & c", "vtt")
    assert made == "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\na &lt; b &amp; c\n"


def test_no_words_no_cues() -> None:
    assert captions(Timeline(), {"voice": ""}, "srt") == ""
    assert captions(Timeline(), {"voice": "..."}, "vtt") == "WEBVTT\n\n"


def test_lines_break_where_a_reader_takes_breath() -> None:
    assert lines(STORY.replace(". ", ".\n").replace("? ", "? \n")) == [
        "When the last ship had left the harbour,",
        "the old man walked back / to the house on the hill.",
        '"Where is she?" he asked. Nobody knew.',
        "He sat down by the window, / lit the lamp that his daughter had bought",
        "in a small shop at the end / of the road, and waited.",
    ]


def test_a_sentence_ends_a_cue_and_an_abbreviation_does_not() -> None:
    assert lines("Dr. Smith came in.\nHe sat down at once.") == ["Dr. Smith came in.", "He sat down at once."]


def test_what_is_too_short_to_be_read_joins_its_neighbour() -> None:
    text = "Yes.\nNo.\nNobody in town ever knew."
    assert lines(text, pauses={2: 300}) == ["Yes. No.", "Nobody in town ever knew."]
    assert lines("Yes.\nNo.", pauses={1: SILENCE_MS + 1}) == ["Yes.", "No."]


def test_a_silence_ends_a_cue() -> None:
    assert len(cut("one two", pauses={1: 900})) == 2
    assert len(cut("one two", pauses={1: 700})) == 1


def test_a_cue_stays_until_it_can_be_read() -> None:
    quick, last = cut("An extraordinarily long sentence.\nEnd.", each_ms=150, pauses={4: 5000})
    assert quick.end_ms - quick.start_ms == round(1000 * 33 / 17)
    assert last.end_ms - last.start_ms == SHORTEST_MS


def test_short_gaps_are_closed_but_for_two_frames() -> None:
    first, second = cut("One two three four.\nFive six seven eight.", pauses={4: 300})
    assert second.start_ms - first.end_ms == FRAMES_MS
    first, second = cut("One two three four.\nFive six seven eight.", pauses={4: 40})
    assert first.end_ms == second.start_ms


def test_quotes_stay_with_what_they_quote() -> None:
    text = 'Il dit : « Non ! » - "Oui"'
    places = [(text.index(one), text.index(one) + len(one)) for one in ("dit", "Non", "Oui")]
    words = [TimedWord("voice", "", 0, 0, start, end) for start, end in places]
    made = [word.text for word in shown_words(Timeline(words=words), text)]
    assert made == ["Il dit :", "« Non ! » -", '"Oui"']


def test_a_name_is_a_line_break_away_from_no_title() -> None:
    (found,) = lines("The letter was at last delivered to the Mr. Abercrombie of whom we had heard.")
    assert "Mr. /" not in found


def test_slow_speech_is_cut_after_seven_seconds() -> None:
    assert [len(cue.lines[0].split()) for cue in cut("a b c d e f g h i j", each_ms=2500)] == [2] * 5


def test_chinese_lines_hold_sixteen_characters() -> None:
    text = "今天天气非常好我们一起去公园散步吧你好世界"
    words = [TimedWord("voice", one, at * 200, at * 200 + 200, at, at + 1) for at, one in enumerate(text)]
    (cue,) = cues(shown_words(Timeline(words=words), text))
    assert "".join(cue.lines) == text
    assert [len(line) for line in cue.lines] == [10, 11]


def test_a_word_wider_than_a_line_is_cut() -> None:
    url = "https://example.org/" + "x" * 100
    found = cut(f"See {url} now.", each_ms=2000)
    assert all(width(line) <= LINE_WIDTH for cue in found for line in cue.lines)
    assert "".join("".join(cue.lines) for cue in found).replace(" ", "") == f"See{url}now."


def test_accents_stay_with_their_letters() -> None:
    text = "e\u0301" * 100
    for cue in cut(text, each_ms=6000):
        assert not any(unicodedata.combining(line[0]) for line in cue.lines)


def test_lines_from_right_to_left_say_so() -> None:
    made = captioned("שלום, iPhone ועולם.", "srt")
    assert made.split("\n")[2] == "\u200fשלום, iPhone ועולם.\u200f"
    assert "\u200f" not in captioned("He said שלום to them.", "srt")


def test_srt_players_find_no_tags() -> None:
    text = "a <b>bold</b> {\\an8} --> x < y"
    (cue,) = srt.parse(captioned(text, "srt"))
    assert cue.content.replace("\u2060", "").replace("\n", " ") == text
    assert not any(tag in cue.content for tag in ("<b>", "</b>", "{\\an8}", "-->"))


def test_without_word_times_an_utterance_is_shared_out() -> None:
    timed, estimated = cut(STORY), cut(STORY, timed=False)
    assert " ".join(" ".join(cue.lines) for cue in estimated) == STORY
    assert estimated[0].start_ms == 0
    assert estimated[-1].end_ms == timed[-1].end_ms
    text = "今天天气非常好，我们一起去公园散步吧。你好世界。"
    assert "".join("".join(cue.lines) for cue in cut(text, each_ms=5000, timed=False)) == text


def test_hours() -> None:
    assert "01:02:03,004 --> 01:02:03,837" in captioned("late", "srt", pauses={0: 3_723_004})
    made = captioned("very late", "vtt", pauses={0: 360_000_000})
    assert "100:00:00.000 --> " in made
    assert webvtt.from_buffer(StringIO(made))[0].start == "100:00:00.000"


def test_ten_thousand_words() -> None:
    found = cut("\n".join([STORY] * 160))
    assert sum(len(" ".join(cue.lines).split()) for cue in found) == len(STORY.split()) * 160


words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=60)


@st.composite
def timelines(draw: st.DrawFn) -> tuple[Timeline, str]:
    tokens = draw(st.lists(st.one_of(words, st.sampled_from(STORY.split())), min_size=1, max_size=40))
    text = "".join(token + draw(st.sampled_from([" ", "\n", " — ", "  "])) for token in tokens)
    pauses = draw(st.dictionaries(st.integers(0, 40), st.integers(0, 2000), max_size=5))
    timed = draw(st.booleans())
    return spoken(text, each_ms=draw(st.integers(0, 1500)), pauses=pauses, timed=timed), text


@given(timelines())
def test_the_rules_hold_for_any_text(made: tuple[Timeline, str]) -> None:
    timeline, text = made
    words = shown_words(timeline, text)
    found = cues(words)
    lasting = {word.start_ms: word.end_ms - word.start_ms for word in words}
    for cue in found:
        assert 1 <= len(cue.lines) <= 2
        assert all(0 < width(line) <= LINE_WIDTH or len(line) == 1 for line in cue.lines)
        longest = max(LONGEST_MS, lasting[cue.start_ms]) + CHAIN_MS
        assert cue.start_ms < cue.end_ms <= cue.start_ms + longest
    for cue, following in pairwise(found):
        assert cue.end_ms <= max(following.start_ms, cue.start_ms + 1)
    shown = "".join("".join(cue.lines) for cue in found)
    assert [c for c in shown if c.isalnum()] == [c for c in text if c.isalnum()]


@given(timelines())
def test_other_programs_read_the_same(made: tuple[Timeline, str]) -> None:
    timeline, text = made
    found = cues(shown_words(timeline, text))
    parsed = srt.parse(captions(timeline, {"voice": text}, "srt"))
    assert [(cue.start, cue.end) for cue in parsed] == [
        (timedelta(milliseconds=cue.start_ms), timedelta(milliseconds=cue.end_ms)) for cue in found
    ]
    read = webvtt.from_buffer(StringIO(captions(timeline, {"voice": text}, "vtt")))
    assert [(cue.start, len(cue.lines)) for cue in read] == [
        (clock(cue.start_ms), len(cue.lines)) for cue in found
    ]
    for kind in ("srt", "vtt"):
        events = pysubs2.SSAFile.from_string(captions(timeline, {"voice": text}, kind), format_=kind)  # type: ignore[arg-type]
        assert [(event.start, event.end) for event in events] == [(cue.start_ms, cue.end_ms) for cue in found]


def clock(ms: int) -> str:
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffmpeg")
@pytest.mark.parametrize("format_", ["srt", "vtt"])
def test_ffmpeg_reads_every_cue(format_: CaptionFormat, tmp_path: Path) -> None:
    text = STORY + "\n7\n\n--> 00:00:01,000 <i>x</i> & co.\nשלום, עולם.\n"
    file = tmp_path / f"captions.{format_}"
    file.write_text(captions(spoken(text), {"voice": text}, format_), encoding="utf-8")
    command = ["ffprobe", "-v", "error", "-show_packets", "-of", "json", str(file)]
    ran = subprocess.run(command, capture_output=True, check=True, timeout=30)
    packets = json.loads(ran.stdout)["packets"]
    expected = [(cue.start_ms, cue.end_ms - cue.start_ms) for cue in cues(shown_words(spoken(text), text))]
    assert [(packet["pts"], packet["duration"]) for packet in packets] == expected
    assert not ran.stderr
