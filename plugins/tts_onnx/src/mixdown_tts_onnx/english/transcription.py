"""Our phones as espeak-ng writes American English, which is what Piper's voices, and by way of their notations Kokoro's, were
trained on: the stress mark before the vowel, ɾ for the t of "water", ɚ for an unstressed er."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from mixdown_tts_onnx.english.phones import Phones, bare, is_stressed, is_vowel, names
from mixdown_tts_onnx.english.words import Spoken

_SYMBOLS: Mapping[str, str] = {
    "aa": "ɑː", "ae": "æ", "ah": "ʌ", "ao": "ɔː", "aw": "aʊ", "ax": "ə", "ay": "aɪ", "eh": "ɛ", "er": "ɜː", "ey": "eɪ", "ih": "ɪ", "iy": "iː",
    "ow": "oʊ", "oy": "ɔɪ", "uh": "ʊ", "uw": "uː", "b": "b", "ch": "tʃ", "d": "d", "dh": "ð", "f": "f", "g": "ɡ", "hh": "h", "jh": "dʒ",
    "k": "k", "l": "l", "m": "m", "n": "n", "ng": "ŋ", "p": "p", "r": "ɹ", "s": "s", "sh": "ʃ", "t": "t", "th": "θ", "v": "v", "w": "w",
    "y": "j", "z": "z", "zh": "ʒ",
}  # fmt: skip
_UNSTRESSED: Mapping[str, str] = {"er": "ɚ", "iy": "i"}
_LAST_STRESSED = re.compile(
    r"(?:eer|ee|oon|ette|ese|ique|esque|aire)$|^(?:under(?:stand|stood|go|went|take|took)|over(?:come|came|look|take|took|run))$"
)
_CLITICS = frozenset({"'s", "'ll", "'ve", "'d"})
_LIGHT = names(
    "the a an and of to in on at by for from with as is are was were be been am or but if than that it its he she we they "
    "you me him her his us them my your our their i had has have can could would should will do does did not there"
)
"""Words that carry no stress in a sentence; espeak-ng writes them without."""


def transcribed(words: Sequence[Spoken], in_sentence: bool) -> str:
    """IPA of a token's words: a clitic belongs to the word before it; a word by itself keeps the stress that it loses in a
    sentence."""
    found = ""
    for word in words:
        space = " " if found and word.name not in _CLITICS else ""
        found += space + "".join(_symbols(word, stressed=not (in_sentence and word.name in _LIGHT)))
    return found


def _symbols(word: Spoken, stressed: bool) -> Iterator[str]:
    phones = word.phones
    primary = _primary(phones, word.name)
    for index, phone in enumerate(phones):
        name = bare(phone)
        if is_stressed(phone) and stressed:
            yield "ˈ" if index == primary else "ˌ"
        if _is_flapped(phones, index):
            yield "ɾ"
        elif is_vowel(phone) and not is_stressed(phone):
            yield _UNSTRESSED.get(name, _SYMBOLS[name])
        else:
            yield _SYMBOLS[name]


def _primary(phones: Phones, name: str) -> int:
    """Which stress is the stronger one: the last, but the one before where that is on the last syllable (backrest, photograph) of
    a word without an ending that draws it (engineer).

    The table does not tell them apart; nor do the voices' teachers.
    """
    nuclei = [index for index, phone in enumerate(phones) if is_vowel(phone)]
    stressed = [index for index in nuclei if is_stressed(phones[index])]
    if len(stressed) > 1 and stressed[-1] == nuclei[-1] and not _LAST_STRESSED.search(name):
        return stressed[-2]
    return stressed[-1] if stressed else -1


def _is_flapped(phones: Phones, index: int) -> bool:
    """A t between a vowel, or r, and an unstressed vowel."""
    if phones[index] != "t" or not 0 < index < len(phones) - 1:
        return False
    before, after = phones[index - 1], phones[index + 1]
    return (is_vowel(before) or before == "r") and is_vowel(after) and not is_stressed(after)
