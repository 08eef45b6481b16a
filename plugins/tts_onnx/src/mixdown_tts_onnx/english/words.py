"""How single words are said: by the table, by their parts, by the letter-to-sound network, else spelled."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from mixdown_tts_onnx.english.letters import letters_to_sound
from mixdown_tts_onnx.english.lexicon import lexicon
from mixdown_tts_onnx.english.morphology import Find, derived
from mixdown_tts_onnx.english.phones import SIBILANTS, VOICELESS, Phones, bare, is_vowel, vowels
from mixdown_tts_onnx.english.spelling import letter

LONGEST = 40
"""Letters; longer words are read in pieces of so many."""
_CLITIC = re.compile(r"(.+)('(?:s|ll|ve|d))")
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z']+")
_OTHER_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "th",
        "þ": "th",
        "ı": "i",
        "ŋ": "ng",
        "ſ": "s",
    }
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word as it is said; ``name`` is how the trees of intonation know it."""

    name: str
    phones: Phones


def latin(word: str) -> str:
    """In letters of English, and apostrophes: ``Zürich`` is Zurich; other scripts' letters are left out."""
    folded = unicodedata.normalize("NFKD", word.replace("’", "'"))
    kept = (character for character in folded if not unicodedata.combining(character))
    plain = "".join(kept)
    plain = "".join(
        low.upper() if one.isupper() else low
        for one in plain
        for low in one.lower().translate(_OTHER_LETTERS)
    )
    return "".join(one for one in plain if one == "'" or (one.isascii() and one.isalpha()))


def pronounced(word: str) -> Iterator[Spoken]:
    """The words that a written one is: ``she'll`` is two. ``word`` in letters of English and apostrophes, in any case."""
    plain = word.lower().strip("'")
    if not plain:
        return
    if known := lexicon().find(plain):
        yield Spoken(plain, known)
    elif clitic := _CLITIC.fullmatch(plain):
        *before, last = pronounced(word[: clitic.end(1)])
        yield from (*before, last, Spoken(clitic[2], _clitic(clitic[2], last.phones)))
    elif "'" in plain:
        yield from pronounced(word.replace("'", ""))
    elif len(humps := _HUMPS.findall(word)) > 1:
        for hump in humps:
            yield from pronounced(hump)
    elif len(plain) > LONGEST:
        for start in range(0, len(plain), LONGEST):
            yield from pronounced(plain[start : start + LONGEST])
    elif _is_spelled(word):
        yield from (Spoken(one, letter(one)) for one in plain)
    else:
        yield Spoken(plain, unknown(plain))


def _is_spelled(word: str) -> bool:
    """It has no vowel, or is written in capitals and short."""
    return not re.search("[aeiouy]", word.lower()) or (word.isupper() and len(word) < 5)


def _clitic(name: str, before: Phones) -> Phones:
    """As flite says what stands behind an apostrophe: 's by the sound before it, the others with a vowel behind a consonant."""
    last = bare(before[-1])
    if name == "'s":
        if last in SIBILANTS:
            return ("ax0", "z")
        return ("s",) if last in VOICELESS else ("z",)
    ending = {"'ll": "l", "'ve": "v", "'d": "d"}[name]
    return (ending,) if is_vowel(before[-1]) else ("ax0", ending)


@lru_cache(20_000)
def unknown(word: str) -> Phones:
    """A word of at most `LONGEST` lower-case letters that the table lacks."""
    return guessed(word, lexicon().find)


def guessed(word: str, find: Find) -> Phones:
    """By a stem that ``find`` knows, else by the letters; spelled where that gives no vowel."""
    phones = derived(word, find) or letters_to_sound()(word)
    return phones if vowels(phones) else tuple(phone for one in word for phone in letter(one))
