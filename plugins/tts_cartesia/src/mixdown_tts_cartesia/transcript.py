"""A text as it is sent: what is to be read aloud, and nothing that Sonic would take for markup."""

from __future__ import annotations

import re
import unicodedata

_UNREADABLE = {"Cc", "Cs"}
_CLAUSE_END = re.compile(r"[.!?;:,…。！？；：，、]+[\"'”’)\]]*\s+|\s+")


def transcript_of(text: str) -> str:
    """As long as ``text``, so that offsets hold. Sonic reads ``<break …/>`` and its like as tags; a text holds none
    (SSML has become utterances and pauses before)."""
    return "".join(
        " " if character in "<>" or unicodedata.category(character) in _UNREADABLE else character
        for character in text
    )


def speakable(transcript: str) -> bool:
    """Whether there is anything to say; what has no letter and no digit would be paid for and silent."""
    return any(map(str.isalnum, transcript))


def parts(transcript: str, longest: int) -> list[str]:
    """Pieces of at most ``longest`` characters that join to ``transcript``, cut behind a clause, or between words,
    or else anywhere. Sonic joins them as they are, so white space stays."""
    found = []
    rest = transcript
    while len(rest) > longest:
        ends = [match.end() for match in _CLAUSE_END.finditer(rest, 0, longest)]
        clauses = [end for end in ends if not rest[end - 2 : end - 1].isalnum() and end > longest // 2]
        cut = (clauses or ends or [longest])[-1]
        found.append(rest[:cut])
        rest = rest[cut:]
    return [*found, rest]
