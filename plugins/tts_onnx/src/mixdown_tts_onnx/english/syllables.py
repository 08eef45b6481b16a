"""Where a word's syllables part: as many consonants as may begin an English word go to the vowel behind them.

Source: flite, ``cmu_lex.c`` (`cmu_syl_boundary_mo`), which every voice was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mixdown_tts_onnx.english.phones import Phones, is_vowel, names

_CLUSTERS = names(
    "str spy spr spl sky skw skr skl zw zl vy vr vl thw thr ty tw tr shw shr shn shm shl sw sv st sr sp sn sm sl sk sf py pw pr pl "
    "ny my mr ly ky kw kr kl hhy hhw hhr hhl gy gw gr gl fy fr fl dy dw dr by bw br bl"
)
"""Of several consonants that begin a syllable."""


def syllables(phones: Sequence[str]) -> list[Phones]:
    """The syllables of a word, one without a vowel where the word has none."""
    nuclei = [index for index, phone in enumerate(phones) if is_vowel(phone)]
    cuts = [0, *(_cut(phones, *pair) for pair in pairwise(nuclei)), len(phones)]
    return [tuple(phones[start:end]) for start, end in pairwise(cuts)]


def _cut(phones: Sequence[str], before: int, vowel: int) -> int:
    """Between two vowels. What can begin no syllable stays with the first, one consonant after the other."""
    for start in range(before + 1, vowel):
        onset = "".join(phones[start:vowel])
        if onset in _CLUSTERS or (start == vowel - 1 and onset != "ng"):
            return start
    return vowel
