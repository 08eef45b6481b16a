"""The pronunciation table: what flite's lexicon says of a hundred thousand words.

``data/lexicon.zlib`` is text, compressed: a first line of phones, then a line for each word, in order: the word, a space,
and a character for each phone, which is its place in the first line. A word that is said in several ways has a line for
each part of speech, ``record,n``. `training/pronunciation` makes it.
"""

from __future__ import annotations

import zlib
from functools import cache
from importlib.resources import files

from mixdown_tts_onnx.english.phones import Phones

FIRST_CODE = ord("0")


class Lexicon:
    """Words in lower case, of letters and apostrophes; a look-up takes microseconds."""

    def __init__(self, table: bytes) -> None:
        """``table`` is the uncompressed text, which ends with a newline."""
        end = table.index(b"\n")
        self._phones = table[:end].decode("ascii").split(" ")
        self._lines = table[end:]

    def __contains__(self, word: str) -> bool:
        return self.find(word) is not None

    def find(self, word: str, part: str = "") -> Phones | None:
        """The pronunciation of a word, as the part of speech ``part`` where it has several."""
        if not word.isascii() or "\n" in word or " " in word:
            return None
        key = f"\n{word},{part} " if part else f"\n{word} "
        line = self._line(key.encode("ascii"))
        return None if line is None else tuple(self._phones[code - FIRST_CODE] for code in line)

    def _line(self, key: bytes) -> bytes | None:
        """What follows ``key``, by bisection: every line begins with the newline before it."""
        lines = self._lines
        low, high = 0, len(lines) - 1
        while low < high:
            start = lines.rindex(b"\n", low, (low + high) // 2 + 1)
            end = lines.index(b"\n", start + 1)
            if lines.startswith(key, start):
                return lines[start + len(key) : end]
            if lines[start : lines.index(b" ", start) + 1] < key:
                low = end
            else:
                high = start
        return None


@cache
def lexicon() -> Lexicon:
    """That of the wheel; the first call takes some 7 ms."""
    packed = (files("mixdown_tts_onnx.english") / "data" / "lexicon.zlib").read_bytes()
    return Lexicon(zlib.decompress(packed))
