"""A jazz solo: lines of eighths in the scale of each chord, aimed at the third or seventh of the chord that comes,
reached by a chromatic or enclosing approach, with breath between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mixdown_music.dice import Generator, pick
from mixdown_music.grammar import BEATS
from mixdown_music.melody import Tone, harmony_at, nearest
from mixdown_music.theory import Chord, Key, chord_scale
from mixdown_music.voicing import Harmony

_EIGHTH = 0.5


def guide_tones(chord: Chord) -> tuple[int, ...]:
    """Third and seventh: what tells one chord from another."""
    tones = [chord.third] if chord.seventh is None else [chord.third, chord.seventh]
    return tuple((chord.root + tone) % 12 for tone in tones)


def improvise(
    harmony: Sequence[tuple[Harmony, ...]], key: Key, centre: int, density: float, rng: Generator
) -> list[Tone]:
    """A solo over a phrase of bars; ``density`` from 0 (few words) to 1."""
    end = float(BEATS * len(harmony))
    beat = pick(rng, (0.5, 1.0, 1.5, 0.0))
    pitch = centre + int(rng.integers(-4, 5))
    line: list[Tone] = []
    while beat < end - 1:
        length = pick(rng, (5, 7, 8, 11) if density > 0.5 else (3, 4, 5, 7))
        run = _run(beat, min(length, int((end - beat) / _EIGHTH)), pitch, harmony, key, centre, rng)
        line += run
        pitch = run[-1].pitch
        beat = (
            run[-1].beat
            + run[-1].beats
            + pick(rng, (0.5, 1.0, 1.0, 1.5) if density > 0.5 else (1.5, 2.0, 2.5))
        )
    return line


def _run(
    beat: float,
    length: int,
    pitch: int,
    harmony: Sequence[tuple[Harmony, ...]],
    key: Key,
    centre: int,
    rng: Generator,
) -> list[Tone]:
    """Eighths that run one way until they near the edge of the register; on a new chord a guide tone."""
    direction = 1 if pitch < centre else -1
    run: list[Tone] = []
    for i in range(length):
        now = harmony_at(harmony, beat)
        scale = chord_scale(now.chord, key)
        if beat % BEATS == now.beat:
            pitch = nearest(pitch + direction, guide_tones(now.chord))
        elif beat % 1 == 0 and i and rng.random() < 0.7:
            pitch = nearest(pitch + 2 * direction, now.chord.pitch_classes())
        elif _arrives(harmony, beat) and rng.random() < 0.5:
            target = nearest(pitch, guide_tones(harmony_at(harmony, beat + _EIGHTH).chord))
            pitch = target - direction
        else:
            pitch = nearest(pitch + 2 * direction, scale)
        if abs(pitch - centre) > 9:
            direction = -int(np.sign(pitch - centre))
            pitch = nearest(pitch + 4 * direction, now.chord.pitch_classes())
        elif rng.random() < 0.12:
            direction = -direction
        last = i == length - 1
        run.append(Tone(beat, pick(rng, (0.4, 1.0, 1.5)) if last else _EIGHTH, pitch))
        beat += _EIGHTH
    return run


def _arrives(harmony: Sequence[tuple[Harmony, ...]], beat: float) -> bool:
    """Whether another chord begins an eighth later."""
    return beat + _EIGHTH < BEATS * len(harmony) and harmony_at(harmony, beat + _EIGHTH) is not harmony_at(
        harmony, beat
    )
