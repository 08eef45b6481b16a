"""Players: the ways of playing that genres share. Each yields the notes of one bar for one part, written straight
and exact; the groove makes them human."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

from mixdown_music.dice import Generator, pick
from mixdown_music.genre import Bar
from mixdown_music.grammar import BEATS
from mixdown_music.melody import Tone
from mixdown_music.score import MAX_DELAY, Control, Move, Note
from mixdown_music.theory import Chord
from mixdown_music.voicing import Voicing

_GHOST = 0.35
"""How often a ghost note falls."""


def beat_pattern(
    part: str, bar: Bar, rng: Generator, lines: Mapping[int, str], force: float
) -> Iterator[Note]:
    """Drums from lines of sixteen steps a bar: a digit is a velocity in ninths, ``.`` a rest, ``?`` a ghost note
    that falls every third time or so."""
    for pitch, line in lines.items():
        for step, mark in enumerate(line.replace(" ", "")):
            if mark == "." or (mark == "?" and rng.random() > _GHOST):
                continue
            velocity = 0.25 if mark == "?" else int(mark) / 9
            yield Note(part, bar.start + step / 4, 0.25, pitch, velocity * force)


def chords(
    part: str,
    bar: Bar,
    rhythm: Sequence[tuple[float, float]],
    force: float,
    *,
    strum: float = 0.008,
    octave: int = 0,
) -> Iterator[Note]:
    """The bar's voicings in a rhythm of (beat, beats), rolled from below by ``strum`` seconds a note. A chord that
    changes under a held one is played with it."""
    for beat, beats in rhythm:
        accent = force * (1.0 if beat % 2 == 0 else 0.88)
        for start, length in _without_clashes(bar, beat, beats):
            voicing = bar.harmony_at(start).voicing
            for i, pitch in enumerate(voicing):
                delay = min(i * strum, MAX_DELAY)
                yield Note(part, bar.start + start, length, pitch + 12 * octave, accent, delay)


def _without_clashes(bar: Bar, beat: float, beats: float) -> Iterator[tuple[float, float]]:
    """The span, cut where the harmony changes."""
    end = min(beat + beats, float(BEATS))
    starts = [beat, *(h.beat for h in bar.harmony if beat < h.beat < end)]
    for start, following in zip_longest(starts, starts[1:]):
        yield start, (following if following is not None else end) - start


def held(
    part: str, bar: Bar, force: float, *, voices: slice = slice(None), octave: int = 0, overlap: float = 0.0
) -> Iterator[Note]:
    """Each harmony held until the next; ``voices`` takes some of the voicing."""
    for harmony in bar.harmony:
        for pitch in harmony.voicing[voices]:
            yield Note(part, bar.start + harmony.beat, harmony.beats + overlap, pitch + 12 * octave, force)


def root_pitch(pitch_class: int, lowest: int = 33) -> int:
    """The pitch class in the octave from ``lowest``."""
    return lowest + (pitch_class - lowest) % 12


def bass_line(
    part: str,
    bar: Bar,
    rng: Generator,
    rhythm: Sequence[tuple[float, float, str]],
    force: float,
    *,
    lowest: int = 33,
) -> Iterator[Note]:
    """A bass from (beat, beats, what): ``r`` root, ``5`` fifth, ``8`` octave, ``a`` a step into the next root. Where
    another chord begins meanwhile it is rooted, too."""
    roots = {h.beat for h in bar.harmony}
    steps = [*rhythm, *((beat, 1.0, "r") for beat in roots if all(beat != b for b, _, _ in rhythm))]
    for beat, beats, what in sorted(steps):
        chord = bar.harmony_at(beat).chord
        root = root_pitch(chord.lowest, lowest)
        if beat in roots:
            what = "r"
        fifth = root + chord.fifth if chord.bass == 0 else root + 12
        later = min((b for b, _, _ in steps if b > beat), default=float(BEATS))
        pitch = {"r": root, "5": fifth if fifth <= lowest + 14 else fifth - 12, "8": root + 12}.get(what)
        if pitch is None:
            pitch = approach(root_pitch(bar.coming.lowest, lowest), bar, rng)
        yield Note(part, bar.start + beat, min(beats, later - beat), pitch, force)


def approach(target: int, bar: Bar, rng: Generator) -> int:
    """A scale tone beside the target; a semitone below it where chance wants colour."""
    if rng.random() < 0.3:
        return target - 1
    scale = bar.key.scale()
    direction = 1 if rng.random() < 0.5 else -1
    return next(p for p in (target + direction * d for d in (1, 2, 3)) if p % 12 in scale)


def walking_bass(part: str, bar: Bar, rng: Generator, force: float) -> Iterator[Note]:
    """Quarters: the root on a new chord, chord tones on the way, and a step into the next root. It walks on in the
    direction of its target, in the upper or the lower octave."""
    for harmony, following in zip_longest(bar.harmony, bar.harmony[1:]):
        upper = bar.index // 2 % 2 and harmony.chord.lowest <= 2
        root = root_pitch(harmony.chord.lowest) + 12 * bool(upper)
        target = root_pitch(following.chord.lowest if following else bar.coming.lowest)
        for i, pitch in enumerate(_walk(root, target, harmony.chord, int(harmony.beats), bar, rng)):
            beat = harmony.beat + i
            yield Note(part, bar.start + beat, 0.92, pitch, force * (1 if i % 2 else 0.93))
            if i == harmony.beats - 1 and rng.random() < 0.12:
                yield Note(part, bar.start + beat + 0.5, 0.4, pitch, 0.6 * force)


def _walk(root: int, target: int, chord: Chord, beats: int, bar: Bar, rng: Generator) -> list[int]:
    line = [root]
    reach = (root, root + chord.third, root + chord.fifth, root + 12, root - 12 + chord.fifth)
    tones = [tone for tone in reach if 31 <= tone <= 52]
    while len(line) < beats - 1:
        others = [tone for tone in tones if tone != line[-1]]
        line.append(min(others, key=lambda tone: abs(tone - line[-1]) + 4 * float(rng.random())))
    last = approach(target, bar, rng)
    return [*line, last if last != line[-1] else target - 1][:beats]


def arpeggio(
    part: str,
    bar: Bar,
    shape: Sequence[int],
    step: float,
    force: float,
    *,
    octave: int = 0,
    length: float = 0.9,
) -> Iterator[Note]:
    """The voicing one note after another: ``shape`` counts its notes from below and goes on in octaves."""
    for i in range(round(BEATS / step)):
        beat = i * step
        accent = 1.0 if beat % 1 == 0 else 0.78
        pitch = rung(bar.harmony_at(beat).voicing, shape[i % len(shape)]) + 12 * octave
        yield Note(part, bar.start + beat, step * length, pitch, force * accent)


def rung(voicing: Voicing, index: int) -> int:
    """The ``index``-th note of a voicing that goes on in octaves."""
    up, index = divmod(index, len(voicing))
    return voicing[index] + 12 * up


def melody(
    part: str, bar: Bar, force: float, *, tune: Iterable[Tone] | None = None, octave: int = 0
) -> Iterator[Note]:
    """The theme's tune, or another line."""
    for beat, beats, pitch in bar.tune if tune is None else tune:
        accent = 1.0 if beat % 2 == 0 else 0.88
        yield Note(part, bar.start + beat, beats, pitch + 12 * octave, force * accent)


def harmonized(part: str, bar: Bar, force: float, *, octave: int = 0) -> Iterator[Note]:
    """A second voice under the tune: the next chord tone at least a third below."""
    for beat, beats, pitch in bar.tune:
        tones = bar.harmony_at(beat).chord.pitch_classes()
        below = next(p for p in range(pitch - 3, pitch - 15, -1) if p % 12 in tones)
        yield Note(part, bar.start + beat, beats, below + 12 * octave, 0.85 * force)


def sweep(part: str, control: Control, bar: Bar, start: float, end: float) -> Iterator[Move]:
    """A control that goes in a straight line through the section: this bar's stretch of it."""
    way = (end - start) / bar.length
    yield Move(part, control, bar.start, start + way * bar.position)
    yield Move(part, control, bar.start + BEATS - 0.01, start + way * (bar.position + 1))


def last_chord(
    bar: Bar, parts: Mapping[str, float], *, octaves: Mapping[str, int] | None = None
) -> Iterator[Note]:
    """The final chord, gently rolled, in every named part at its force, after what leads to it in the same bar."""
    for part, force in parts.items():
        octave = (octaves or {}).get(part, 0)
        for harmony in bar.harmony:
            for i, pitch in enumerate(harmony.voicing):
                delay = min(0.009 * i, MAX_DELAY)
                start = bar.start + harmony.beat
                yield Note(part, start, harmony.beats, pitch + 12 * octave, force, delay)


def last_bass(part: str, bar: Bar, force: float, *, lowest: int = 33) -> Iterator[Note]:
    for harmony in bar.harmony:
        pitch = root_pitch(harmony.chord.lowest, lowest)
        yield Note(part, bar.start + harmony.beat, harmony.beats, pitch, force)


def choose(patterns: Sequence[str], number: int) -> str:
    return patterns[number % len(patterns)]


def sometimes(rng: Generator, usual: str, others: Sequence[str], chance: float) -> str:
    """A drummer's variation."""
    return pick(rng, others) if rng.random() < chance else usual
