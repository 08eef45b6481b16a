"""Where a word's syllables part: as many consonants as may begin an English word go to the vowel behind them.

Source: flite, ``cmu_lex.c`` (`cmu_syl_boundary_mo`), which every voice was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence

from mixdown_tts_onnx.english.phones import Phones, is_vowel

_ONSETS = frozenset(
    tuple(onset.split("-"))
    for onset in [
        "s-t-r",
        "s-p-y",
        "s-p-r",
        "s-p-l",
        "s-k-y",
        "s-k-w",
        "s-k-r",
        "s-k-l",
        "z-w",
        "z-l",
        "v-y",
        "v-r",
        "v-l",
        "th-w",
        "th-r",
        "t-y",
        "t-w",
        "t-r",
        "sh-w",
        "sh-r",
        "sh-n",
        "sh-m",
        "sh-l",
        "s-w",
        "s-v",
        "s-t",
        "s-r",
        "s-p",
        "s-n",
        "s-m",
        "s-l",
        "s-k",
        "s-f",
        "p-y",
        "p-w",
        "p-r",
        "p-l",
        "n-y",
        "m-y",
        "m-r",
        "l-y",
        "k-y",
        "k-w",
        "k-r",
        "k-l",
        "hh-y",
        "hh-w",
        "hh-r",
        "hh-l",
        "g-y",
        "g-w",
        "g-r",
        "g-l",
        "f-y",
        "f-r",
        "f-l",
        "d-y",
        "d-w",
        "d-r",
        "b-y",
        "b-w",
        "b-r",
        "b-l",
    ]
)


def syllables(phones: Sequence[str]) -> list[Phones]:
    """The syllables of a word, one without a vowel where the word has none."""
    nuclei = [index for index, phone in enumerate(phones) if is_vowel(phone)]
    cuts = [0, *(_cut(phones, *pair) for pair in zip(nuclei, nuclei[1:], strict=False)), len(phones)]
    return [tuple(phones[start:end]) for start, end in zip(cuts, cuts[1:], strict=False)]


def _cut(phones: Sequence[str], before: int, vowel: int) -> int:
    """Between two vowels. What can begin no syllable stays with the first, one consonant after the other."""
    for start in range(before + 1, vowel):
        onset = tuple(phones[start:vowel])
        if onset in _ONSETS or (len(onset) == 1 and onset != ("ng",)):
            return start
    return vowel
