"""Melody: a motif is stated, repeated, moved along the scale, varied and brought to rest, and fitted to the
harmony under it: chord tones where the beat is strong, scale tones between them, every tension resolved by step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from mixdown_music.dice import Generator, pick
from mixdown_music.grammar import BEATS, Cadence
from mixdown_music.theory import Key, chord_scale
from mixdown_music.voicing import Harmony


class Tone(NamedTuple):
    """A note of a tune: beats counted from the start of its bar or phrase."""

    beat: float
    beats: float
    pitch: int


class Step(NamedTuple):
    """A note of a motif: ``step`` counts along the scale from where the motif stands."""

    beat: float
    beats: float
    step: int


Rhythm = tuple[tuple[float, float], ...]
"""(beat, beats) over two bars."""


@dataclass(frozen=True, slots=True)
class Motif:
    """Two bars of rhythm and contour."""

    steps: tuple[Step, ...]

    def bar(self, index: int) -> tuple[Step, ...]:
        start = index * BEATS
        return tuple(s._replace(beat=s.beat - start) for s in self.steps if start <= s.beat < start + BEATS)

    def moved(self, by: int) -> Motif:
        """A sequence: the same shape on another step."""
        return replace(self, steps=tuple(s._replace(step=s.step + by) for s in self.steps))

    def inverted(self) -> Motif:
        first = self.steps[0].step if self.steps else 0
        return replace(self, steps=tuple(s._replace(step=2 * first - s.step) for s in self.steps))


@dataclass(frozen=True, slots=True)
class Subject:
    """What a theme sings: its motif, how the phrase goes on with it, and where."""

    motif: Motif
    plan: str
    """``period``: two bars and their answer. ``sentence``: one bar, one bar, two bars that drive to the cadence."""
    sequence: int
    """Steps by which the repetition is moved."""
    register: int
    """MIDI pitch of the tonic around which it moves."""


_STEPS = (-2, -1, -1, -1, 1, 1, 1, 1, 2)
_LEAPS = (-3, 3, 3, 4)


def draw_subject(rhythms: Sequence[Rhythm], register: int, rng: Generator) -> Subject:
    """A contour that rises and falls by step, leaps seldom and then turns back."""
    position, leaped, steps = pick(rng, (0, 2, 4, 2)), 0, []
    for beat, beats in pick(rng, rhythms):
        steps.append(Step(beat, beats, position))
        if leaped:
            step = -1 if leaped > 0 else 1
        else:
            step = pick(rng, _LEAPS) if rng.random() < 0.12 else pick(rng, _STEPS)
        leaped = step if abs(step) > 2 else 0
        # Far from home it is drawn back: a tune is an arch.
        position = int(np.clip(position + (step if abs(position + step - 2) < 5 else -step), -3, 7))
    plan = pick(rng, ("period", "sentence", "period"))
    return Subject(Motif(tuple(steps)), plan, pick(rng, (-2, -1, 1, 1, 2)), register)


def phrase_of(subject: Subject, cadence: Cadence, bars: int) -> list[Step]:
    """The subject laid over a phrase of up to four bars; a cadence empties its last bar for the final note."""
    motif, moved = subject.motif, subject.motif.moved(subject.sequence)
    answer = moved if cadence is Cadence.HALF else motif.inverted() if subject.sequence > 1 else motif
    if subject.plan == "period":
        rows = [motif.bar(0), motif.bar(1), answer.bar(0), answer.bar(1)]
    else:
        fragment = tuple(s for s in motif.moved(2 * subject.sequence).bar(0) if s.beat < BEATS / 2)
        again = tuple(s._replace(beat=s.beat + BEATS / 2, step=s.step - 1) for s in fragment)
        rows = [motif.bar(0), moved.bar(0), fragment + again, motif.bar(1)]
    rows = rows[-bars:]
    return [s._replace(beat=s.beat + BEATS * i) for i, row in enumerate(rows) for s in row]


def sing(
    subject: Subject,
    cadence: Cadence,
    harmony: Sequence[tuple[Harmony, ...]],
    key: Key,
    rng: Generator,
    *,
    visit: int = 0,
) -> list[Tone]:
    """The phrase's tune over its bars of harmony. From the second ``visit`` on it is ornamented by chance."""
    steps = phrase_of(subject, cadence, len(harmony))
    if visit:
        steps = _ornament(steps, rng)
    tune = _follow(steps, subject.register, harmony, key)
    if cadence in (Cadence.HALF, Cadence.AUTHENTIC) and len(harmony) > 1:
        tune = _rest(tune, cadence, harmony, key, subject.register)
    return resolve(tune, harmony)


def _follow(
    steps: Sequence[Step], register: int, harmony: Sequence[tuple[Harmony, ...]], key: Key
) -> list[Tone]:
    """The contour in pitches that fit. Each goes from where the one before has really landed, drawn back to the
    contour where it has strayed, and no further than a sixth at a time."""
    scale = [p for p in range(register - 12, register + 20) if p % 12 in key.scale()]
    home = scale.index(min((p for p in scale if p % 12 == key.tonic), key=lambda p: abs(p - register)))
    tune: list[Tone] = []
    meant = 0
    for step in steps:
        contour = scale[int(np.clip(home + step.step, 0, len(scale) - 1))]
        aim = contour
        if tune:
            aim = tune[-1].pitch + contour - meant
            aim += int(np.clip(contour - aim, -2, 2))
            aim = tune[-1].pitch + int(np.clip(aim - tune[-1].pitch, -8, 8))
        meant = contour
        tune.append(Tone(step.beat, step.beats, _fit(step, aim, harmony, key)))
    return tune


def harmony_at(harmony: Sequence[tuple[Harmony, ...]], beat: float) -> Harmony:
    """What sounds at a beat of a phrase."""
    bar = harmony[min(int(beat // BEATS), len(harmony) - 1)]
    within = beat - BEATS * int(beat // BEATS)
    return next((h for h in reversed(bar) if h.beat <= within + 1e-9), bar[0])


def is_strong(beat: float, beats: float) -> bool:
    """Where a listener expects a chord tone: on the first and third beat, and wherever a note stays."""
    return beat % 2 == 0 or beats >= 1.5


def nearest(pitch: int, pitch_classes: Sequence[int]) -> int:
    """The pitch of these classes nearest to ``pitch``, the lower one of two."""
    return min(range(pitch - 6, pitch + 7), key=lambda p: (p % 12 not in pitch_classes, abs(p - pitch)))


def _fit(step: Step, pitch: int, harmony: Sequence[tuple[Harmony, ...]], key: Key) -> int:
    chord = harmony_at(harmony, step.beat).chord
    if is_strong(step.beat, step.beats):
        return nearest(pitch, chord.pitch_classes()[:4])
    return nearest(pitch, chord_scale(chord, key))


def _rest(
    tune: list[Tone], cadence: Cadence, harmony: Sequence[tuple[Harmony, ...]], key: Key, register: int
) -> list[Tone]:
    """The last bar is one long note: a question stays open on the dominant's fifth or third, an answer comes home."""
    start = float(BEATS * (len(harmony) - 1))
    before = [tone for tone in tune if tone.beat < start]
    around = before[-1].pitch if before else register
    chord = harmony_at(harmony, start).chord
    wanted = (key.tonic,) if cadence is Cadence.AUTHENTIC and key.tonic in chord.pitch_classes() else ()
    final = nearest(around, wanted or chord.pitch_classes()[1:3])
    before = [tone._replace(beats=min(tone.beats, start - tone.beat)) for tone in before]
    return [*before, Tone(start, min(3.0, harmony[-1][0].beats), final)]


def resolve(tune: list[Tone], harmony: Sequence[tuple[Harmony, ...]]) -> list[Tone]:
    """Whoever is no chord tone goes on by step; where the tune leaps away instead, it takes a chord tone."""
    resolved = list(tune)
    for i in reversed(range(len(resolved))):  # so that what it resolves to is settled
        tone = resolved[i]
        tones = harmony_at(harmony, tone.beat).chord.pitch_classes()
        following = resolved[i + 1].pitch if i + 1 < len(resolved) else None
        if tone.pitch % 12 not in tones and (following is None or not 0 < abs(following - tone.pitch) <= 2):
            resolved[i] = tone._replace(pitch=nearest(tone.pitch, tones))
    return resolved


def _ornament(steps: list[Step], rng: Generator) -> list[Step]:
    """Long notes are broken by a neighbour now and then, short ones left out."""
    varied: list[Step] = []
    for step in steps:
        if step.beats >= 1.0 and step.beat % 1 == 0 and rng.random() < 0.3:
            half = step.beats / 2
            varied.append(step._replace(beats=half))
            turn = pick(rng, (-1, 1, 1))
            varied.append(Step(step.beat + half, half, step.step + turn))
        elif step.beat % 1 == 0 or rng.random() > 0.15:
            varied.append(step)
    return varied
