"""Plain text: lines, paragraphs and inline marks.

Marks are ``[pause:1.5s]``, those that hold from where they stand, ``[voice:name]``, ``[rate:1.1]``, ``[pitch:+2st]``,
``[volume:-6dB]`` and ``[lang:fr]``, to the next one of their kind or their end, ``[/voice]``, and
``[tomato](/təˈmɑːtoʊ/)``. They do not nest. Any other bracket is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mixdown_kernel import Pause, Problem
from mixdown_text.elements import LANGUAGE, MAX_PAUSE_MS, PITCHES, RATES, VOLUMES, Element, Gap, Run, Style
from mixdown_text.ipa import BadIpa, read_ipa
from mixdown_text.mapped import MappedText
from mixdown_text.mistakes import mistake
from mixdown_text.settings import TextSettings
from mixdown_text.ssml_values import pitch_semitones, volume_factor

_NAMES = "pause|voice|rate|pitch|volume|lang"
_MARK = re.compile(
    rf"\[(?P<name>{_NAMES}):(?P<value>[^\[\]\r\n]{{0,200}})(?P<closed>\])?"
    rf"|\[/(?P<ended>{_NAMES})\]"
    r"|\[(?P<word>[^\[\]\r\n]{1,300})\]\(/(?P<ipa>[^/()\r\n]{1,300})/\)",
    re.IGNORECASE,
)
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")

_NEWLINE = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028]|\u2029")
_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*+")
_WRAPPED_LINE = range(50, 101)
"""Columns at which prose is wrapped by hand; shorter and longer lines end where their author ended them."""


def read_plain(text: str, settings: TextSettings, *, marks: bool) -> Iterator[Element]:
    """The text's elements. Raises `Problem` ``bad_mark``."""
    style = Style()
    holding: set[str] = set()
    position = 0
    for match in _MARK.finditer(text) if marks else ():
        yield from _lines(text, position, match.start(), style, settings)
        position = match.end()
        if match["word"]:
            yield Run(_pronounced(match), style)
        elif match["ended"]:
            name = match["ended"].lower()
            if name not in holding:
                raise _bad(match, f"{match[0]} ends a mark that does not hold here.", f"Remove {match[0]}.")
            holding.remove(name)
            style = replace(style, **{_MEMBERS[name]: getattr(Style(), _MEMBERS[name])})
        elif not match["closed"]:
            raise _bad(match, f"The mark {match[0][:40]!r} has no closing bracket.", "Close it with ].")
        elif (name := match["name"].lower()) == "pause":
            yield Pause(_pause_ms(match), match.start(), match.end())
        else:
            holding.add(name)
            style = replace(style, **{_MEMBERS[name]: _READERS[name](match)})
    yield from _lines(text, position, len(text), style, settings)


def _bad(
    match: re.Match[str],
    message: str,
    hint: str,
    allowed: tuple[str, str] | tuple[float, float] | None = None,
) -> Problem:
    return mistake("bad_mark", message, match.string, match.start(), allowed=allowed, hint=hint)


def _value(match: re.Match[str]) -> str:
    return match["value"].strip()


def _pause_ms(mark: re.Match[str]) -> int:
    match = _DURATION.fullmatch(_value(mark))
    ms = round(float(match[1]) * (1000 if match[2].lower() == "s" else 1)) if match else -1
    if not 0 <= ms <= MAX_PAUSE_MS:
        hint = "Write [pause:500ms] or [pause:1.5s]."
        raise _bad(mark, f"{_value(mark)!r} is no pause.", hint, ("0ms", "60s"))
    return ms


def _voice(mark: re.Match[str]) -> str:
    if not _value(mark):
        raise _bad(mark, "A voice mark names no voice.", "Write [voice:name], or [/voice] to end it.")
    return _value(mark)


def _language(mark: re.Match[str]) -> str:
    if not LANGUAGE.fullmatch(_value(mark)):
        raise _bad(
            mark, f"{_value(mark)!r} is no language tag.", "Write a BCP 47 tag: [lang:fr], [lang:pt-BR]."
        )
    return _value(mark)


def _rate(mark: re.Match[str]) -> float:
    rate = float(_value(mark)) if _NUMBER.fullmatch(_value(mark)) else None
    return _within(RATES, rate, mark, "[rate:1.1]")


def _pitch(mark: re.Match[str]) -> float:
    return _within(PITCHES, pitch_semitones(_value(mark)), mark, "[pitch:+2st], [pitch:-10%] or [pitch:low]")


def _volume(mark: re.Match[str]) -> float:
    # A bare number is 0 to 100 in SSML and 0 to 1 to everybody else.
    volume = None if _NUMBER.fullmatch(_value(mark)) else volume_factor(_value(mark))
    return _within(VOLUMES, volume, mark, "[volume:-6dB], [volume:50%] or [volume:soft]")


def _within(bounds: tuple[float, float], value: float | None, mark: re.Match[str], example: str) -> float:
    if value is None or not bounds[0] <= value <= bounds[1]:
        raise _bad(mark, f"{_value(mark)!r} is no {mark['name'].lower()}.", f"Write {example}.", bounds)
    return value


def _pronounced(match: re.Match[str]) -> MappedText:
    word = match["word"]
    start = match.start("word")
    if not word.strip():
        raise _bad(match, "A pronunciation is of no word.", "Write [word](/IPA/).")
    try:
        ipa = read_ipa(match["ipa"])
    except BadIpa as error:
        raise mistake("bad_mark", str(error), match.string, match.start("ipa") + error.position) from None
    text = MappedText.run(word, start, match.end("word"))
    return text.fix([(len(word) - len(word.lstrip()), len(word.rstrip()), ipa)])


_MEMBERS: Mapping[str, str] = {
    "voice": "voice", "rate": "rate", "pitch": "pitch", "volume": "volume", "lang": "language",
}  # fmt: skip
"""The member of `Style` that a mark sets."""
_READERS: Mapping[str, Callable[[re.Match[str]], Any]] = {
    "voice": _voice, "rate": _rate, "pitch": _pitch, "volume": _volume, "lang": _language,
}  # fmt: skip


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
