"""From IPA to the notation that Kokoro was trained on, which writes affricates and diphthongs as one symbol.

Source: misaki 0.9 (Apache-2.0), ``EN_PHONES.md`` and ``espeak.py``. Its tables expect ties (``a͡ɪ``), by which espeak-ng
tells a diphthong from two vowels; the role ``phonemes`` has none, so two vowels that only meet ("naïve", nɑːˈiːv) are
told apart by the stress between them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from mixdown_kernel import invalid
from mixdown_tts_onnx.kokoro.vocabulary import VOCABULARY
from mixdown_tts_onnx.phonetic.ipa import may_be_ipa

_VOWELS = "aeiouæɑɐɒɔəɚɛɜɪʊʌᵻAIOQWYː"
_LIGATURES = {"dʒ": "ʤ", "tʃ": "ʧ"}
_DIPHTHONGS = {"aɪ": "I", "aʊ": "W", "eɪ": "A", "ɔɪ": "Y"}
_ROMANCE = {**_LIGATURES, **_DIPHTHONGS, "oʊ": "O", "əʊ": "Q", "dz": "ʣ", "ts": "ʦ"}
_ENGLISH = {"ʔˌn\u0329": "tn", "ʔn\u0329": "tn", "ʲo": "jo", "ʲə": "jə", "ʲ": "", "r": "ɹ", "x": "k", "ç": "k", "ɬ": "l", "\u0303": ""}  # fmt: skip
_MISAKI = frozenset("AIOQWYSTʤʧ")
_SYLLABIC = re.compile(r"(\S)\u0329")
_DARK = re.compile(rf"əl(?![{_VOWELS}ˈˌ])")
"""The l of "little" is a syllable, that of "allow" is not: espeak-ng ties the one and not the other."""
_NOT_SPOKEN = re.compile(r"[\u0361\u035c\u203f.|‖]")
_SAME = str.maketrans({"g": "ɡ", "ʴ": "ɹ", "ɫ": "l", "ʍ": "w", "ɱ": "m", "ɵ": "ə", "ʉ": "u", "ɶ": "œ", "ʏ": "ø", "ʀ": "ʁ", "ɦ": "h", "ħ": "h", "ɭ": "l", "ʟ": "l", "ɺ": "ɾ", "ɞ": "ɜ", "ɘ": "ə", "ɮ": "ʒ", "ɬ": "l", "ʑ": "ʒ", "ʐ": "ʒ", "ʙ": "b", "ɓ": "b", "ɗ": "d", "ʄ": "ɟ", "ɠ": "ɡ", "ʛ": "ɡ", "ɢ": "ɡ", "ⱱ": "v", "ʕ": "ʔ", "ʡ": "ʔ", "ʢ": "ʔ", "ʜ": "h", "ɧ": "ʃ", "ɝ": "ɜɹ", "ʘ": "p", "ǀ": "t", "ǃ": "t", "ǂ": "c", "ǁ": "k"})  # fmt: skip
"""Sounds that Kokoro has no symbol for, and the nearest it has."""

Notation = Callable[[str], str]


def espeak(phonemes: str) -> str:
    """As espeak-ng says it, which is what the package kokoro-onnx feeds the model."""
    return phonemes


def english_espeak(phonemes: str) -> str:
    """The glide of "the end" is new in espeak-ng 1.52.0.1; no model was trained on it, and kokoro-onnx brings 1.52.0."""
    return phonemes.replace("ʲ", "")


def american(phonemes: str) -> str:
    phonemes = _shared(phonemes)
    for old, new in (
        ("oʊ", "O"),
        ("ɜːɹ", "ɜɹ"),
        ("ɜː", "ɜɹ"),
        ("ɪə", "iə"),
        ("ː", ""),
        ("o", "ɔ"),
        ("ɾ", "T"),
        ("ʔ", "t"),
    ):
        phonemes = phonemes.replace(old, new)
    return phonemes


def british(phonemes: str) -> str:
    phonemes = _shared(phonemes.replace("eə", "ɛː"))
    for old, new in (("iə", "ɪə"), ("əʊ", "Q"), ("o", "ɔ"), ("ɾ", "T"), ("ʔ", "t")):
        phonemes = phonemes.replace(old, new)
    return phonemes


def romance(phonemes: str) -> str:
    """Also Hindi: whatever misaki leaves to espeak-ng."""
    for old, new in _ROMANCE.items():
        phonemes = phonemes.replace(old, new)
    return phonemes.replace("-", "")


def _shared(phonemes: str) -> str:
    for old, new in (_ENGLISH | _LIGATURES | _DIPHTHONGS).items():
        phonemes = phonemes.replace(old, new)
    phonemes = phonemes.replace("e", "A").replace("ɚ", "əɹ").replace("ɐ", "ə")
    return _DARK.sub("ᵊl", _SYLLABIC.sub(r"ᵊ\1", phonemes))


def spelt(ipa: str, notation: Notation) -> str:
    """IPA of a request in the model's symbols; what holds symbols of misaki's own is taken to be in them already.

    Raises `Problem` (``bad_pronunciation``) for what is no IPA; diacritics that the model lacks are left out.
    """
    plain = _NOT_SPOKEN.sub("", unicodedata.normalize("NFC", " ".join(ipa.split())))
    written = plain if _MISAKI & set(plain) else notation(plain)
    return "".join(_known(symbol) for symbol in written.translate(_SAME))


def _known(symbol: str) -> str:
    if symbol in VOCABULARY:
        return symbol
    apart = [part for part in unicodedata.normalize("NFD", symbol) if part in VOCABULARY]
    if apart or may_be_ipa(symbol):
        return "".join(apart)
    hint = "Write IPA, as in təˈmɑːtoʊ."
    raise invalid("bad_pronunciation", f"{symbol!r} is no IPA.", field="pronunciations", hint=hint)
