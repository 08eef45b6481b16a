"""What is heard as SRT and WebVTT (W3C), to be read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from mixdown_api.scenes.cues import Cue, cues
from mixdown_api.scenes.shown import shown_words
from mixdown_api.scenes.speakers import Speakers
from mixdown_kernel import Timeline

CaptionFormat = Literal["srt", "vtt"]
MEDIA_TYPES: dict[CaptionFormat, str] = {"srt": "application/x-subrip", "vtt": "text/vtt"}
NAMELESS = Speakers()
"""Layers are called by their ids."""
RIGHT_TO_LEFT_MARK = "\u200f"
_SRT_MARKUP = re.compile(r"(?<=<)(?=[/a-zA-Z])|(?<={)(?=\\)")
_WORD_JOINER = "\u2060"


def captions(
    timeline: Timeline,
    texts: Mapping[str, str],
    format: CaptionFormat,  # noqa: A002 - the field's name
    duration_ms: int | None = None,
    speakers: Speakers = NAMELESS,
) -> str:
    """A caption file of the ``texts`` that a timeline's voices, by layer, have spoken. WebVTT names the speakers where
    there are several; no cue has two.

    Voices without word times are captioned too; then the times within an utterance are estimates. No cue outlasts
    ``duration_ms``, the sound.
    """
    said = timeline.apart()
    spoken = [
        (cue, name)
        for layer, text in texts.items()
        for name, turn in speakers.turns(layer, shown_words(said[layer], text), said[layer].utterances)
        for cue in cues(turn)
    ]
    spoken.sort(key=lambda one: one[0].start_ms)
    if duration_ms is not None:
        spoken = [(_within(cue, duration_ms), name) for cue, name in spoken]
    several = len(texts) > 1 or len({name for _, name in spoken}) > 1
    told = several and format == "vtt"
    made = [_cue(number, cue, format, name if told else "") for number, (cue, name) in enumerate(spoken, 1)]
    return ("WEBVTT\n\n" if format == "vtt" else "") + "\n".join(made)


def _within(cue: Cue, duration_ms: int) -> Cue:
    return replace(cue, end_ms=min(cue.end_ms, max(duration_ms, cue.start_ms + 1)))


def _cue(number: int, cue: Cue, format: CaptionFormat, voice: str) -> str:  # noqa: A002
    comma = "," if format == "srt" else "."
    lines = "\n".join(_directed([_escaped(line, format) for line in cue.lines]))
    lines = f"<v {_escaped(voice, format)}>{lines}" if voice else lines
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
