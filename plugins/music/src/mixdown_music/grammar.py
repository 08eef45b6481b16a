"""A small grammar of functional harmony: tonic, subdominant and dominant (Riemann 1893), phrases that end in
cadences, and rewriting rules for what composers put in between (after Rohrmeier 2011 and Steedman 1984).

A phrase is four bars of functions, written ``T | S | D | T`` with blanks between those that share a bar. Each
function is then played by one of the chords that a genre has for it, and rules refine the result: an applied
dominant before a chord, a two-five in place of a dominant, a tritone substitute, a suspension.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Literal

from mixdown_music.dice import Generator, pick, weigh
from mixdown_music.theory import Key, Mode, chord, degree_of

Function = Literal["T", "S", "D"]
BEATS = 4
"""Beats a bar."""
PHRASE = 4
"""Bars a phrase."""


class Cadence(StrEnum):
    """How a phrase ends."""

    HALF = "half"
    """On the dominant: a question."""
    AUTHENTIC = "authentic"
    """Dominant to tonic: the answer."""
    LOOP = "loop"
    """Nowhere: it leads back to its own beginning."""
    CLOSE = "close"
    """On the dominant in the very last bar; the piece's final chord follows."""


@dataclass(frozen=True, slots=True)
class Degree:
    """A chord of a phrase: its numeral, what it does, and for how many beats."""

    numeral: str
    function: Function
    beats: float
    applied: bool = False
    """It serves the chord after it, not the tonic."""


Phrase = tuple[tuple[Degree, ...], ...]
"""Degrees by bar."""
Rule = Callable[[Phrase, "Idiom", Generator], Phrase]


@dataclass(frozen=True, kw_only=True)
class Idiom:
    """A genre's harmony in one mode.

    Attributes:
        mode: major or minor.
        vocabulary: per function the numerals that play it, with weights; the first is its plainest form.
        skeletons: per cadence, phrases of four bars in functions.
        close: the numerals of the last bar before the end, which share it: subdominant and dominant, or only the
            former. home: the final chord.
        rules: applied in turn, each with its probability.
        modal: whether a dominant may step back to a subdominant, as in loops that never cadence.
        turnaround: how probably a section's resting end leads back to a beginning.
    """

    mode: Mode
    vocabulary: Mapping[Function, Mapping[str, float]]
    skeletons: Mapping[Cadence, tuple[str, ...]]
    close: tuple[str, ...]
    home: str
    rules: tuple[tuple[float, Rule], ...] = ()
    modal: bool = False
    turnaround: float = 0.0

    def function_of(self, numeral: str) -> Function | None:
        for function, numerals in self.vocabulary.items():
            if numeral in numerals:
                return function
        return None


PERIODIC: dict[Cadence, tuple[str, ...]] = {
    Cadence.HALF: (
        "T | T | S | D",
        "T | S | T | D",
        "T | T S | S | D",
        "T | D | T S | D",
        "T | S | S D | D",
        "S | T | S | D",
        "S | S | T | D",
        "S | D | T S | D",
    ),
    Cadence.AUTHENTIC: (
        "T | T | S D | T",
        "T | S | D | T",
        "T | T S | D | T",
        "T | S T | S D | T",
        "S | T | S D | T",
    ),
    Cadence.CLOSE: ("T | T | S | D", "T | S | T | D", "T | T | T S | D"),
}
"""Questions and answers; those that open on the subdominant are for themes that lead away."""
LOOPS: dict[Cadence, tuple[str, ...]] = {
    Cadence.LOOP: (
        "T | T | S | D",
        "T | S | T | D",
        "T | S | S | D",
        "T | T | S | S D",
        "S | D | T | T",
        "S | T | S | D",
        "S | S | T | D",
    )
}
"""Four bars that come round."""


def write_phrase(idiom: Idiom, cadence: Cadence, rng: Generator, *, away: bool = False) -> Phrase:
    """Four bars that end in ``cadence``, or in a loop where the genre knows no other; ``away`` from the tonic
    they begin on the subdominant where the genre has such phrases."""
    options = idiom.skeletons.get(cadence) or idiom.skeletons[Cadence.LOOP]
    skeleton = pick(rng, [s for s in options if s.startswith("S") == away] or options)
    phrase = _fill(skeleton, cadence, idiom, rng)
    for chance, rule in idiom.rules:
        if rng.random() < chance:
            phrase = rule(phrase, idiom, rng)
    return close(phrase, idiom) if cadence is Cadence.CLOSE else phrase


def vary(phrase: Phrase, idiom: Idiom, rng: Generator) -> Phrase:
    """The phrase with one of the genre's rules applied, if one has a place in it."""
    changed = [new for _, rule in idiom.rules if (new := rule(phrase, idiom, rng)) != phrase]
    return pick(rng, changed) if changed else phrase


def close(phrase: Phrase, idiom: Idiom) -> Phrase:
    """The phrase with the genre's last cadence in its last bar; what led elsewhere before it stays at home."""
    *before, approach, _ = phrase
    if approach[-1].applied:
        first = approach[0]
        plain = Degree(next(iter(idiom.vocabulary["T"])), "T", BEATS)
        approach = (plain if first.applied else replace(first, beats=BEATS),)
    share = BEATS / len(idiom.close)
    functions: tuple[Function, ...] = ("S", "D") if len(idiom.close) == 2 else ("S",)
    last = (Degree(n, f, share) for n, f in zip(idiom.close, functions, strict=True))
    return (*before, approach, tuple(last))


def _freshness(numeral: str, before: str) -> float:
    """The share of its weight that a chord keeps when it, or its root, has just sounded."""
    if numeral == before:
        return 0.08
    return 0.3 if before and degree_of(numeral) == degree_of(before) else 1.0


def _fill(skeleton: str, cadence: Cadence, idiom: Idiom, rng: Generator) -> Phrase:
    """A chord for every function. A phrase opens, and an answer ends, on the plain tonic; mostly the root
    moves from each to the next."""
    bars, before = [], ""
    rows = [bar.split() for bar in skeleton.split("|")]
    for i, row in enumerate(rows):
        degrees = []
        for j, letter in enumerate(row):
            function: Function = letter  # type: ignore[assignment]
            options = idiom.vocabulary[function]
            ends = cadence is Cadence.AUTHENTIC and i == len(rows) - 1
            if function == "T" and (ends or (i == 0 and j == 0 and rng.random() < 0.85)):
                numeral = next(iter(options))
            else:
                numeral = weigh(rng, {n: w * _freshness(n, before) for n, w in options.items()})
            degrees.append(Degree(numeral, function, BEATS / len(row)))
            before = numeral
        bars.append(tuple(degrees))
    return tuple(bars)


def is_legal(phrase: Phrase, idiom: Idiom) -> bool:
    """Whether every chord may follow the one before it: from the dominant only to the tonic (or another dominant),
    from an applied chord a fifth or a semitone down, or up a semitone where it was a leading-tone chord."""
    key = Key(0, idiom.mode)
    for first, second in pairwise(degrees(phrase)):
        if first.applied:
            fall = (chord(first.numeral, key).root - chord(second.numeral, key).root) % 12
            if fall not in (1, 7, 11):
                return False
        elif not idiom.modal and first.function == "D" and second.function == "S" and not second.applied:
            return False
    return True


def degrees(phrase: Phrase) -> Iterator[Degree]:
    for bar in phrase:
        yield from bar


_TONICIZED = {"ii", "iii", "IV", "V", "vi", "iv", "bIII", "bVI", "bVII", "v"}


def applied_dominants(phrase: Phrase, idiom: Idiom, rng: Generator) -> Phrase:
    """One bar of a single chord makes room in its second half for the dominant of what follows."""
    return _apply(phrase, rng, lambda target: (f"V7/{target}",))


def applied_two_fives(phrase: Phrase, idiom: Idiom, rng: Generator) -> Phrase:
    """The same with the dominant's own subdominant before it, in a bar that is theirs."""
    return _apply(phrase, rng, _two_five, whole=True)


def _two_five(target: str) -> tuple[str, ...]:
    return (f"iiø7/{target}", f"V7b9/{target}") if target.islower() else (f"ii9/{target}", f"V13/{target}")


def _apply(
    phrase: Phrase, rng: Generator, dominant: Callable[[str], tuple[str, ...]], *, whole: bool = False
) -> Phrase:
    places = []
    for i, (bar, following) in enumerate(pairwise(phrase)):
        target = degree_of(following[0].numeral)
        free = len(bar) == 1 and bar[0].function == "T" and (i > 0 or not whole)
        if free and target in _TONICIZED and "/" not in following[0].numeral:
            places.append((i, target))
    if not places:
        return phrase
    i, target = pick(rng, places)
    chords = dominant(target)
    bar = phrase[i]
    if not whole:
        stay = replace(bar[0], beats=BEATS / 2)
        new: tuple[Degree, ...] = (stay, Degree(chords[0], "D", BEATS / 2, applied=True))
    else:
        new = tuple(Degree(numeral, "D", BEATS / len(chords), applied=True) for numeral in chords)
    return (*phrase[:i], new, *phrase[i + 1 :])


def two_fives(phrase: Phrase, idiom: Idiom, rng: Generator) -> Phrase:
    """A whole bar of dominant becomes a two-five, unless the subdominant has just been there."""
    two = max(idiom.vocabulary["S"], key=lambda numeral: numeral.startswith("ii"))
    bars, before = [], None
    for bar in phrase:
        whole = len(bar) == 1 and bar[0].function == "D" and not bar[0].applied
        prepared = before is not None and (before.function in "SD" or before.applied)
        if whole and not prepared:
            bar = (Degree(two, "S", BEATS / 2), replace(bar[0], beats=BEATS / 2))
        bars.append(bar)
        before = bar[-1]
    return tuple(bars)


def tritone_substitutes(phrase: Phrase, idiom: Idiom, rng: Generator) -> Phrase:
    """The last dominant that falls to a tonic comes from a semitone above instead; its third and seventh stay."""
    flat = list(degrees(phrase))
    places = [
        first
        for first, second in pairwise(flat)
        if first.function == "D" and second.function == "T" and degree_of(first.numeral) == "V"
    ]
    places = [degree for degree in places if "/" not in degree.numeral]
    if not places:
        return phrase
    chosen = places[-1]
    return tuple(
        tuple(replace(degree, numeral="bII7#11") if degree is chosen else degree for degree in bar)
        for bar in phrase
    )


def suspensions(phrase: Phrase, idiom: Idiom, rng: Generator) -> Phrase:
    """A whole bar of dominant is held back by its fourth, or by the six-four chord of the tonic."""
    tonic = "Ic" if idiom.mode == "major" else "ic"
    held = pick(rng, ("Vsus4", tonic))
    return tuple(
        (Degree(held, "D", BEATS / 2), replace(bar[0], beats=BEATS / 2))
        if len(bar) == 1 and bar[0].numeral in ("V", "V7")
        else bar
        for bar in phrase
    )


def lead_back(phrase: Phrase, idiom: Idiom, rng: Generator) -> Phrase:
    """A turnaround: the second half of a resting last bar is a dominant that wants the beginning again."""
    (last,) = phrase[-1] if len(phrase[-1]) == 1 else (None,)
    if last is None or last.function != "T":
        return phrase
    dominant = weigh(rng, idiom.vocabulary["D"])
    stay = replace(last, beats=BEATS / 2)
    return (*phrase[:-1], (stay, Degree(dominant, "D", BEATS / 2)))
