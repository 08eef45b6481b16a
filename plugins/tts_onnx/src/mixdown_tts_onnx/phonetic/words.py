"""Which phonemes are which word.

espeak-ng says how a clause sounds, not which word is which sound: it runs small words together ("of the" is one,
ʌvðə) and reads one written word as several ("2024"). So every word is asked for by itself too, and what the
clause says is aligned with what its words say alone (longest common subsequence of their letters, `difflib`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate, pairwise

from mixdown_kernel import Phonemizer

TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\s\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
"""What stands between spaces; a Han character is a word of its own."""
SEPARATOR = ";"
"""Ends a clause in every language of espeak-ng and changes no word before it."""
SILENT = ' ,.;:!?…—"“”()'
MAX_REMEMBERED = 20_000
MAX_ASKED_CHARACTERS = 1_500
"""The role takes 2000."""


@dataclass(frozen=True, slots=True)
class WordSpan:
    """A word of a text, and which phonemes of a string it is. Half-open, in code points of each."""

    text_start: int
    text_end: int
    start: int
    end: int

    def moved(self, text: int, phonemes: int) -> WordSpan:
        return WordSpan(
            self.text_start + text, self.text_end + text, self.start + phonemes, self.end + phonemes
        )


def tokens(text: str) -> list[re.Match[str]]:
    """The words of a text: whatever may be spoken."""
    return [token for token in TOKEN.finditer(text) if any(map(is_read, token.group()))]


def is_read(character: str) -> bool:
    """A letter, a digit or a symbol such as ``$`` or an emoji, but no punctuation."""
    return unicodedata.category(character)[0] in "LNS"


def _bare(word: str) -> str:
    """Without the punctuation around it."""
    kept = [index for index, character in enumerate(word) if is_read(character)]
    return word[kept[0] : kept[-1] + 1]


class Pronouncer:
    """How single words are pronounced, remembered: a speaker uses the same few thousand over and over."""

    def __init__(self, phonemizer: Phonemizer) -> None:
        self._phonemizer = phonemizer
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def words(self, text: str, language: str) -> list[str]:
        """Phonemes of each of the text's `tokens`, by itself. Raises what the phonemizer raises."""
        bare = [_bare(token.group()) for token in tokens(text)]
        unknown = list(dict.fromkeys(word for word in bare if (language, word) not in self._known))
        found = dict(zip(bare, (self._known.get((language, word), "") for word in bare), strict=True))
        for batch in _batches(unknown):
            for word, phonemes in zip(batch, await self._ask(batch, language), strict=True):
                found[word] = phonemes
                self._remember((language, word), phonemes)
        return [found[word] for word in bare]

    async def runs(self, texts: Sequence[str], language: str) -> list[str]:
        """Phonemes of parts of a sentence, none of which holds punctuation. Raises what the phonemizer raises."""
        return [phonemes for batch in _batches(texts) for phonemes in await self._ask(batch, language)]

    async def _ask(self, words: Sequence[str], language: str) -> list[str]:
        """One question for them all; words that hold a clause's end themselves are asked for one by one."""
        clauses = await self._phonemizer.phonemize(f"{SEPARATOR} ".join(words), language)
        if len(clauses) == len(words):
            return [clause.phonemes for clause in clauses]
        if len(words) == 1:
            return [" ".join(clause.phonemes for clause in clauses)]
        return [(await self._ask([word], language))[0] for word in words]

    def _remember(self, key: tuple[str, str], phonemes: str) -> None:
        self._known[key] = phonemes
        if len(self._known) > MAX_REMEMBERED:
            self._known.popitem(last=False)


def _batches(words: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for word in words:
        if batch and sum(map(len, batch)) + 2 * len(batch) + len(word) > MAX_ASKED_CHARACTERS:
            yield batch
            batch = []
        batch.append(word)
    if batch:
        yield batch


def align(text: str, alone: Sequence[str], phonemes: str) -> list[WordSpan]:
    """The words of ``text`` in ``phonemes``, given how each sounds alone. Those that do not sound are left out."""
    written = tokens(text)
    if not written:
        return []
    bounds = list(accumulate((len(word) + 1 for word in alone), initial=0))
    place = _matcher(" ".join(alone), phonemes)
    edges = [0, *(place(bound) for bound in bounds[1:-1]), len(phonemes)]
    edges = list(accumulate(edges, max))
    return [
        WordSpan(token.start(), token.end(), *_trimmed(phonemes, start, end))
        for token, said, (start, end) in zip(written, alone, pairwise(edges), strict=True)
        if said.strip()
    ]


def share(text: str, phonemes: str) -> list[WordSpan]:
    """The words of ``text`` where only ``phonemes`` are known: one to one where they are equally many, else each
    has its share by letters."""
    written = tokens(text)
    spoken = list(re.finditer(r"\S+", phonemes))
    if not written:
        return []
    if len(written) == len(spoken):
        return [
            WordSpan(token.start(), token.end(), word.start(), word.end())
            for token, word in zip(written, spoken, strict=True)
        ]
    letters = list(accumulate((len(token.group()) for token in written), initial=0))
    edges = [round(len(phonemes) * part / letters[-1]) for part in letters]
    return [
        WordSpan(token.start(), token.end(), start, end)
        for token, (start, end) in zip(written, pairwise(edges), strict=True)
    ]


def _matcher(alone: str, phonemes: str) -> Callable[[int], int]:
    """From a position of ``alone`` to the one of ``phonemes`` that corresponds to it."""
    blocks = SequenceMatcher(None, alone, phonemes, autojunk=False).get_matching_blocks()

    def place(position: int) -> int:
        end_a = end_b = 0
        for block in blocks:
            if position < block.a:
                left, right = position - end_a, block.a - end_a
                return end_b + round((block.b - end_b) * left / right)
            if position < block.a + block.size:
                return block.b + position - block.a
            end_a, end_b = block.a + block.size, block.b + block.size
        return len(phonemes)

    return place


def _trimmed(phonemes: str, start: int, end: int) -> tuple[int, int]:
    """Without the pauses at its ends."""
    run = phonemes[start:end]
    start += len(run) - len(run.lstrip(SILENT))
    return start, start + len(run.strip(SILENT))
