"""Voice leading: which octave and inversion of a chord follows the last one most smoothly."""

from __future__ import annotations

from itertools import pairwise

from mixdown_music.theory import Chord

Voicing = tuple[int, ...]
"""MIDI pitches, lowest first."""


def upper_structure(chord: Chord, voices: int) -> tuple[int, ...]:
    """The pitch classes that say most in ``voices`` notes over a bass: of a rich chord the fifth goes
    first, then the root; thirds, sevenths and extensions stay."""
    intervals = list(chord.intervals)
    for dispensable in (7, 0):
        if len(intervals) > voices and dispensable in intervals:
            intervals.remove(dispensable)
    return tuple((chord.root + interval) % 12 for interval in intervals[:voices])


def lead(chord: Chord, previous: Voicing, *, voices: int = 4, centre: int = 60) -> Voicing:
    """The voicing nearest to ``previous`` (empty for the first chord), around the MIDI pitch ``centre``."""
    return min(_candidates(upper_structure(chord, voices), centre), key=lambda v: _cost(v, previous, centre))


def _candidates(pitch_classes: tuple[int, ...], centre: int) -> list[Voicing]:
    close: list[Voicing] = []
    for lowest in range(centre - 13, centre + 3):
        if lowest % 12 in pitch_classes:
            others = (lowest + (pc - lowest) % 12 for pc in pitch_classes if pc != lowest % 12)
            close.append((lowest, *sorted(others)))
    opened = [tuple(sorted((*v[:-2], v[-2] - 12, v[-1]))) for v in close if len(v) > 3]
    return close + opened


def _cost(voicing: Voicing, previous: Voicing, centre: int) -> float:
    mean = sum(voicing) / len(voicing)
    cost = 0.35 * abs(mean - centre) * len(voicing)
    cost += 6 * sum(1 for low, high in pairwise(voicing) if high - low == 1 and low < 58)  # muddy low seconds
    if previous:
        cost += sum(min(abs(pitch - other) for other in previous) for pitch in voicing)
        cost += abs(voicing[-1] - previous[-1])
    return cost
