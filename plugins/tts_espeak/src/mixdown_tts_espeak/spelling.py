"""From IPA to the mnemonics of a voice; what its language lacks becomes the nearest sound that it has."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterator

from mixdown_kernel import invalid
from mixdown_tts_espeak.inventory import Inventory

STRESS = {"ˈ": "'", "ˌ": ","}
LENGTHENED = ":"
LIGATURES = str.maketrans({"ʤ": "dʒ", "ʧ": "tʃ", "ʦ": "ts", "ʣ": "dz", "ʨ": "tɕ", "ʥ": "dʑ", "g": "ɡ"})
IGNORED = re.compile("[\u0361\u035c\u203f]")
"""Tie bars and the linking mark: what they tie is found by the longest match."""
VOWELS = frozenset("aɑɒæɐeɛəɘɚɜɝɞiɪɨᵻoɔøœɶɵɤuʊᵿʉʌɯyʏ")
WEAK = frozenset("əɚ")
SILENT = ".|‖↗↘"
"""Bounds of syllables and feet, and intonation, which is the sentence's."""
FINAL_STRESS = ("fr",)
LONGEST = 4
"""Code points of one sound: an affricate or diphthong with a mark."""
MARKS = {"\u0303": "n", "\u02de": "ɹ", "ʲ": "j", "ʷ": "w", "ˠ": "", "ʰ": ""}
"""What a diacritic becomes where the voice has no sound with it; others are left out."""
# fmt: off
NEAREST = {
    "a": "ɑ ɑː æ ɐ", "ɑ": "ɑː a ɒ ɔ", "ɒ": "ɔ ɑ o", "æ": "a ɛ", "ɐ": "a ə ʌ", "ɔ": "ɔː o ɒ", "o": "oː ɔ oʊ", "ʌ": "ɐ a ə",
    "ə": "ɐ ɜ e ɛ", "ɚ": "əɹ", "ɝ": "ɜːɹ ɚ", "ɜ": "ɜː ə œ", "ɞ": "ɜ", "ɘ": "ə", "ɵ": "ø ə o", "ɤ": "o ʌ", "ɯ": "ɨ u ʊ",
    "e": "eː ɛ eɪ", "ɛ": "e æ", "i": "iː ɪ", "ɪ": "i e", "ɨ": "ɪ", "ᵻ": "ɪ", "u": "uː ʊ ɯ", "ʊ": "u", "ʉ": "u", "ᵿ": "ʊ",
    "y": "yː ʏ i", "ʏ": "y ɪ", "ø": "øː œ e", "œ": "ø ɛ", "ɶ": "œ",
    "p": "b", "b": "p", "t": "t̪ d", "d": "d̪ t", "ʈ": "t", "ɖ": "d", "c": "tʃ k", "ɟ": "dʒ ɡ", "k": "ɡ", "ɡ": "k", "q": "k",
    "ɢ": "ɡ", "ʔ": "", "ʡ": "ʔ", "ɓ": "b", "ɗ": "d", "ʄ": "ɟ", "ɠ": "ɡ", "ʛ": "ɢ", "ʘ": "p", "ǀ": "t", "ǃ": "t", "ǂ": "c", "ǁ": "k",
    "m": "n", "ɱ": "m", "n": "n̪ m", "ɳ": "n", "ɲ": "nj", "ŋ": "n", "ɴ": "ŋ",
    "r": "ɾ ɹ ʁ", "ɾ": "r ɹ", "ɹ": "r ɾ ʁ", "ɻ": "ɹ", "ɽ": "ɾ", "ɺ": "ɾ", "ʀ": "ʁ", "ʁ": "ʀ ɣ r ɹ", "ʙ": "b", "ⱱ": "v",
    "f": "p", "v": "ʋ f", "ɸ": "f", "β": "v b", "ʋ": "v", "θ": "s", "ð": "d", "s": "s̪ z ʃ", "z": "z̪ s", "ʃ": "s", "ʒ": "ʃ z",
    "ʂ": "ʃ", "ʐ": "ʒ", "ɕ": "ʃ", "ʑ": "ʒ", "ç": "x ʃ h", "ʝ": "j", "x": "χ h k", "χ": "x", "ɣ": "ɡ", "ħ": "h", "ʕ": "ʔ",
    "h": "ɦ x", "ɦ": "h", "ʜ": "h", "ʢ": "ʕ", "ɧ": "ʃ", "ɬ": "l", "ɮ": "l",
    "l": "ɫ", "ɫ": "l", "ɭ": "l", "ʎ": "lj", "ʟ": "l", "j": "i", "ɥ": "w", "ɰ": "w", "w": "u v", "ʍ": "hw",
}
# fmt: on
"""The sounds that may stand in for one, the best first; a glottal stop may also be silent."""
NEAREST = {unicodedata.normalize("NFD", sound): near for sound, near in NEAREST.items()}


def spell(ipa: str, sounds: Inventory, language: str) -> list[list[str]]:
    """The mnemonics of each word.

    Where no stress is marked, as is usual for short words, the first full vowel has it (in French the last one).
    Raises `Problem` (``bad_pronunciation``) for what is no IPA.
    """
    written = IGNORED.sub("", unicodedata.normalize("NFD", ipa).translate(LIGATURES))
    words = written.split()
    if not STRESS.keys() & set(written):
        words = [_stressed(word, final=language.startswith(FINAL_STRESS)) for word in words]
    return [list(_mnemonics(word, sounds)) for word in words]


def _stressed(word: str, *, final: bool) -> str:
    full = [
        index
        for index, sound in enumerate(word)
        if sound in VOWELS - WEAK and word[index - 1 : index] not in VOWELS
    ]
    if not full:
        return word
    index = full[-1 if final else 0]
    return f"{word[:index]}ˈ{word[index:]}"


def _mnemonics(word: str, sounds: Inventory) -> Iterator[str]:
    position = 0
    while position < len(word):
        symbol = word[position]
        run = next(filter(sounds.__contains__, _runs(word, position)), "")
        if run:
            yield sounds[run]
        elif symbol in STRESS:
            yield STRESS[symbol]
        elif symbol == "ː":
            yield LENGTHENED
        elif symbol in NEAREST:
            yield from _nearest(symbol, sounds)
        elif symbol in MARKS:
            yield from _nearest(MARKS[symbol], sounds)
        elif symbol not in SILENT and unicodedata.category(symbol) not in ("Mn", "Lm", "Sk"):
            hint = "Write IPA, as in təˈmɑːtoʊ."
            raise invalid("bad_pronunciation", f"{symbol!r} is no IPA.", field="pronunciations", hint=hint)
        position += len(run) or 1


def _runs(word: str, position: int) -> Iterator[str]:
    return (word[position : position + length] for length in range(LONGEST, 0, -1))


def _nearest(run: str, sounds: Inventory) -> list[str]:
    """Mnemonics for a run of letters: of all that may stand in for it, what takes the fewest steps."""
    reached, waiting = {run}, deque([run])
    while waiting:
        candidate = waiting.popleft()
        if candidate in sounds:
            return [sounds[candidate]]
        if len(candidate) > 1 and all(letter in sounds for letter in candidate):
            return [sounds[letter] for letter in candidate]
        for index, letter in enumerate(candidate):
            for near in NEAREST.get(letter, "").split():
                other = candidate[:index] + near + candidate[index + 1 :]
                if len(other) <= LONGEST and other not in reached:
                    reached.add(other)
                    waiting.append(other)
    return []
