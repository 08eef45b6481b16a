"""Melody: ideas of two bars, kept in shape and fitted to whatever chord is under them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mixdown_music.score import BEATS, Bar, Genre, Phrase

_STEPS = (-2, -1, -1, -1, 0, 1, 1, 1, 2)
_LEAPS = (-4, -3, 3, 4)


def draw_phrase(genre: Genre, rng: np.random.Generator) -> Phrase:
    """A new idea: one of the genre's rhythms and a contour that wanders by step, leaps seldom and turns back."""
    rhythm = genre.rhythms[int(rng.integers(len(genre.rhythms)))]
    position, leaped, notes = int(rng.integers(-1, 3)), 0, []
    for beat, beats in rhythm:
        notes.append((beat, beats, position))
        if leaped:
            step = -1 if leaped > 0 else 1
        else:
            step = int(rng.choice(_LEAPS if rng.random() < 0.15 else _STEPS))
        leaped = step if abs(step) > 2 else 0
        position = int(np.clip(position + step, -4, 5))
    return Phrase(tuple(notes), genre.register + int(rng.integers(-2, 3)))


def sing(bar: Bar, rng: np.random.Generator) -> Iterator[tuple[float, float, int]]:
    """This bar's part of the theme as (beat within the bar, beats, MIDI pitch).

    The idea is counted from the tonic. Strong beats take the nearest tone of the chord's triad, the rest stays in the pentatonic scale. Every fourth bar varies,
    and a section's end comes to rest on the tonic or the fifth.
    """
    phrase, second = bar.theme.phrase, bar.position % 2
    scale = _ladder(bar.key.pentatonic(), phrase.register)
    middle = scale.index(_nearest(phrase.register, (bar.key.tonic,)))
    vary = bar.position % 4 == 3
    for beat, beats, step in phrase.notes:
        if int(beat // BEATS) != second:
            continue
        beat -= second * BEATS
        if vary and beat > 0 and rng.random() < 0.3:
            continue
        if vary and rng.random() < 0.4:
            step += int(rng.integers(-1, 2))
        pitch = scale[int(np.clip(middle + step, 0, len(scale) - 1))]
        if beat % 2 == 0:
            pitch = _nearest(pitch, bar.harmony_at(beat).chord.pitch_classes()[:3])
        yield beat, beats, pitch
    if bar.turns and not second:
        yield 0.0, 2.0, _nearest(phrase.register, (bar.key.tonic, (bar.key.tonic + 7) % 12))


def _ladder(pitch_classes: tuple[int, ...], around: int) -> list[int]:
    return [pitch for pitch in range(around - 14, around + 15) if pitch % 12 in pitch_classes]


def _nearest(pitch: int, pitch_classes: tuple[int, ...]) -> int:
    return min(range(pitch - 6, pitch + 7), key=lambda p: (p % 12 not in pitch_classes, abs(p - pitch)))
