"""Players: the ways of playing that genres share. Each yields the notes of one bar for one part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

import numpy as np

from mixdown_music.melody import sing
from mixdown_music.score import BEATS, MAX_DELAY, Bar, Note

Generator = np.random.Generator


def swung(beat: float, swing: float) -> float:
    """Move the off-beat eighths late by ``swing`` beats; what lies between moves in proportion."""
    whole, part = divmod(beat, 1.0)
    middle = 0.5 + swing
    return whole + (part / 0.5 * middle if part < 0.5 else middle + (part - 0.5) / 0.5 * (1 - middle))


def _late(rng: Generator, lateness: float = 0.004) -> float:
    return float(np.clip(rng.normal(lateness, 0.003), 0.0, MAX_DELAY))


def _touch(rng: Generator, velocity: float) -> float:
    return float(np.clip(velocity * (1 + rng.normal(0, 0.06)), 0.05, 1.0))


def beat_pattern(
    part: str,
    bar: Bar,
    rng: Generator,
    lines: Mapping[int, str],
    force: float,
    *,
    swing: float = 0.0,
    late: Mapping[int, float] | None = None,
) -> Iterator[Note]:
    """Drums from lines of sixteen steps a bar: a digit is a velocity in ninths, ``.`` a rest, ``?`` a ghost note
    that falls every third time or so."""
    for pitch, line in lines.items():
        for step, mark in enumerate(line.replace(" ", "")):
            if mark == "." or (mark == "?" and rng.random() > 0.35):
                continue
            velocity = 0.25 if mark == "?" else int(mark) / 9
            lateness = (late or {}).get(pitch, 0.003)
            yield Note(
                part,
                bar.start + swung(step / 4, swing),
                0.25,
                pitch,
                _touch(rng, velocity * force),
                _late(rng, lateness),
            )


def chords(
    part: str,
    bar: Bar,
    rng: Generator,
    rhythm: Sequence[tuple[float, float]],
    force: float,
    *,
    swing: float = 0.0,
    strum: float = 0.008,
    octave: int = 0,
) -> Iterator[Note]:
    """The bar's voicings in a rhythm of (beat, beats), rolled from below by ``strum`` seconds a note."""
    for beat, beats in rhythm:
        voicing = bar.harmony_at(beat).voicing
        accent = force * (1.0 if beat % 2 == 0 else 0.88)
        start = _late(rng)
        for i, pitch in enumerate(voicing):
            delay = min(start + i * strum, MAX_DELAY)
            yield Note(
                part, bar.start + swung(beat, swing), beats, pitch + 12 * octave, _touch(rng, accent), delay
            )


def held(
    part: str, bar: Bar, rng: Generator, force: float, *, octave: int = 0, overlap: float = 0.1
) -> Iterator[Note]:
    """Each harmony held until the next, a little over it."""
    for harmony in bar.harmony:
        for pitch in harmony.voicing:
            yield Note(
                part,
                bar.start + harmony.beat,
                harmony.beats + overlap,
                pitch + 12 * octave,
                _touch(rng, force),
            )


def root_pitch(pitch_class: int, lowest: int = 28) -> int:
    """The pitch class in the octave from ``lowest``."""
    return lowest + (pitch_class - lowest) % 12


def bass_line(
    part: str,
    bar: Bar,
    rng: Generator,
    rhythm: Sequence[tuple[float, float, str]],
    force: float,
    *,
    swing: float = 0.0,
    lowest: int = 28,
) -> Iterator[Note]:
    """A bass from (beat, beats, what): ``r`` root, ``5`` fifth, ``8`` octave, ``a`` a step into the next root."""
    coming = root_pitch(bar.coming.root, lowest)
    for beat, beats, what in rhythm:
        chord = bar.harmony_at(beat).chord
        root = root_pitch(chord.root, lowest)
        fifth = root + chord.fifth if root + chord.fifth <= lowest + 14 else root + chord.fifth - 12
        pitch = {"r": root, "5": fifth, "8": root + 12, "a": _approach(coming, bar, rng)}[what]
        yield Note(part, bar.start + swung(beat, swing), beats, pitch, _touch(rng, force), _late(rng, 0.006))


def _approach(target: int, bar: Bar, rng: Generator) -> int:
    """A scale tone beside the target; a semitone below it where chance wants colour."""
    if rng.random() < 0.3:
        return target - 1
    scale = bar.key.scale()
    direction = 1 if rng.random() < 0.5 else -1
    return next(p for p in (target + direction * d for d in (1, 2, 3)) if p % 12 in scale)


def walking_bass(part: str, bar: Bar, rng: Generator, force: float, *, swing: float = 0.0) -> Iterator[Note]:
    """Four quarters: the root, two chord tones on the way, and a step into the next root."""
    for harmony, following in zip_longest(bar.harmony, bar.harmony[1:]):
        root = root_pitch(harmony.chord.root)
        target = root_pitch(following.chord.root if following else bar.coming.root)
        tones = [root, root + harmony.chord.intervals[1], root + harmony.chord.fifth]
        beats = int(harmony.beats)
        line = [root, *(int(rng.choice(tones)) for _ in range(beats - 2)), _approach(target, bar, rng)][
            :beats
        ]
        for i, pitch in enumerate(line):
            beat = harmony.beat + i
            yield Note(
                part, bar.start + beat, 0.92, pitch, _touch(rng, force * (1 if i % 2 else 0.93)), _late(rng)
            )
            if i == beats - 1 and rng.random() < 0.15:
                yield Note(part, bar.start + swung(beat + 0.5, swing), 0.3, root, 0.6 * force, _late(rng))


def arpeggio(
    part: str,
    bar: Bar,
    rng: Generator,
    shape: Sequence[int],
    step: float,
    force: float,
    *,
    octave: int = 0,
    length: float = 0.9,
    swing: float = 0.0,
) -> Iterator[Note]:
    """The voicing one note after another: ``shape`` counts its notes from below and goes on in octaves."""
    for i in range(round(BEATS / step)):
        beat = i * step
        voicing = bar.harmony_at(beat).voicing
        up, index = divmod(shape[i % len(shape)], len(voicing))
        accent = 1.0 if beat % 1 == 0 else 0.78
        yield Note(
            part,
            bar.start + swung(beat, swing),
            step * length,
            voicing[index] + 12 * (up + octave),
            _touch(rng, force * accent),
            _late(rng, 0.001),
        )


def melody(
    part: str, bar: Bar, rng: Generator, force: float, *, swing: float = 0.0, octave: int = 0
) -> Iterator[Note]:
    """The theme's tune, laid back a little."""
    for beat, beats, pitch in sing(bar, rng):
        accent = 1.0 if beat % 2 == 0 else 0.85
        yield Note(
            part,
            bar.start + swung(beat, swing),
            beats,
            pitch + 12 * octave,
            _touch(rng, force * accent),
            _late(rng, 0.01),
        )


def last_chord(
    bar: Bar, rng: Generator, parts: Mapping[str, float], *, octaves: Mapping[str, int] | None = None
) -> Iterator[Note]:
    """The final chord, gently rolled, in every named part at its force."""
    for part, force in parts.items():
        octave = (octaves or {}).get(part, 0)
        for i, pitch in enumerate(bar.harmony[0].voicing):
            yield Note(
                part, bar.start, bar.beats, pitch + 12 * octave, _touch(rng, force), min(0.009 * i, MAX_DELAY)
            )


def last_bass(part: str, bar: Bar, force: float, *, lowest: int = 28) -> Note:
    return Note(part, bar.start, bar.beats, root_pitch(bar.harmony[0].chord.root, lowest), force)
