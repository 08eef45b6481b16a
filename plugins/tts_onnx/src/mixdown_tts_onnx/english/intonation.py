"""Which syllables carry a pitch accent or an end tone, by flite's decision trees (CMU; see THIRD-PARTY.md).

They ask of a syllable how many (stressed) ones of its phrase come before and after it, whether a word or a phrase ends with it
and its neighbours, and of what class its word and the words around it are. ``data/intonation.json`` holds the trees: a node
is [feature, value, if equal, else], a leaf whether there is an accent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate, zip_longest
from typing import Any

CONTENT = "content"
NOTHING = "0"
"""What flite takes for a feature of a syllable or word that is not there."""
MOST = 19
"""Where its counts end."""


@dataclass(frozen=True, slots=True)
class Syllable:
    """What the trees know of a syllable: its word's class (`CONTENT` or a class of function words), the number of its word and of
    its phrase in the utterance, and whether it has lexical stress."""

    word: int
    word_class: str
    phrase: int
    stressed: bool


def accents(syllables: Sequence[Syllable]) -> list[bool]:
    """Of an utterance: flite's feature ``accented``, which an end tone gives, too."""
    trees = _data()["trees"]
    return [any(_follow(tree, features) for tree in trees) for features in _features(syllables)]


def word_class(word: str) -> str:
    """``in``, ``to``, ``det``, ``md``, ``cc``, ``wp``, ``pps``, ``aux`` or `CONTENT`; the word in lower case."""
    found: str = _data()["classes"].get(word, CONTENT)
    return found


@cache
def _data() -> Mapping[str, Any]:
    text = (files("mixdown_tts_onnx.english") / "data" / "intonation.json").read_text("utf-8")
    stored = json.loads(text)
    classes = {word: name for name, words in stored["classes"].items() for word in words}
    return {"trees": (stored["accent"], stored["tone"]), "classes": classes}


def _follow(tree: Any, features: Mapping[str, str]) -> bool:
    while isinstance(tree, list):
        feature, value, equal, other = tree
        tree = equal if features[feature] == value else other
    return bool(tree)


def _features(syllables: Sequence[Syllable]) -> list[dict[str, str]]:
    breaks = _breaks(syllables)
    classes = {syllable.word: syllable.word_class for syllable in syllables}
    counts = _counts(syllables)
    found = []
    for index, syllable in enumerate(syllables):
        around = {
            name: breaks[index + offset] if 0 <= index + offset < len(breaks) else NOTHING
            for name, offset in (("", 0), ("p.", -1), ("p.p.", -2), ("n.", 1), ("n.n.", 2))
        }
        found.append(
            {f"{name}syl_break": value for name, value in around.items()}
            | {
                f"{name}gpos": classes.get(syllable.word + offset, NOTHING)
                for name, offset in (("", 0), ("p.", -1), ("p.p.", -2), ("n.", 1), ("n.n.", 2))
            }
            | {
                "stress": str(int(syllable.stressed)),
                "n.stress": str(int(index + 1 < len(syllables) and syllables[index + 1].stressed)),
                "sub_phrases": _counted(syllable.phrase),
            }
            | counts[index]
        )
    return found


def _counted(number: int) -> str:
    return str(min(number, MOST))


def _breaks(syllables: Sequence[Syllable]) -> list[str]:
    """Behind each syllable: 0 inside a word, 1 between words, 3 behind a phrase, 4 behind the last of several."""
    found = []
    for syllable, following in zip_longest(syllables, syllables[1:]):
        if following is not None and following.word == syllable.word:
            found.append("0")
        elif following is not None and following.phrase == syllable.phrase:
            found.append("1")
        else:
            found.append("4" if following is None and syllable.phrase else "3")
    return found


def _counts(syllables: Sequence[Syllable]) -> list[dict[str, str]]:
    """(Stressed) syllables before and after each in its phrase, as flite counts: of those before not the very first, if it is
    stressed."""
    stress = list(accumulate((syllable.stressed for syllable in syllables), initial=0))
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for index, syllable in enumerate(syllables):
        first.setdefault(syllable.phrase, index)
        last[syllable.phrase] = index
    found = []
    for index, syllable in enumerate(syllables):
        start, end = first[syllable.phrase], last[syllable.phrase]
        found.append(
            {
                "syl_in": _counted(index - start),
                "syl_out": _counted(end - index),
                "ssyl_in": _counted(stress[index] - stress[min(start + 1, index)]),
                "ssyl_out": _counted(stress[end + 1] - stress[index + 1]),
            }
        )
    return found
