"""Voice leading: which octave, inversion and spacing of a chord follows the last one most smoothly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise, product

from mixdown_music.grammar import Function
from mixdown_music.theory import Chord

Voicing = tuple[int, ...]
"""MIDI pitches, lowest first."""


@dataclass(frozen=True, slots=True)
class Harmony:
    """A chord sounding from ``beat`` (within its bar) for ``beats``, with the voicing that it was led to."""

    beat: float
    beats: float
    chord: Chord
    function: Function
    voicing: Voicing


def upper_structure(chord: Chord, voices: int) -> tuple[int, ...]:
    """The pitch classes that say most in ``voices`` notes over a bass: of a rich chord the fifth goes
    first, then the root; thirds, sevenths and extensions stay."""
    intervals = list(chord.intervals)
    for dispensable in (7, 0):
        if len(intervals) > voices and dispensable in intervals:
            intervals.remove(dispensable)
    return tuple((chord.root + interval) % 12 for interval in intervals[:voices])


@lru_cache(maxsize=4096)
def lead(chord: Chord, previous: Voicing, *, voices: int = 4, centre: int = 60) -> Voicing:
    """The voicing nearest to ``previous`` (empty for the first chord), around the MIDI pitch ``centre``."""
    return min(_candidates(upper_structure(chord, voices), centre), key=lambda v: _cost(v, previous, centre))


def _candidates(pitch_classes: tuple[int, ...], centre: int) -> list[Voicing]:
    """Close positions, and those with the second voice from above an octave lower (drop two)."""
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
    cost += 6 * (voicing[-1] - voicing[-2] == 1)  # a minor second on top hides the tune
    if previous:
        cost += sum(min(abs(pitch - other) for other in previous) for pitch in voicing)
        cost += abs(voicing[-1] - previous[-1])
    return cost


BASS, TENOR, ALTO, SOPRANO = range(40, 61), range(50, 67), range(57, 73), range(63, 79)
"""What four string sections play in C; other keys move them by up to six semitones."""


@lru_cache(maxsize=4096)
def lead_in_four(chord: Chord, previous: Voicing) -> Voicing:
    """Bass, tenor, alto and soprano by the rules of the school: no fifths or octaves in parallel, none reached by
    leaps of the outer voices in one direction, no crossing, upper neighbours within an octave, leading tones and
    sevenths neither doubled nor left without their step where that is possible, and as little motion as may be.
    """
    return min(_in_four(chord), key=lambda voicing: (_faults(voicing, previous), _motion(voicing, previous)))


@lru_cache(maxsize=512)
def _in_four(chord: Chord) -> tuple[Voicing, ...]:
    """All arrangements in range that are complete (a seventh may cost the fifth)."""
    tones = chord.pitch_classes()[:4]
    needed = {(chord.root + chord.third) % 12, *tones[3:]} | {chord.root}
    tender = {(chord.root + 4) % 12 if chord.seventh == 10 and chord.third == 4 else -1, *tones[3:]}
    found = []
    upper = [[p for p in voice if p % 12 in tones] for voice in (TENOR, ALTO, SOPRANO)]
    for bass in (p for p in BASS if p % 12 == chord.lowest):
        for tenor, alto, soprano in product(*upper):
            voicing = (bass, tenor, alto, soprano)
            if not bass <= tenor < alto < soprano or alto - tenor > 12 or soprano - alto > 12:
                continue
            classes = [pitch % 12 for pitch in voicing]
            if needed <= set(classes) and all(classes.count(tone) < 2 for tone in tender):
                found.append(voicing)
    return tuple(found)


def parallels(previous: Voicing, voicing: Voicing) -> int:
    """Pairs of voices that move together from one perfect fifth, octave or unison into another of its kind."""
    count = 0
    for (a, b), (c, d) in zip(combinations(previous, 2), combinations(voicing, 2), strict=True):
        same = (b - a) % 12 == (d - c) % 12 and (d - c) % 12 in (0, 7)
        count += same and a != c and b != d
    return count


def _faults(voicing: Voicing, previous: Voicing) -> float:
    if not previous:
        return 0
    faults = 10.0 * parallels(previous, voicing)
    up = voicing[0] - previous[0], voicing[-1] - previous[-1]
    hidden = up[0] * up[1] > 0 and abs(up[1]) > 2 and (voicing[-1] - voicing[0]) % 12 in (0, 7)
    overlap = sum(previous[i] > voicing[i + 1] or voicing[i] > previous[i + 1] for i in range(3))
    leaps = sum(abs(a - b) > 7 for a, b in zip(previous[1:], voicing[1:], strict=True))
    return faults + 2 * hidden + overlap + 2 * leaps + (abs(up[0]) > 12)


def _motion(voicing: Voicing, previous: Voicing) -> float:
    """Semitones that the upper voices travel, a little for the bass, and a pull to the middle of the ranges."""
    middle = sum(abs(p - m) for p, m in zip(voicing[1:], (58, 64, 70), strict=True))
    if not previous:
        return float(middle)
    travel = sum(abs(a - b) for a, b in zip(previous[1:], voicing[1:], strict=True))
    return travel + 0.25 * abs(voicing[0] - previous[0]) + 0.2 * middle
