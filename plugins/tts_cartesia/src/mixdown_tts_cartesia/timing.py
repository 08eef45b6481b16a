"""Word times of the service to runs of the text and to frames."""

from __future__ import annotations

from collections import deque

from mixdown_kernel import Word
from mixdown_tts_cartesia.events import SpokenWord

REACH = 48
"""Characters that may lie between two words: what is read otherwise than written ("Dr.", "$5") is passed over."""
_SPACELESS = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))  # fmt: skip
"""Scripts written without spaces: Thai, Lao, Burmese, Khmer, Han and kana."""


class WordTimes:
    """Finds each reported word behind the one before it, in the text as it was asked for. A word that is not there
    (read otherwise than it is written) has no time; none is invented."""

    def __init__(self, text: str, rate: int) -> None:
        self._text = _folded(text)
        self._rate = rate
        self._cursor = 0
        self._last_frame = 0
        self._waiting: deque[Word] = deque()

    def add(self, spoken: SpokenWord) -> None:
        run = self._find(_core(_folded(spoken.text)))
        if run is None:
            return
        self._cursor = run[1]
        start = max(self._last_frame, round(spoken.start * self._rate))
        self._last_frame = start
        self._waiting.append(Word(*run, start, max(start, round(spoken.end * self._rate))))

    def until(self, frame: int) -> tuple[Word, ...]:
        """The words that have been heard when ``frame`` frames have."""
        heard = []
        while self._waiting and self._waiting[0].end_frame <= frame:
            heard.append(self._waiting.popleft())
        return tuple(heard)

    def rest(self, frames: int) -> tuple[Word, ...]:
        """All that are left, none later than the sound's ``frames``."""
        left = tuple(
            Word(word.text_start, word.text_end, min(word.start_frame, frames), min(word.end_frame, frames))
            for word in self._waiting
        )
        self._waiting.clear()
        return left

    def _find(self, core: str) -> tuple[int, int] | None:
        if not core:
            return None
        start = self._text.find(core, self._cursor)
        while 0 <= start <= self._cursor + REACH:
            end = start + len(core)
            if not (self._joined(start) or self._joined(end)):
                return start, end
            start = self._text.find(core, start + 1)
        return None

    def _joined(self, position: int) -> bool:
        """Whether a word goes on across a position."""
        if not 0 < position < len(self._text):
            return False
        before, after = self._text[position - 1], self._text[position]
        return before.isalnum() and after.isalnum() and not (_spaceless(before) or _spaceless(after))


def _folded(text: str) -> str:
    """Lower case, every character in its place."""
    return "".join(lower if len(lower := character.lower()) == 1 else character for character in text)


def _core(word: str) -> str:
    """Without the punctuation around it."""
    inner = [index for index, character in enumerate(word) if character.isalnum()]
    return word[inner[0] : inner[-1] + 1] if inner else ""


def _spaceless(character: str) -> bool:
    return any(low <= ord(character) <= high for low, high in _SPACELESS)
