"""Ambient: chords that melt into each other over two bars, air above, a drone on the tonic, a deep root below,
bells by chance."""

from __future__ import annotations

from collections.abc import Iterator

from mixdown_music import desks
from mixdown_music.players import Generator, last_bass, last_chord, root_pitch
from mixdown_music.score import BEATS, Bar, Genre, Note

_HOLD = 2 * BEATS


def play(bar: Bar, rng: Generator) -> Iterator[Note]:
    force = 0.4 + 0.5 * bar.energy
    if bar.is_last:
        yield from last_chord(bar, rng, {"pad": force, "air": 0.5 * force}, octaves={"air": 1})
        yield last_bass("sub", bar, 0.6 * force, lowest=31)
        return
    if bar.position % 2 == 0 or bar.closing:
        yield from _swell(bar, rng, force)
    if bar.position % 4 == 0:
        drone = root_pitch(bar.key.tonic, 43)
        beats = BEATS * min(4, bar.length - bar.position) + 1.0
        yield from (Note("drone", bar.start, beats, pitch, 0.6 * force) for pitch in (drone, drone + 12))
    if rng.random() < 0.25 + 0.6 * bar.energy:
        yield from _bells(bar, rng, force)
    if bar.section == "chorus" and bar.position % 2 == 0:
        top = bar.harmony[0].voicing[-1]
        yield Note("line", bar.start, _HOLD - 1, top + (12 if top < 67 else 0), 0.6 * force)


def _swell(bar: Bar, rng: Generator, force: float) -> Iterator[Note]:
    """The chord, its notes entering one by one; the air comes and goes from chord to chord."""
    beats = BEATS if bar.turns or bar.closing or bar.coming != bar.harmony[0].chord else _HOLD
    air = float(rng.uniform(0.15, 0.75)) * (0.4 + bar.energy)
    for harmony in bar.harmony:
        length = beats if len(bar.harmony) == 1 else harmony.beats
        start = bar.start + harmony.beat
        for i, pitch in enumerate(harmony.voicing):
            entry = 0.25 * i if length > 2 else 0.0
            yield Note(
                "pad", start + entry, length - entry + 0.5, pitch, force * float(rng.uniform(0.75, 1.0))
            )
            if bar.energy > 0.25:
                yield Note("air", start + entry, length - entry, pitch + 12, min(air * force, 1.0))
        yield Note("sub", start, length, root_pitch(harmony.chord.root, 31), 0.7 * force)


def _bells(bar: Bar, rng: Generator, force: float) -> Iterator[Note]:
    scale = [p for p in range(74, 94) if p % 12 in bar.key.pentatonic()]
    for beat in sorted(
        rng.choice(8, size=1 + int(rng.integers(0, 1 + round(3 * bar.energy))), replace=False) / 2
    ):
        tones = [p for p in scale if p % 12 in bar.harmony_at(float(beat)).chord.pitch_classes()] or scale
        yield Note(
            "bells",
            bar.start + float(beat),
            1.5,
            int(rng.choice(tones)),
            force * float(rng.uniform(0.35, 0.8)),
        )


AMBIENT = Genre(
    name="ambient",
    tempo=(60, 76),
    modes=("major", "minor"),
    progressions={
        "major": (
            "Iadd9 | IVmaj9 | Iadd9 | vi7",
            "Iadd9 | vi9 | IVadd9 | V9sus",
            "Iadd9 | iii7 | IVmaj9 | Iadd9",
        ),
        "minor": (
            "iadd9 | bVImaj7 | i9 | iv9",
            "i9 | iv9 | bVImaj7 | i7",
            "iadd9 | bVII | bVImaj7 | v7",
        ),
    },
    cadence={"major": ("IVmaj9", "Iadd9"), "minor": ("iv9", "iadd9")},
    rhythms=(((0.0, 4.0), (4.0, 4.0)),),
    desk=desks.AMBIENT,
    play=play,
    centre=58,
    harmonic_rhythm=2,
)
