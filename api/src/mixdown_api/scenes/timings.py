"""When what was said, as every surface tells it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from mixdown_api.scenes.written import Written
from mixdown_kernel import TimedWord


class WordTime(BaseModel):
    text: str = Field(description="As it is read: of SSML without tags, entities as their characters")
    start_ms: int
    end_ms: int
    start: int = Field(
        description="Offset into the text as it was sent, in code points (JavaScript counts UTF-16 units)"
    )
    end: int = Field(description="Offset of what follows the word, likewise")


class MarkTime(BaseModel):
    name: str
    ms: int


def word_times(words: Sequence[TimedWord], text: str) -> list[WordTime]:
    """The words of a timeline; ``text`` is the one that they were spoken from."""
    written = Written(text)
    return [_word_time(word, text, written) for word in words]


def _word_time(word: TimedWord, text: str, written: Written) -> WordTime:
    run = text[word.start : word.end]
    return WordTime(
        text=" ".join(written.between(word.start, word.end).split()),
        start_ms=word.start_ms,
        end_ms=word.end_ms,
        start=word.start + len(run) - len(run.lstrip()),
        end=word.end - len(run) + len(run.rstrip()),
    )
