"""Words that are said in several ways, and which it is by the words around them."""

from __future__ import annotations

from collections.abc import Sequence

from mixdown_tts_onnx.english.context import Place
from mixdown_tts_onnx.english.homograph_rules import RULES, verb_or_noun
from mixdown_tts_onnx.english.lexicon import lexicon
from mixdown_tts_onnx.english.phones import Phones


def resolved(words: Sequence[str]) -> list[Phones | None]:
    """The pronunciation of each homograph of a sentence; None for other words.

    ``words`` in lower case, ``""`` where a mark parts phrases.
    """
    return [_pronunciation(Place(words, index)) for index in range(len(words))]


def _pronunciation(place: Place) -> Phones | None:
    find = lexicon().find
    if not place.word or not (find(place.word, "v") or find(place.word, "n")):
        return None
    rule = RULES.get(place.word, verb_or_noun)
    part = rule(place)
    return find(place.word, part) or find(place.word)
