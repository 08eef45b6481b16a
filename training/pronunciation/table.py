"""The pronunciation table of the wheel; `mixdown_tts_onnx.english.lexicon` describes and reads it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from mixdown_tts_onnx.english.lexicon import FIRST_CODE
from training.pronunciation.words import Entry

SUPPLEMENT = Path(__file__).with_name("supplement.txt")


def supplement() -> list[Entry]:
    """Words that flite says wrongly or that are younger than its lexicon; written by us."""
    lines = (line.split("#")[0].split() for line in SUPPLEMENT.read_text("utf-8").splitlines())
    entries = []
    for word, *phones in filter(None, lines):
        name, _, part = word.partition(",")
        entries.append(Entry(name, part, tuple(phones)))
    return entries


def table(entries: Iterable[Entry]) -> bytes:
    """What `Lexicon` reads; the last of several entries for a word and part of speech counts."""
    said: Mapping[str, tuple[str, ...]] = {_key(entry): entry.phones for entry in entries}
    phones = sorted({phone for pronunciation in said.values() for phone in pronunciation})
    codes = {phone: chr(FIRST_CODE + place) for place, phone in enumerate(phones)}
    lines = [f"{key} {''.join(codes[phone] for phone in said[key])}" for key in sorted(said, key=_order)]
    return "\n".join([" ".join(phones), *lines, ""]).encode("ascii")


def homographs(entries: Iterable[Entry]) -> list[Entry]:
    """Of entries with parts of speech those whose parts differ in sound."""
    kept = [entry for entry in entries if len(entry.word) > 1]
    ways: dict[str, set[tuple[str, ...]]] = {}
    for entry in kept:
        ways.setdefault(entry.word, set()).add(entry.phones)
    return [entry for entry in kept if len(ways[entry.word]) > 1]


def write(entries: Iterable[Entry], path: Path) -> None:
    path.write_bytes(zlib.compress(table(entries), 9))


def _key(entry: Entry) -> str:
    return f"{entry.word},{entry.part}" if entry.part else entry.word


def _order(key: str) -> str:
    """As the lines compare up to and with their space."""
    return f"{key} "
