"""Word times as SRT and WebVTT (W3C): lines that can be read, broken where the sentence or its length says so."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from mixdown_api.scenes.written import Written
from mixdown_kernel import TimedWord

CaptionFormat = Literal["srt", "vtt"]
MEDIA_TYPES: dict[CaptionFormat, str] = {"srt": "application/x-subrip", "vtt": "text/vtt"}
LINE_CHARACTERS = 42
CUE_CHARACTERS = 2 * LINE_CHARACTERS
CUE_MS = 6000
GAP_MS = 800
"""A silence this long begins a new cue."""
SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A word with the punctuation that closes it, and ``before`` it what parts it from the last one."""

    before: str
    text: str
    start_ms: int
    end_ms: int


def captions(words: Sequence[TimedWord], text: str, format: CaptionFormat) -> str:  # noqa: A002 - the field's name
    """The words as a caption file, spelt and punctuated as in the ``text`` that they were spoken from."""
    cues = [_cue(number, cue, format) for number, cue in enumerate(_cues(_shown(words, text)), 1)]
    return ("WEBVTT\n\n" if format == "vtt" else "") + "\n".join(cues)


def _shown(words: Sequence[TimedWord], text: str) -> Iterator[_Shown]:
    written = Written(text)
    before = ""
    for number, word in enumerate(words):
        following = words[number + 1].start if number + 1 < len(words) else written.length
        gap = written.unspoken(word.end, following)
        closing = "".join(takewhile(_closes, gap))
        own = written.between(word.start, word.end)
        yield _Shown(before, own + closing, word.start_ms, word.end_ms)
        before = gap[len(closing) :]


def _closes(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character) not in ("Ps", "Pi")


def _cues(words: Iterable[_Shown]) -> Iterator[list[_Shown]]:
    cue: list[_Shown] = []
    for word in words:
        if cue and _is_full(cue, word):
            yield cue
            cue = []
        cue.append(word)
    if cue:
        yield cue


def _is_full(cue: list[_Shown], word: _Shown) -> bool:
    return (
        len(_text([*cue, word])) > CUE_CHARACTERS
        or word.end_ms - cue[0].start_ms > CUE_MS
        or word.start_ms - cue[-1].end_ms > GAP_MS
        or cue[-1].text.rstrip("\"')]”’」』").endswith(SENTENCE_ENDS)
    )


def _text(cue: Iterable[_Shown]) -> str:
    return " ".join("".join(word.before + word.text for word in cue).split())


def _cue(number: int, cue: list[_Shown], format: CaptionFormat) -> str:  # noqa: A002
    comma = "," if format == "srt" else "."
    start, end = _clock(cue[0].start_ms, comma), _clock(cue[-1].end_ms, comma)
    text = "\n".join(_lines(_text(cue)))
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
