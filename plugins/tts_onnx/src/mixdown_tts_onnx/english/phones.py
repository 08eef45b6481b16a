"""Phones as flite writes them in its lexicon: the US radio set, a vowel with its stress behind it: ``hh ax0 l ow1``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Phones = tuple[str, ...]
"""How a word is pronounced."""


def names(text: str) -> frozenset[str]:
    """Those in a text, parted by spaces."""
    return frozenset(text.split())


VOWELS = names("aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw")
CONSONANTS = names("b ch d dh f g hh jh k l m n ng p r s sh t th v w y z zh")
SIBILANTS = names("s z sh zh ch jh")
VOICELESS = names("p t k f th s sh ch hh")


def bare(phone: str) -> str:
    """Without its stress."""
    return phone.rstrip("01")


def is_vowel(phone: str) -> bool:
    return bare(phone) in VOWELS


def is_stressed(phone: str) -> bool:
    return phone.endswith("1")


def unstressed(phones: Iterable[str]) -> Phones:
    return tuple(phone.replace("1", "0") for phone in phones)


def written(phones: str) -> Phones:
    """From ``hh ax0 l ow1``."""
    return tuple(phones.split())


def vowels(phones: Sequence[str]) -> int:
    return sum(map(is_vowel, phones))
