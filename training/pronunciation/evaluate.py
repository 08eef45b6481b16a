"""How many words come out right that neither the network was trained on nor the table has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mixdown_tts_onnx.english.phones import Phones, bare
from mixdown_tts_onnx.english.words import guessed
from training.pronunciation.words import inflections


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of the words. ``reduced`` takes the two vowels of "roses" and "Rosa's" for one, on which the lexicon itself is divided
    (wanted, wanted)."""

    words: int
    phones: float
    with_stress: float
    reduced: float

    def __str__(self) -> str:
        return (
            f"of {self.words} words {self.phones:.1%} phones right, {self.with_stress:.1%} with stress, "
            f"{self.reduced:.1%} where unstressed ih and ax are one"
        )


def evaluate(words: Sequence[str], lexicon: Mapping[str, Phones]) -> Score:
    """Of ``words``, when the lexicon has neither them nor what may be their inflections."""
    hidden = {*words, *(form for word in words for form in inflections(word))}
    said = [
        (guessed(word, lambda stem: None if stem in hidden else lexicon.get(stem)), lexicon[word])
        for word in words
    ]
    return Score(
        len(words),
        sum(_phones(ours) == _phones(theirs) for ours, theirs in said) / len(words),
        sum(ours == theirs for ours, theirs in said) / len(words),
        sum(_reduced(ours) == _reduced(theirs) for ours, theirs in said) / len(words),
    )


def _phones(phones: Phones) -> Phones:
    return tuple(map(bare, phones))


def _reduced(phones: Phones) -> Phones:
    return tuple(bare(phone.replace("ih0", "ax0")) for phone in phones)
