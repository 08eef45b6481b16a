"""Word times as SRT and WebVTT (W3C): lines that can be read, broken where the sentence or its length says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from mixdown_kernel import TimedWord

CaptionFormat = Literal["srt", "vtt"]
MEDIA_TYPES: dict[CaptionFormat, str] = {"srt": "application/x-subrip", "vtt": "text/vtt"}
LINE_CHARACTERS = 42
CUE_CHARACTERS = 2 * LINE_CHARACTERS
CUE_MS = 6000
GAP_MS = 800
"""A silence this long begins a new cue."""


def captions(words: Sequence[TimedWord], format: CaptionFormat) -> str:  # noqa: A002 - the field's name
    """The words as a caption file."""
    cues = [_cue(number, cue, format) for number, cue in enumerate(_cues(words), 1)]
    return ("WEBVTT\n\n" if format == "vtt" else "") + "\n".join(cues)


def _cues(words: Iterable[TimedWord]) -> Iterator[list[TimedWord]]:
    cue: list[TimedWord] = []
    for word in words:
        if cue and _is_full(cue, word):
            yield cue
            cue = []
        cue.append(word)
    if cue:
        yield cue


def _is_full(cue: list[TimedWord], word: TimedWord) -> bool:
    length = sum(len(one.text) + 1 for one in cue) + len(word.text)
    return (
        length > CUE_CHARACTERS
        or word.end_ms - cue[0].start_ms > CUE_MS
        or word.start_ms - cue[-1].end_ms > GAP_MS
        or cue[-1].text.rstrip("\"')]”’").endswith((".", "!", "?", "…", "。", "！", "？"))
    )


def _cue(number: int, cue: list[TimedWord], format: CaptionFormat) -> str:  # noqa: A002
    comma = "," if format == "srt" else "."
    start, end = _clock(cue[0].start_ms, comma), _clock(cue[-1].end_ms, comma)
    text = "\n".join(_lines(" ".join(" ".join(word.text.split()) for word in cue)))
    if format == "vtt":  # its cue text is markup
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{number}\n{start} --> {end}\n{text}\n"


def _lines(text: str) -> list[str]:
    """One line, or two about equally long."""
    if len(text) <= LINE_CHARACTERS or " " not in text:
        return [text]
    spaces = [at for at, character in enumerate(text) if character == " "]
    middle = min(spaces, key=lambda at: abs(at - len(text) / 2))
    return [text[:middle], text[middle + 1 :]]


def _clock(ms: int, comma: str) -> str:
    seconds, milliseconds = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{comma}{milliseconds:03}"
