"""What is heard as SRT and WebVTT (W3C), to be read."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from mixdown_api.scenes.cues import Cue, cues
from mixdown_api.scenes.shown import shown_words
from mixdown_kernel import Timeline

CaptionFormat = Literal["srt", "vtt"]
MEDIA_TYPES: dict[CaptionFormat, str] = {"srt": "application/x-subrip", "vtt": "text/vtt"}
RIGHT_TO_LEFT_MARK = "\u200f"
_SRT_MARKUP = re.compile(r"(?<=<)(?=[/a-zA-Z])|(?<={)(?=\\)")
_WORD_JOINER = "\u2060"


def captions(timeline: Timeline, text: str, format: CaptionFormat) -> str:  # noqa: A002 - the field's name
    """A caption file of the ``text`` that a timeline's voice has spoken.

    Voices without word times are captioned too; then the times within an utterance are estimates.
    """
    made = [_cue(number, cue, format) for number, cue in enumerate(cues(shown_words(timeline, text)), 1)]
    return ("WEBVTT\n\n" if format == "vtt" else "") + "\n".join(made)


def _cue(number: int, cue: Cue, format: CaptionFormat) -> str:  # noqa: A002
    comma = "," if format == "srt" else "."
    lines = "\n".join(_directed([_escaped(line, format) for line in cue.lines]))
    return f"{number}\n{_clock(cue.start_ms, comma)} --> {_clock(cue.end_ms, comma)}\n{lines}\n"


def _escaped(line: str, format: CaptionFormat) -> str:  # noqa: A002
    """WebVTT's cue text is markup with escapes. SRT has none: what players take for a tag is broken invisibly."""
    if format == "vtt":
        return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SRT_MARKUP.sub(_WORD_JOINER, line).replace("-->", "--" + _WORD_JOINER + ">")


def _directed(lines: list[str]) -> list[str]:
    """Players guess the direction of a line by its first letter, or take it for English: marks say which it is."""
    directions = [unicodedata.bidirectional(character) for character in "".join(lines)]
    if directions.count("R") + directions.count("AL") <= directions.count("L"):
        return lines
    return [RIGHT_TO_LEFT_MARK + line + RIGHT_TO_LEFT_MARK for line in lines]


def _clock(ms: int, comma: str) -> str:
    seconds, milliseconds = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{comma}{milliseconds:03}"
