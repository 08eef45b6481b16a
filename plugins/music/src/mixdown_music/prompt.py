"""A prompt as the composer reads it: genre, tempo, key, mode, intensity and instruments out of free words.

A matcher over the tables of `vocabulary`: the longest phrase that is known, from left to right. Where two words
disagree the later one wins. What is not understood has no effect, and is reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeVar

from mixdown_music import vocabulary as known
from mixdown_music.theory import Mode, parse_key

T = TypeVar("T")

BPM = (60, 200)
"""What `MusicRequest` takes."""
REPORTED = 24
"""Words that are reported as ignored, at most."""
_LONGEST = 4
"""Words of the longest phrase."""
_TEMPO = re.compile(
    r"(?i)\b(\d{1,4})(?:\.\d+)?\s*-?(?:bpm|beats per minute|beats a minute)\b"
    r"|\b(?:tempo|bpm)\s*(?:of|:|=|around|about)?\s*(\d{1,4})\b"
)
_MODED = re.compile(r"\b([A-Ga-g])([#♯b♭]|[ -](?i:sharp|flat))?[ _-]?((?i:major|minor|maj|min))\b(?! key)")
_BARE = re.compile(
    r"\b(?:(?i:key of|key:)\s*([A-Ga-g][#♯b♭]?m?)|(?:in )([A-G][#♯b♭]m?|[A-G]m)|([A-G][#♯b♭]m))(?![\w#♯])"
)
_TOKEN = re.compile(r"[^\W_]+(?:['’/&][^\W_]+)*|&|[,.;:!?\n|]")
_STOPS = frozenset(",.;:!?\n|")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a prompt asks for; None, 1.0 and empty where it says nothing.

    Attributes:
        pace: a factor to the genre's own tempo.
        mode: where no key is named.
        wanted, unwanted, only: names of `vocabulary.INSTRUMENTS`.
        words: the phrases that decided, by what they decided.
        ignored: words without effect.
    """

    genre: str | None = None
    bpm: int | None = None
    pace: float = 1.0
    key: str | None = None
    mode: Mode | None = None
    intensity: float | None = None
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    refused: frozenset[str] = frozenset()
    """Genres that are not wanted."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def read(prompt: str) -> Reading:
    """Linear in the prompt's length; the same for the same prompt."""
    words: dict[str, tuple[str, ...]] = {}
    rest, bpm, impossible = _tempo(prompt, words)
    rest, key = _key(rest, words)
    heard = _Heard(words)
    for phrase, sign in _phrases(rest.casefold().replace("-", " ")):
        heard.take(phrase, sign)
    return Reading(
        bpm=bpm,
        key=key,
        genre=heard.genre(),
        pace=heard.latest("pace", known.PACES) or 1.0,
        mode=heard.latest("mode", known.MODES),
        intensity=heard.latest("intensity", known.INTENSITIES),
        wanted=heard.instruments("with"),
        unwanted=heard.instruments("without"),
        only=heard.instruments("only"),
        refused=frozenset(heard.refused),
        words=words,
        ignored=tuple(dict.fromkeys([*impossible, *heard.ignored]))[:REPORTED],
    )


def _tempo(prompt: str, words: dict[str, tuple[str, ...]]) -> tuple[str, int | None, list[str]]:
    """The prompt without its tempo, the tempo, and those that nobody plays."""
    impossible: list[str] = []
    for match in _TEMPO.finditer(prompt):
        bpm = int(match[1] or match[2])
        if BPM[0] <= bpm <= BPM[1]:
            words["bpm"] = (match[0].strip(),)
            return _without(prompt, match), bpm, impossible
        impossible.append(match[0].strip())
    return prompt, None, impossible


def _key(prompt: str, words: dict[str, tuple[str, ...]]) -> tuple[str, str | None]:
    """Likewise the key. A bare letter is one only after ``in`` or ``key of``, for ``a`` is a word."""
    match = _MODED.search(prompt)
    if match:
        name = f"{match[1]}{match[2] or ''} {match[3]}"
    elif match := _BARE.search(prompt):
        name = next(group for group in match.groups() if group)
    else:
        return prompt, None
    words["key"] = (match[0].strip(),)
    return _without(prompt, match), parse_key(name).name


def _without(prompt: str, match: re.Match[str]) -> str:
    return f"{prompt[: match.start()]} | {prompt[match.end() :]}"


Sign = Literal["+", "-", "only", "alone"]


def _phrases(text: str) -> Iterator[tuple[str, Sign]]:
    """Known phrases and unknown words, each with whether it is wanted. ``no`` holds for instruments that follow one
    another, ``not`` and ``only`` for what follows at once."""
    tokens = _TOKEN.findall(text)
    sign: Sign = "+"
    holds = played = False
    at = 0
    while at < len(tokens):
        word, size = tokens[at], _known(tokens, at)
        following = tokens[at + size] if at + size < len(tokens) else ""
        phrase = " ".join(tokens[at : at + size])
        at += max(size, 1)
        if word in _STOPS:
            sign = "+"
        elif word in known.SIGNS and not (played and word in known.AFTER):
            sign, holds = known.SIGNS[word]
        elif played and word in known.AFTER:
            if word != "solo":
                yield word, "alone"
        elif sign != "+" and word in known.CONNECTORS:
            continue
        elif size:
            played = phrase in known.INSTRUMENTS
            yield phrase, "-" if following == "free" else sign
            if not played and not (holds and phrase in known.ADJECTIVES):
                sign = "+"
            continue
        elif word not in known.FILLERS:
            sign = "+"
            yield word, sign
        played = False


def _known(tokens: list[str], at: int) -> int:
    """How many tokens the longest known phrase has that begins here; 0 for none."""
    sizes = range(min(_LONGEST, len(tokens) - at), 0, -1)
    return next((size for size in sizes if " ".join(tokens[at : at + size]) in known.PHRASES), 0)


class _Heard:
    """What has been read so far; ``words`` gets what decides."""

    def __init__(self, words: dict[str, tuple[str, ...]]) -> None:
        self._words = words
        self._phrases: list[str] = []
        self._instruments: dict[str, tuple[str, str]] = {}
        """By instrument: with, without or only; and the phrase."""
        self.refused: set[str] = set()
        self.ignored: list[str] = []

    def take(self, phrase: str, sign: Sign) -> None:
        if sign == "alone":
            for name, (how, said) in self._instruments.items():
                self._instruments[name] = ("only" if how == "with" else how, said)
        elif phrase in known.DRUMLESS:
            self._instruments["drums"] = ("without", phrase)
        elif phrase in known.INSTRUMENTS:
            name = known.INSTRUMENTS[phrase]
            self._instruments.pop(name, None)
            self._instruments[name] = ({"+": "with", "-": "without"}.get(sign, "only"), phrase)
        elif sign == "-" and phrase in known.STYLES:
            self.refused.add(known.STYLES[phrase])
        elif sign == "-":
            self.ignored.append(f"not {phrase}")
        elif phrase in known.PHRASES:
            self._phrases.append(phrase)
        else:
            self.ignored.append(phrase)

    def genre(self) -> str | None:
        """A style's name decides before occasions, these before instruments; of equals the later."""
        played = [name for name, (how, _) in self._instruments.items() if how != "without"]
        for said, table in (
            (self._phrases, known.STYLES),
            (self._phrases, known.OCCASIONS),
            (played, known.SUGGESTED),
        ):
            votes = [table[word] for word in said if word in table and table[word] not in self.refused]
            if votes:
                counts = Counter(reversed(votes))
                genre = max(counts, key=lambda name: counts[name])
                self._words["genre"] = tuple(word for word in said if table.get(word) == genre)
                return genre
        return None

    def latest(self, member: str, table: Mapping[str, T]) -> T | None:
        found = [phrase for phrase in self._phrases if phrase in table]
        if not found:
            return None
        value = table[found[-1]]
        self._words[member] = tuple(phrase for phrase in found if table[phrase] == value)
        return value

    def instruments(self, how: str) -> tuple[str, ...]:
        found = {name: phrase for name, (wish, phrase) in self._instruments.items() if wish == how}
        if found:
            self._words[how] = tuple(found.values())
        return tuple(found)
