"""Signs of Markdown in plain text: they set a word off for the eye, and nobody reads them aloud."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mixdown_text.mapped import Edit, MappedText

_TRIGGER = re.compile(r"[*_`#•‣◦▪●]")
_LEADING = re.compile(r"\s*(?P<sign>[*•‣◦▪●]\s+|#{1,6}\s+(?=[^\W\d]))")
"""A bullet or the sign of a heading, in front of a line."""
_EMPHASIS = re.compile(
    r"(?<![\w*\\])(?P<stars>\*{1,3})(?=[^\s*])[^*\n]{1,500}+(?<=\S)(?P<stars_end>(?P=stars))(?![\w*])"
    r"|(?<![\w`])(?P<ticks>`{1,3})[^`\n]{1,500}+(?P<ticks_end>(?P=ticks))(?![\w`])"
    r"|(?<![\w*])(?<!\w\s)(?<![.!?]\s)(?P<bare>\[\*++\]|\*{2,}+)(?![\w*])"
    r"|(?<!\w)(?P<lines>_{1,2})(?=[^\W_])[^_\n]{1,500}+(?<=\S)(?P<lines_end>(?P=lines))(?!\w|\.\w)"
)
"""Signs in pairs around words (``**bold**``, ``_it_``, ```code```), and asterisks that touch no word (``[***]``)."""
_NAMES = ("stars", "ticks", "lines")


def unmarked(text: MappedText) -> MappedText:
    """Without the signs; what stands between them keeps its place in the original."""
    return text.replace(_edits(text.text)) if _TRIGGER.search(text.text) else text


def _edits(text: str) -> Iterator[Edit]:
    position = 0
    if leading := _LEADING.match(text):
        yield Edit(*leading.span("sign"), "")
        position = leading.end()
    for match in _EMPHASIS.finditer(text, position):
        if match["bare"]:
            yield Edit(*match.span("bare"), "")
        for name in _NAMES:
            if match[name]:
                yield Edit(*match.span(name), "")
                yield Edit(*match.span(f"{name}_end"), "")
