"""Orchestral: strings in four parts, a driven accompaniment, flute or horn on the tune, timpani where it is loud."""

from __future__ import annotations

from collections.abc import Iterator

from mixdown_music import desks
from mixdown_music.players import (
    Generator,
    arpeggio,
    bass_line,
    beat_pattern,
    held,
    last_bass,
    last_chord,
    melody,
    root_pitch,
)
from mixdown_music.score import Bar, Genre, Note
from mixdown_music.synth.kit import CRASH

_DRUM = 40
"""The lowest timpani pitch."""
_SHAPES = ((0, 2, 1, 2), (0, 1, 2, 1), (0, 2, 3, 2), (2, 1, 0, 1))


def play(bar: Bar, rng: Generator) -> Iterator[Note]:
    force = 0.35 + 0.6 * bar.energy
    pattern = bar.theme.pattern
    if bar.is_last:
        yield from last_chord(bar, rng, {"violins": force, "horns": 0.7 * force}, octaves={"horns": 0})
        yield last_bass("basses", bar, force, lowest=31)
        if bar.energy > 0.45:
            yield last_bass("timpani", bar, force, lowest=_DRUM)
        return
    yield from held("violins", bar, rng, 0.85 * force)
    yield from bass_line(
        "basses", bar, rng, tuple((h.beat, h.beats, "r") for h in bar.harmony), force, lowest=31
    )
    if bar.energy > 0.3:
        plucked = bar.energy < 0.55
        yield from arpeggio(
            "pizzicato" if plucked else "spiccato",
            bar,
            rng,
            _SHAPES[pattern % len(_SHAPES)],
            1.0 if plucked and bar.energy < 0.42 else 0.5,
            0.85 * force,
        )
    if bar.section in ("verse", "chorus") and bar.energy > 0.25:
        loud = bar.energy > 0.62
        yield from melody("horns" if loud else "flute", bar, rng, 0.95 * force, octave=-1 if loud else 0)
        if bar.energy > 0.75:
            yield from melody("violins", bar, rng, 0.8 * force)
    if bar.energy > 0.5:
        root = root_pitch(bar.harmony[0].chord.root, _DRUM)
        yield from beat_pattern("timpani", bar, rng, {root: _strokes(bar)}, force)
    if bar.energy > 0.7 and bar.position == 0:
        yield Note("cymbals", bar.start, 1.0, CRASH, 0.8 * force)


def _strokes(bar: Bar) -> str:
    if bar.turns:
        return "7... .... 4.5. 5678"
    return "7... .... .... ...." if bar.energy < 0.68 else "8... .... 6... ...."


ORCHESTRAL = Genre(
    name="orchestral",
    tempo=(76, 112),
    modes=("minor", "major"),
    progressions={
        "major": ("I | V | vi | IV", "I | IV | ii7 | V", "I vi | IV | ii7 | Vsus4 V", "I | iii | IV | V7"),
        "minor": (
            "i | bVI | bIII | bVII",
            "i | iv | bVI | V",
            "i | bVII | bVI | V7",
            "i iv | V | bVI | iv V",
        ),
    },
    cadence={"major": ("IV V7", "I"), "minor": ("iv V7", "i")},
    rhythms=(
        ((0.0, 2.0), (2.0, 1.0), (3.0, 1.0), (4.0, 3.0), (7.0, 1.0)),
        ((0.0, 1.5), (1.5, 0.5), (2.0, 2.0), (4.0, 1.0), (5.0, 1.0), (6.0, 2.0)),
        ((0.0, 1.0), (1.0, 1.0), (2.0, 2.0), (4.0, 1.5), (5.5, 0.5), (6.0, 2.0)),
        ((0.0, 3.0), (3.0, 1.0), (4.0, 2.0), (6.0, 2.0)),
    ),
    desk=desks.ORCHESTRAL,
    play=play,
    centre=60,
    register=74,
)
