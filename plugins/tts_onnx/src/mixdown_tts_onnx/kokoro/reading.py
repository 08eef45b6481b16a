"""A text as Kokoro's phonemes, and which of them are which word.

The text is parted at its punctuation, each part is pronounced by itself and the punctuation put back, as the package
`phonemizer` does for kokoro-onnx and for misaki: the model knows quotation marks, brackets and dashes, which
espeak-ng would drop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from mixdown_kernel import Pronunciation
from mixdown_tts_onnx.kokoro.notation import Notation, spelt
from mixdown_tts_onnx.phonetic.words import Pronouncer, WordSpan, align, share, tokens

_MARK = r'[;:!?¡¿—…"«»“”(){}\[\]]|(?<![0-9])[,.]|[,.](?![0-9])'
_MARKS = re.compile(rf"((?:\s*(?:{_MARK})+\s*)+)")
_BLANK = re.compile(r"\s+")
_QUOTES = str.maketrans("«»", "“”")


@dataclass(slots=True)
class Reading:
    """Grows from left to right."""

    phonemes: str = ""
    words: list[WordSpan] = field(default_factory=list)

    def add(self, phonemes: str, words: Sequence[WordSpan], text_start: int) -> None:
        self.words += [word.moved(text_start, len(self.phonemes)) for word in words]
        self.phonemes += phonemes


@dataclass(frozen=True, slots=True)
class _Run:
    """Part of a text: words to be pronounced, punctuation, or what a request says is pronounced so."""

    text: str
    start: int
    is_mark: bool = False
    ipa: str | None = None


async def read(
    text: str,
    pronunciations: Sequence[Pronunciation],
    pronouncer: Pronouncer,
    language: str,
    notation: Notation,
) -> Reading:
    """``language`` is espeak-ng's. Raises `Problem`: ``bad_pronunciation``, and what the phonemizer raises."""
    runs = list(_runs(text, pronunciations))
    spoken = [run.text for run in runs if run.ipa is None and not run.is_mark]
    said = iter([notation(phonemes) for phonemes in await pronouncer.runs(spoken, language)])
    alone = iter([notation(phonemes) for phonemes in await pronouncer.words(" ".join(spoken), language)])
    reading = Reading()
    for run in runs:
        if run.is_mark:
            reading.add(_BLANK.sub(" ", run.text.translate(_QUOTES)), (), run.start)
        elif run.ipa is not None:
            phonemes = spelt(run.ipa, notation)
            reading.add(phonemes, share(run.text, phonemes), run.start)
        else:
            before, after = run.text[:1].isspace() * " ", run.text[-1:].isspace() * " "
            phonemes = before + next(said).strip() + after
            words = align(run.text, [next(alone) for _ in tokens(run.text)], phonemes)
            reading.add(phonemes, words, run.start)
    reading.words = _with_punctuation(text, reading.words)
    return reading


def _with_punctuation(text: str, words: Sequence[WordSpan]) -> list[WordSpan]:
    """Each word with the punctuation that is written at it, as captions show it."""
    whole: list[WordSpan] = []
    for word, following in zip_longest(words, words[1:]):
        start, end = word.text_start, word.text_end
        lowest = whole[-1].text_end if whole else 0
        while start > lowest and not text[start - 1].isspace():
            start -= 1
        highest = following.text_start if following else len(text)
        while end < highest and not text[end].isspace():
            end += 1
        whole.append(replace(word, text_start=start, text_end=end))
    return whole


def _runs(text: str, pronunciations: Sequence[Pronunciation]) -> Iterator[_Run]:
    position = 0
    for run in pronunciations:
        yield from _plain(text[position : run.text_start], position)
        yield _Run(text[run.text_start : run.text_end], run.text_start, ipa=run.ipa)
        position = run.text_end
    yield from _plain(text[position:], position)


def _plain(text: str, start: int) -> Iterator[_Run]:
    """In turn words and punctuation."""
    for index, part in enumerate(_MARKS.split(text)):
        if part:
            yield _Run(part, start, is_mark=index % 2 == 1)
        start += len(part)
