"""The words of English and how flite says them.

The list is that of CMU's lexicon for Festival (Debian: ``festlex-cmu``) and of ``wamerican``; the pronunciations are those of
flite's own lexicon, which was made of the former: its lookup answers 99.9 % of that list as the list itself does.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FESTIVAL_LEXICON = Path("/usr/share/festival/dicts/cmu/cmudict-0.4.out")
DICTIONARY = Path("/usr/share/dict/american-english")
SPELLING = re.compile(r"[a-z][a-z']*")
HELD_OUT, SEED = 500, 20261120


@dataclass(frozen=True, slots=True)
class Entry:
    """``phones`` as flite writes them: vowels with their stress, ``hh ax0 l ow1``. ``part`` is flite's part of speech of a
    homograph (n, v, j, ...), else empty."""

    word: str
    part: str
    phones: tuple[str, ...]


def lexicon_words() -> list[str]:
    """Words whose pronunciation somebody wrote down, in order."""
    found = re.findall(r'^\("([^"]+)"', FESTIVAL_LEXICON.read_text(encoding="latin-1"), re.MULTILINE)
    return sorted({word.lower() for word in found if SPELLING.fullmatch(word.lower())})


def dictionary_words() -> list[str]:
    """Words of wamerican that are no names."""
    lines = DICTIONARY.read_text(encoding="utf-8").split()
    return sorted({word for word in lines if SPELLING.fullmatch(word)})


def homographs() -> list[tuple[str, str]]:
    """Words with the parts of speech that the lexicon tells apart."""
    found = re.findall(
        r'^\("([^"]+)" (?!nil)(\w+) ', FESTIVAL_LEXICON.read_text(encoding="latin-1"), re.MULTILINE
    )
    return sorted({(word, part) for word, part in found if SPELLING.fullmatch(word)})


def compiled(source: Path, folder: Path, libraries: Sequence[str]) -> Path:
    """The program that a C file beside this one is; made where it is not yet."""
    program = folder / source.stem
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(
            ["gcc", "-O2", "-o", program, source, *(f"-l{name}" for name in libraries)], check=True
        )
    return program


def looked_up(asked: Iterable[tuple[str, str]], folder: Path) -> Iterator[Entry]:
    """What flite's lexicon and letter-to-sound rules say of (word, part of speech or "")."""
    program = compiled(Path(__file__).with_name("lookup.c"), folder, ("flite_cmulex", "flite", "m"))
    lines = "".join(f"{word}\t{part}\n" if part else f"{word}\n" for word, part in asked)
    answer = subprocess.run([program], input=lines, capture_output=True, text=True, check=True).stdout
    for line in answer.splitlines():
        word, part, _, phones = line.split("\t")
        if phones:
            yield Entry(word, "" if part == "-" else part, tuple(map(_named, phones.split())))


def _named(phone: str) -> str:
    """A handful of flite's entries forget a vowel's stress."""
    return f"{phone}0" if phone in ("ax", "ih") else phone


def held_out(words: Sequence[str], allowed: Iterable[str]) -> list[str]:
    """500 of ``words`` of four letters or more that are ``allowed``, equal at every run."""
    eligible = set(allowed)
    long_enough = [word for word in words if word in eligible and len(word) > 3 and word.isalpha()]
    return sorted(random.Random(SEED).sample(long_enough, HELD_OUT))


def inflections(word: str) -> set[str]:
    """Whatever may be an inflection of the word, spelled as English spells it; more than there are."""
    stems = {word, word.removesuffix("e"), word + word[-1]}
    if word.endswith("y"):
        stems.add(word[:-1] + "i")
    endings = ("s", "es", "'s", "s'", "d", "ed", "ing", "ings", "r", "er", "ers", "est", "ly", "ness")
    return {stem + ending for stem in stems for ending in endings}
