"""IPA: what a request or SSML gives, as our phones; and our phones as espeak-ng writes them.

ARPABET and X-SAMPA end in the front end for texts (decision 0014), so that only IPA comes here. Sounds of other languages become
the nearest of American English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from mixdown_kernel import invalid
from mixdown_tts_onnx.english.phones import Phones, bare, is_stressed, is_vowel, vowels
from mixdown_tts_onnx.phonetic.ipa import may_be_ipa

# fmt: off
_SOUNDS: Mapping[str, str] = {
    # Vowels; diphthongs and r-coloured ones first, as the longest match counts.
    "aɪ": "ay", "ɑɪ": "ay", "aʊ": "aw", "ɑʊ": "aw", "eɪ": "ey", "ɛɪ": "ey", "oʊ": "ow", "əʊ": "ow", "ɔɪ": "oy", "oɪ": "oy", "ɪə": "ih r",
    "eə": "eh r", "ʊə": "uh r", "ai": "ay", "au": "aw", "ei": "ey", "ou": "ow", "oi": "oy", "ɔi": "oy",
    "i": "iy", "ɪ": "ih", "e": "ey", "ɛ": "eh", "æ": "ae", "a": "aa", "ɑ": "aa", "ɒ": "aa", "ɔ": "ao", "o": "ow", "ʊ": "uh", "u": "uw",
    "ʌ": "ah", "ə": "ax", "ɐ": "ax", "ɝ": "er", "ɚ": "er", "ɜ": "er", "ɜɹ": "er", "əɹ": "er", "ɜr": "er", "ər": "er", "ᵻ": "ih", "ᵿ": "uh", "ᵊ": "ax",
    "ə˞": "er", "ɜ˞": "er", "ɑ˞": "aa r", "ɔ˞": "ao r", "ɛ˞": "eh r", "ɪ˞": "ih r", "ʊ˞": "uh r",
    "y": "uw", "ø": "er", "œ": "er", "ɶ": "ae", "ʏ": "uh", "ɨ": "ih", "ʉ": "uw", "ɯ": "uw", "ɤ": "uh", "ɘ": "ax", "ɵ": "uh", "ɞ": "er",
    # Consonants.
    "tʃ": "ch", "dʒ": "jh", "ʧ": "ch", "ʤ": "jh", "tɕ": "ch", "dʑ": "jh", "tʂ": "ch", "dʐ": "jh", "ts": "t s", "dz": "d z", "pf": "p f",
    "p": "p", "b": "b", "t": "t", "d": "d", "k": "k", "g": "g", "ɡ": "g", "f": "f", "v": "v", "θ": "th", "ð": "dh", "s": "s", "z": "z",
    "ʃ": "sh", "ʒ": "zh", "h": "hh", "m": "m", "n": "n", "ŋ": "ng", "l": "l", "r": "r", "ɹ": "r", "j": "y", "w": "w",
    "ɾ": "d", "ʔ": "t", "ɫ": "l", "ʍ": "w", "x": "k", "χ": "k", "ç": "hh", "ɣ": "g", "ʁ": "r", "ʀ": "r", "ɻ": "r", "ɽ": "r", "ɺ": "l", "ʎ": "l y",
    "ɲ": "n y", "ɳ": "n", "ɴ": "ng", "ɱ": "m", "ɬ": "l", "ɮ": "l", "ɭ": "l", "ʟ": "l", "β": "v", "ɸ": "f", "ʋ": "v", "ⱱ": "v", "ɥ": "w",
    "ʈ": "t", "ɖ": "d", "c": "k", "ɟ": "g", "q": "k", "ɢ": "g", "ʂ": "sh", "ʐ": "zh", "ɕ": "sh", "ʑ": "zh", "ʝ": "y", "ɰ": "w", "ɦ": "hh",
    "ħ": "hh", "ʕ": "hh", "ʜ": "hh", "ʢ": "hh", "ʡ": "t", "ʙ": "b", "ɓ": "b", "ɗ": "d", "ʄ": "g", "ɠ": "g", "ʛ": "g", "ɧ": "sh",
    "ʘ": "p", "ǀ": "t", "ǃ": "t", "ǂ": "k", "ǁ": "k", "ʦ": "t s", "ʣ": "d z",
}
# fmt: on
_SYLLABIC = "\u0329"
_LENGTH = "ː"
_STRESS = "ˈˌ"
_SPELT = re.compile(
    "|".join(
        [
            rf"(?P<syllabic>[mnŋlɫɹr])(?={_SYLLABIC})",
            rf"(?P<sound>{'|'.join(sorted(map(re.escape, _SOUNDS), key=len, reverse=True))})",
            rf"(?P<stress>[{_STRESS}])",
            "(?P<other>.)",
        ]
    ),
    re.DOTALL,
)
_TIES = re.compile("[\u0361\u035c\u203f]")


def from_ipa(ipa: str) -> Iterator[Phones]:
    """The words of IPA with stress marks, parted by spaces. Both stresses are one to the voices; a word without any is stressed
    on its first full vowel.

    Raises `Problem` ``bad_pronunciation`` for what is no IPA. Diacritics and tones are passed over.
    """
    for word in (
        _TIES.sub("", unicodedata.normalize("NFD", ipa).replace("c\u0327", "ç")).replace("|", " ").split()
    ):
        if phones := tuple(_word(word)):
            yield _with_stress(phones)


def _word(ipa: str) -> Iterator[str]:
    stress = "0"
    for match in _SPELT.finditer(ipa.replace(_LENGTH, "").replace("ɜɹ", "ɝ").replace("əɹ", "ɚ")):
        written = match.group()
        match match.lastgroup:
            case "stress":
                stress = "1"
                continue
            case "syllabic":
                sounds = ["er"] if written in "ɹr" else ["ax", _SOUNDS[written]]
            case "sound":
                sounds = _SOUNDS[written].split()
            case _ if may_be_ipa(written):
                continue
            case _:
                hint = "Write IPA, as in təˈmɑːtoʊ."
                message = f"{written!r} is no IPA."
                raise invalid("bad_pronunciation", message, field="pronunciations", hint=hint)
        for sound in sounds:
            yield f"{sound}{stress}" if is_vowel(sound) else sound
            stress = "0" if is_vowel(sound) else stress


def _with_stress(phones: Phones) -> Phones:
    if any(map(is_stressed, phones)) or not vowels(phones):
        return phones
    full = [index for index, phone in enumerate(phones) if is_vowel(phone) and bare(phone) != "ax"]
    first = next(iter(full), next(index for index, phone in enumerate(phones) if is_vowel(phone)))
    return (*phones[:first], bare(phones[first]) + "1", *phones[first + 1 :])
