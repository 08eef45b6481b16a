"""Ambient: modal chords that melt into each other over two bars or four, air above, a drone on the tonic, a deep
root below, and a tune that is mostly silence. No drums; a quiet pulse of a felt piano keeps the time."""

from __future__ import annotations

from collections.abc import Iterator

from mixdown_music import desks
from mixdown_music.dice import Generator, pick
from mixdown_music.form import Form, Section
from mixdown_music.genre import Bar, Genre
from mixdown_music.grammar import BEATS, Cadence, Idiom
from mixdown_music.groove import Groove
from mixdown_music.players import held, last_bass, last_chord, root_pitch, rung
from mixdown_music.score import Move, Note

_HOLD = 2 * BEATS
_PULSES = ((0, 2, 1, 3), (0, 1, 2, 1), (2, 0, 3, 1), (0, 3, 1, 2))


def play(bar: Bar, rng: Generator) -> Iterator[Note | Move]:
    force = 0.4 + 0.5 * bar.energy
    if bar.is_last:
        yield from last_chord(bar, {"pad": force, "air": 0.5 * force}, octaves={"air": 1})
        yield from last_bass("sub", bar, 0.6 * force, lowest=33)
        yield Note("bells", bar.start, 2.0, rung(bar.harmony[-1].voicing, 4) + 12, 0.5 * force)
        return
    if bar.position % 2 == 0 or _changes(bar):
        yield from _swell(bar, rng, force)
        yield from _breath(bar)
    if bar.position % 4 == 0:
        yield from _drone(bar, force)
    yield from _pulse(bar, force)
    if rng.random() < 0.12 + 0.45 * bar.energy:
        yield from _sparks(bar, rng, force)
    if bar.section in ("wave", "verse") and bar.energy > 0.4:
        yield from _line(bar, force)
    if bar.energy > 0.66:
        yield from held("choir", bar, 0.5 * force, voices=slice(1, None), overlap=0.5)


def _changes(bar: Bar) -> bool:
    """Whether this bar brings chords of its own (a cadence) though the pad is held two bars elsewhere."""
    return len(bar.harmony) > 1


def _swell(bar: Bar, rng: Generator, force: float) -> Iterator[Note]:
    """The chord, its notes entering one by one; the air comes and goes from chord to chord."""
    whole = bar.turns or _changes(bar) or bar.coming != bar.harmony[0].chord
    air = float(rng.uniform(0.2, 0.75)) * (0.4 + bar.energy)
    for harmony in bar.harmony:
        length = harmony.beats if len(bar.harmony) > 1 else BEATS if whole else _HOLD
        start = bar.start + harmony.beat
        for i, pitch in enumerate(harmony.voicing):
            entry = 0.25 * i if length > 2 else 0.0
            yield Note("pad", start + entry, length - entry + 0.5, pitch, force * (0.9 - 0.05 * i))
            if bar.energy > 0.25:
                yield Note("air", start + entry, length - entry, pitch + 12, min(air * force, 1.0))
        if bar.energy > 0.15:
            yield Note("sub", start, length, root_pitch(harmony.chord.lowest, 33), 0.7 * force)


def _breath(bar: Bar) -> Iterator[Move]:
    """The pad opens and closes with each chord, as bellows do."""
    depth = 0.35 + 0.4 * bar.energy
    for beat, value in ((0.0, depth), (2.0, min(depth + 0.3, 1.0)), (3.99, depth)):
        yield Move("pad", "brightness", bar.start + beat, value)


def _drone(bar: Bar, force: float) -> Iterator[Note]:
    drone = root_pitch(bar.key.tonic, 45)
    beats = BEATS * min(4, bar.length - bar.position) + 1.0
    for pitch in (drone, drone + 12)[: 1 + (bar.energy > 0.3)]:
        yield Note("drone", bar.start, beats, pitch, 0.6 * force)


def _pulse(bar: Bar, force: float) -> Iterator[Note]:
    """Quarters of a felt piano from far away, one chord tone each."""
    shape = _PULSES[bar.theme.pattern % len(_PULSES)]
    for beat in range(BEATS):
        pitch = rung(bar.harmony_at(beat).voicing, shape[beat]) + 12
        yield Note("keys", bar.start + beat, 1.5, pitch, (0.62 if beat % 2 == 0 else 0.55) * force)


def _sparks(bar: Bar, rng: Generator, force: float) -> Iterator[Note]:
    scale = [p for p in range(76, 92) if p % 12 in bar.key.pentatonic()]
    for beat in sorted(
        rng.choice(8, size=1 + int(rng.integers(0, 1 + round(3 * bar.energy))), replace=False)
    ):
        tones = bar.harmony_at(beat / 2).chord.pitch_classes()
        near = [p for p in scale if p % 12 in tones] or scale
        strength = force * float(rng.uniform(0.35, 0.7))
        yield Note("bells", bar.start + beat / 2, 1.5, pick(rng, near), strength)


def _line(bar: Bar, force: float) -> Iterator[Note]:
    """Two notes of the tune at most, and two bars in four nothing."""
    if (bar.position // 2 + bar.theme.pattern) % 2:
        return
    long = sorted(bar.tune, key=lambda tone: -tone.beats)[:2]
    for tone in sorted(long):
        yield Note("line", bar.start + tone.beat, tone.beats + 0.5, tone.pitch, 0.65 * force)


_TIDE = Form(
    (Section("intro", "A", 4, 0.25, rise=0.15), Section("wave", "A", 8, 0.5, rise=0.15)),
    (
        Section("wave", "B", 8, 0.62, rise=0.15),
        Section("calm", "C", 8, 0.36, rise=-0.1),
        Section("wave", "A", 8, 0.58, rise=0.15),
    ),
    (Section("wave", "A", 8, 0.66, rise=-0.1), Section("outro", "A", 4, 0.35, rise=-0.15)),
)
_LOOPS = {Cadence.LOOP: ("T | S | T | S", "T | T | S | T", "T | S | D | T", "S | T | S | T", "S | T | S | D")}

AMBIENT = Genre(
    name="ambient",
    tempo=(60, 76),
    modes=("major", "minor"),
    idioms={
        "major": Idiom(
            mode="major",
            vocabulary={
                "T": {"Iadd9": 5, "Imaj9": 2, "vi9": 0.8, "iii7": 0.6},
                "S": {"IVmaj9": 4, "ii7": 1.5, "IVmaj7#11": 1},
                "D": {"V9sus": 3, "Vsus4": 1},
            },
            skeletons=_LOOPS,
            close=("IVmaj9",),
            home="Iadd9",
            modal=True,
        ),
        "minor": Idiom(
            mode="minor",
            vocabulary={
                "T": {"iadd9": 5, "i9": 2, "i7": 1, "bIIImaj7": 0.3},
                "S": {"bVImaj7": 3, "iv9": 3, "bVImaj9": 1},
                "D": {"v7": 3, "bVII": 0.3},
            },
            skeletons=_LOOPS,
            close=("iv9",),
            home="iadd9",
            modal=True,
        ),
    },
    forms=(_TIDE, _TIDE.halved()),
    rhythms=(
        ((0.0, 3.0), (3.0, 1.0), (4.0, 4.0)),
        ((1.0, 3.0), (4.0, 2.0), (6.0, 2.0)),
        ((0.0, 2.0), (2.0, 4.0), (6.0, 2.0)),
        ((2.0, 2.0), (4.0, 1.0), (5.0, 3.0)),
    ),
    groove=lambda bpm, rng: Groove(spread=0.004, touch=0.08),
    desk=desks.AMBIENT,
    play=play,
    centre=58,
    register=72,
    stretch=2,
)
