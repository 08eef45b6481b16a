"""Plain text: lines, paragraphs and inline marks.

Marks are ``[pause:1.5s]``, ``[pause:500ms]``, ``[voice:name]`` and ``[rate:1.1]``; voice and rate hold to the
next mark of their kind. Any other bracket is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mixdown_kernel import Pause
from mixdown_text.elements import MAX_PAUSE_MS, RATES, Element, Gap, Run, Style
from mixdown_text.mapped import MappedText
from mixdown_text.mistakes import mistake
from mixdown_text.settings import TextSettings

_MARK = re.compile(r"\[(pause|voice|rate):([^\[\]\r\n]{0,200})(\])?", re.IGNORECASE)
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")

_NEWLINE = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028]|\u2029")
_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*+")
_WRAPPED_LINE = range(50, 101)
"""Columns at which prose is wrapped by hand; shorter and longer lines end where their author ended them."""


def read_plain(text: str, settings: TextSettings, *, marks: bool) -> Iterator[Element]:
    """The text's elements. Raises `Problem` ``bad_mark``."""
    style = Style()
    position = 0
    for match in _MARK.finditer(text) if marks else ():
        yield from _lines(text, position, match.start(), style, settings)
        position = match.end()
        value = match[2].strip()
        if not match[3]:
            raise mistake(
                "bad_mark", f"The mark {match[0][:40]!r} has no closing bracket.", text, match.start()
            )
        match match[1].lower():
            case "pause":
                yield Pause(_pause_ms(value, text, match.start()), match.start(), match.end())
            case "voice":
                style = replace(style, voice=_voice(value, text, match.start()))
            case _:
                style = replace(style, rate=_rate(value, text, match.start()))
    yield from _lines(text, position, len(text), style, settings)


def _pause_ms(value: str, text: str, offset: int) -> int:
    match = _DURATION.fullmatch(value)
    ms = round(float(match[1]) * (1000 if match[2].lower() == "s" else 1)) if match else -1
    if not 0 <= ms <= MAX_PAUSE_MS:
        hint = "Write [pause:500ms] or [pause:1.5s]."
        raise mistake("bad_mark", f"{value!r} is no pause.", text, offset, allowed=["0ms", "60s"], hint=hint)
    return ms


def _voice(value: str, text: str, offset: int) -> str:
    if not value:
        raise mistake("bad_mark", "A voice mark names no voice.", text, offset, hint="Write [voice:name].")
    return value


def _rate(value: str, text: str, offset: int) -> float:
    low, high = RATES
    if not _NUMBER.fullmatch(value) or not low <= float(value) <= high:
        raise mistake(
            "bad_mark", f"{value!r} is no rate.", text, offset, allowed=RATES, hint="Write [rate:1.1]."
        )
    return float(value)


def _lines(text: str, start: int, end: int, style: Style, settings: TextSettings) -> Iterator[Element]:
    """``text[start:end]`` as runs, with a gap wherever a line or a paragraph ends."""
    run_start = line_start = start
    for match in _BREAK.finditer(text, start, end):
        newlines = _NEWLINE.findall(match[0])
        is_paragraph = len(newlines) > 1 or newlines == ["\u2029"]
        if not is_paragraph and _is_wrapped(text[line_start : match.start()], text[match.end() : end][:1]):
            line_start = match.end()
            continue
        yield from _run(text, run_start, match.start(), style)
        yield Gap(settings.paragraph_pause_ms if is_paragraph else settings.line_pause_ms, *match.span())
        run_start = line_start = match.end()
    yield from _run(text, run_start, end, style)


def _run(text: str, start: int, end: int, style: Style) -> Iterator[Run]:
    if start < end:
        yield Run(MappedText.run(text[start:end], start, end), style)


def _is_wrapped(line: str, following: str) -> bool:
    """Whether a single line break is only where a line of prose was full, or in the middle of a sentence."""
    if following.islower():
        return True
    return len(line.strip()) in _WRAPPED_LINE and (following.isalpha() or following in "\"'“‘(")
