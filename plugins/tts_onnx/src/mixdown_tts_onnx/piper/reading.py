"""A text as Piper's phonemes, sentence by sentence, and which of them are which word.

What espeak-ng says of each clause in NFD code points, its punctuation after it (with a space after ``, : ;``), and
whatever is given as phonemes between them, as Piper's ``[[ … ]]``.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from mixdown_kernel import PhonemeClause, Phonemizer, Pronunciation, invalid
from mixdown_tts_onnx.phonetic.ipa import may_be_ipa
from mixdown_tts_onnx.phonetic.words import Pronouncer, WordSpan, align, share, tokens
from mixdown_tts_onnx.piper.config import Config

ENDS_SENTENCE = (".", "?", "!")
GOES_ON = (",", ":", ";")
_INSTEAD: Mapping[str, str] = {
    "g": "ɡ", "ɡ": "g", "ʤ": "dʒ", "ʧ": "tʃ", "ʦ": "ts", "ʣ": "dz", "ʨ": "tɕ", "ʥ": "dʑ", "ɝ": "ɜɹ", "ɚ": "əɹ", "ɫ": "l", "ɪ": "i", "ʊ": "u",
    "ɛ": "e", "ɔ": "o", "ɑ": "a", "æ": "a", "ʌ": "a", "ɐ": "a", "ə": "e", "ɹ": "r", "ɾ": "r", "ʁ": "r", "θ": "s", "ð": "z", "ŋ": "n",
    "ʒ": "z", "ʃ": "s", "χ": "x", "ç": "x", "ᵻ": "i",
}  # fmt: skip
"""What stands for a symbol that a voice lacks: first the same sound otherwise written, else one near it."""


@dataclass(slots=True)
class Sentence:
    """``words`` are spans of ``phonemes`` and of the request's text."""

    phonemes: str = ""
    words: list[WordSpan] = field(default_factory=list)


async def read(
    text: str,
    pronunciations: Sequence[Pronunciation],
    phonemizer: Phonemizer,
    pronouncer: Pronouncer,
    config: Config,
) -> list[Sentence]:
    """Raises `Problem`: ``bad_pronunciation``, and what the phonemizer raises."""
    sentences = [Sentence()]
    position = 0
    for run in pronunciations:
        await _add_text(sentences, text[position : run.text_start], position, phonemizer, pronouncer, config)
        _add_ipa(sentences, text, run, config)
        position = run.text_end
    await _add_text(sentences, text[position:], position, phonemizer, pronouncer, config)
    return [sentence for sentence in sentences if sentence.phonemes.strip()]


def read_letters(text: str) -> list[Sentence]:
    """For voices whose phonemes are letters: the text's NFD code points."""
    places = [*accumulate((len(_nfd(character)) for character in text), initial=0)]
    words = [
        WordSpan(token.start(), token.end(), places[token.start()], places[token.end()])
        for token in tokens(text)
    ]
    return [Sentence(_nfd(text), words)]


def symbols(sentence: Sentence, config: Config) -> dict[str, Any]:
    """The sentence as the engine reads it: its symbols, and its words by their places among them."""
    found = [
        (place, other)
        for place, symbol in _clustered(sentence.phonemes, config.vowel_clusters)
        for other in config.phoneme_map.get(symbol, (symbol,))
    ]
    places = [place for place, _ in found]
    return {
        "symbols": [symbol for _, symbol in found],
        "words": [
            [word.text_start, word.text_end, bisect_left(places, word.start), bisect_left(places, word.end)]
            for word in sentence.words
        ],
    }


def _clustered(phonemes: str, clusters: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Code points and, where they meet, clusters of them, the longest first; with their places."""
    longest = max(map(len, clusters), default=1)
    place = 0
    while place < len(phonemes):
        runs = (phonemes[place : place + length] for length in range(longest, 1, -1))
        symbol = next((run for run in runs if run in clusters), phonemes[place])
        yield place, symbol
        place += len(symbol)


async def _add_text(
    sentences: list[Sentence],
    text: str,
    start: int,
    phonemizer: Phonemizer,
    pronouncer: Pronouncer,
    config: Config,
) -> None:
    if not text:
        return
    if start and text[0] == " ":  # as Piper does after phonemes that were given
        sentences[-1].phonemes += " "
    clauses = await phonemizer.phonemize(text, config.espeak_voice)
    spoken = list(_spoken(clauses))
    whole = "".join(spoken)
    alone = [_nfd(phonemes) for phonemes in await pronouncer.words(text, config.espeak_voice)]
    words = align(text, alone, whole)
    begun = 0
    for clause, phonemes in zip(clauses, spoken, strict=True):
        sentence, end = sentences[-1], begun + len(phonemes)
        moved = len(sentence.phonemes) - begun
        sentence.words += [
            WordSpan(w.text_start, w.text_end, w.start, min(w.end, end)).moved(start, moved)
            for w in words
            if begun <= w.start < end
        ]
        sentence.phonemes += phonemes
        begun = end
        if clause.terminator in ENDS_SENTENCE:
            sentences.append(Sentence())


def _spoken(clauses: Iterable[PhonemeClause]) -> Iterator[str]:
    for clause in clauses:
        yield _nfd(clause.phonemes + clause.terminator + (" " if clause.terminator in GOES_ON else ""))


def _add_ipa(sentences: list[Sentence], text: str, run: Pronunciation, config: Config) -> None:
    sentence = sentences[-1]
    if run.text_start and text[run.text_start - 1] == " ":
        sentence.phonemes += " "
    phonemes = _known(run.ipa, config)
    words = share(text[run.text_start : run.text_end], phonemes)
    sentence.words += [word.moved(run.text_start, len(sentence.phonemes)) for word in words]
    sentence.phonemes += phonemes


def _known(ipa: str, config: Config) -> str:
    """A request's IPA in symbols that the voice has.

    Raises `Problem` (``bad_pronunciation``) for what is no IPA; diacritics that it lacks are left out.
    """
    known = []
    for symbol in _nfd(" ".join(ipa.split())):
        other = _INSTEAD.get(symbol, "")
        if symbol in config.phoneme_id_map:
            known.append(symbol)
        elif other and all(part in config.phoneme_id_map for part in other):
            known.append(other)
        elif not may_be_ipa(symbol):
            hint = "Write IPA, as in təˈmɑːtoʊ."
            raise invalid("bad_pronunciation", f"{symbol!r} is no IPA.", field="pronunciations", hint=hint)
    return "".join(known)


def _nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)
