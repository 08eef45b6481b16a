"""The sounds that an espeak-ng voice has: which of its mnemonics makes which IPA.

No list of ours could follow a hundred languages, so the engine is asked: every mnemonic of ``phontab`` is put
between known sounds, and what remains of the answer when those are taken away is the mnemonic's IPA there.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

HEADER_BYTES, NAME_BYTES = 4, 32
ENTRY = struct.Struct("<4s7xB4x")
"""``PHONEME_TAB``: the mnemonic and, behind flags, program and code, the type."""
VOWEL, CONSONANTS = 2, range(3, 9)
MNEMONIC = re.compile(r"[^\s_|\]'%,=:-][^\s_|\]]{0,3}")
"""One that makes a sound by itself and cannot end or leave the markup (``_^_`` would change the language)."""
VOWEL_CARRIERS = ("s|'{}|s", "s|{}|s", "a|s|{}")
CONSONANT_CARRIERS = ("{}|a|s", "a|s|{}")
"""Known sounds around an unknown one. What it is before a vowel, or as a stressed vowel, tells best."""
SOUND = re.compile(r"[^\W\d_A-Z](?:[^\W\d_A-Z]|[\u0300-\u036fː])*")

TWO_SOUNDS = re.compile(r"[^aɑɒæɐeɛəɘɚɜɝiɪɨᵻoɔøœɵɤuʊᵿʉʌɯyʏ]\W*[aɑɒæɐeɛəɘɚɜɝiɪɨᵻoɔøœɵɤuʊᵿʉʌɯyʏ]")
"""A consonant with a vowel behind it: a mnemonic that the voice lacks was read as two that it has."""

Inventory = Mapping[str, str]
"""IPA (NFD) to the mnemonic that makes it."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A mnemonic between known sounds."""

    name: str
    carrier: str
    rank: int

    @property
    def markup(self) -> str:
        return f"[[{self.carrier.format(self.name)}]]"


def probes(phontab: bytes) -> tuple[Probe, ...]:
    """What to ask of a voice: every mnemonic of any language's table, as the vowel or consonant that it is there."""
    types: dict[str, set[int]] = {}
    for name, type_ in _entries(phontab):
        if name.isascii() and MNEMONIC.fullmatch(name):
            types.setdefault(name, set()).add(type_)
    found = []
    for name, kinds in types.items():
        vowel = VOWEL_CARRIERS if VOWEL in kinds else ()
        consonant = CONSONANT_CARRIERS if kinds.intersection(CONSONANTS) else ()
        found += [Probe(name, carrier, rank) for rank, carrier in (*enumerate(vowel), *enumerate(consonant))]
    return tuple(found)


def _entries(phontab: bytes) -> Iterator[tuple[str, int]]:
    """Mnemonic and type of every sound in the file (format: espeak-ng's synthdata.c and phoneme.h)."""
    position = HEADER_BYTES
    for _ in range(phontab[0]):
        table = position + HEADER_BYTES + NAME_BYTES
        end = table + ENTRY.size * phontab[position]
        for code, type_ in ENTRY.iter_unpack(phontab[table:end]):
            yield code.rstrip(b"\0").decode("latin-1"), type_
        position = end


TAIL = "[[a|s]]"
"""Markup whose IPA `inventory` needs beside that of the probes."""


def inventory(probes: Sequence[Probe], answers: Sequence[str], tail: str) -> Inventory:
    """The sounds by the IPA of each probe. Of several mnemonics for one the better carrier wins, then the one that
    is as long, then the IPA itself, then the shorter, then the earlier."""
    tail = unicodedata.normalize("NFD", tail).lstrip("ˈˌ")
    frames = {"{}|a|s": ("", tail), "s|'{}|s": ("sˈ", "s"), "s|{}|s": ("s", "s"), "a|s|{}": (tail, "")}
    best: dict[str, tuple[tuple[int, bool, bool, int], str]] = {}
    for probe, answer in zip(probes, answers, strict=True):
        whole = unicodedata.normalize("NFD", answer)
        before, after = frames[probe.carrier]
        ipa = whole.removeprefix(before).removesuffix(after)
        is_long = (":" in probe.name) == ("ː" in ipa)
        rank = (probe.rank, not is_long, probe.name != ipa, len(probe.name))
        is_sound = whole == before + ipa + after and SOUND.fullmatch(ipa) and not TWO_SOUNDS.match(ipa)
        if is_sound and (ipa not in best or rank < best[ipa][0]):
            best[ipa] = (rank, probe.name)
    return {ipa: name for ipa, (_, name) in best.items()}
