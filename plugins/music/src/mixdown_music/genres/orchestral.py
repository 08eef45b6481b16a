"""Orchestral: strings in four parts by the rules of the school, periods that ask and answer, a tune that wanders
through winds, horns and violins, a second line against it, hairpins, timpani at the cadences."""

from __future__ import annotations

from collections.abc import Iterator

from mixdown_music import desks
from mixdown_music.dice import Generator
from mixdown_music.form import Form, Section
from mixdown_music.genre import Bar, Genre
from mixdown_music.grammar import PERIODIC, Idiom, applied_dominants, suspensions
from mixdown_music.groove import Groove
from mixdown_music.players import arpeggio, held, last_chord, melody, root_pitch, sweep
from mixdown_music.score import Move, Note
from mixdown_music.synth.kit import CRASH, SWELL, TRIANGLE

_SHAPES = ((0, 2, 1, 2), (0, 1, 2, 1), (0, 2, 3, 2), (2, 1, 0, 1))
_DESKS = (("basses", 0), ("celli", 1), ("violas", 2), ("violins", 3))
_SOLOISTS = ("flute", "oboe", "clarinet")
_FULL = ("first_violins", "trumpets", "horns")


def play(bar: Bar, rng: Generator) -> Iterator[Note | Move]:
    force = 0.35 + 0.6 * bar.energy
    if bar.is_last:
        yield from _final(bar, force)
        return
    yield from _strings(bar, force)
    yield from _hairpin(bar)
    yield from _accompaniment(bar, force)
    if bar.section != "intro":
        yield from _voices(bar, force)
    if bar.energy > 0.5:
        yield from _timpani(bar, force)
    yield from _cymbals(bar, force)


def _strings(bar: Bar, force: float) -> Iterator[Note]:
    """Bass, tenor, alto and soprano; the basses double the lowest voice at the octave below where it is loud."""
    for harmony in bar.harmony:
        start = bar.start + harmony.beat
        for part, voice in _DESKS:
            strength = (0.95 if part == "basses" else 0.82) * force
            yield Note(part, start, harmony.beats, harmony.voicing[voice], strength)
        if bar.energy > 0.6 and harmony.voicing[0] >= 45:
            yield Note("basses", start, harmony.beats, harmony.voicing[0] - 12, force)


def _hairpin(bar: Bar) -> Iterator[Move]:
    """Each section grows to its end; the strings lead."""
    for part, _ in _DESKS:
        yield from sweep(part, "expression", bar, 0.82, 1.0)


def _accompaniment(bar: Bar, force: float) -> Iterator[Note]:
    shape = _SHAPES[bar.theme.pattern % len(_SHAPES)]
    if bar.energy < 0.2:
        return
    if bar.energy < 0.42:
        yield from arpeggio(
            "harp", bar, (1, 2, 3, 5, 4, 3, 2, 1), 1.0 if bar.energy < 0.3 else 0.5, 0.8 * force
        )
    elif bar.energy < 0.6:
        yield from arpeggio("pizzicato", bar, shape, 0.5, 0.85 * force)
    else:
        yield from arpeggio("spiccato", bar, shape, 0.5, 0.85 * force)


def _voices(bar: Bar, force: float) -> Iterator[Note]:
    """Who sings is told by the section and how often it has been: a wind alone, then horns, then everybody."""
    alone = _SOLOISTS[(bar.theme.pattern + bar.visit) % len(_SOLOISTS)]
    if bar.energy < 0.52:
        yield from melody(alone, bar, 0.95 * force)
    elif bar.energy < 0.68:
        leader, octave = (("horns", -1), ("first_violins", 0))[(bar.theme.pattern + bar.visit) % 2]
        yield from melody(leader, bar, 0.92 * force, octave=octave)
    else:
        for part, octave in zip(_FULL, (0, 0, -1), strict=True):
            yield from melody(part, bar, 0.8 * force, octave=octave)
        if bar.energy > 0.8:
            yield from melody("flute", bar, 0.8 * force, octave=1)
    if bar.energy > 0.84:
        yield from held("choir", bar, 0.55 * force, voices=slice(1, None))
    if bar.visit and bar.energy > 0.4:
        second = "clarinet" if alone != "clarinet" else "oboe"
        yield from melody(second if bar.energy < 0.68 else "celli", bar, 0.8 * force, tune=bar.counter)


def _timpani(bar: Bar, force: float) -> Iterator[Note]:
    """Strokes on the tonic and the dominant, the only pitches two drums have: at the section's beginning, at
    cadences, and on every downbeat where it is loud; before a new section a roll."""
    tonic, dominant = root_pitch(bar.key.tonic, 43), root_pitch(bar.key.tonic + 7, 43)
    for harmony in bar.harmony:
        tones = harmony.chord.pitch_classes()
        pitch = tonic if tonic % 12 in tones else dominant if dominant % 12 in tones else None
        cadence = harmony.function != "S" and bar.position % 4 >= 2
        if pitch is not None and (cadence or bar.position == 0 or bar.energy > 0.66):
            yield Note("timpani", bar.start + harmony.beat, 1.0, pitch, 0.85 * force)
    if bar.turns and bar.energy > 0.6 and dominant % 12 in bar.harmony[-1].chord.pitch_classes():
        for i in range(8):
            yield Note("timpani", bar.start + 2 + i / 4, 0.25, dominant, force * (0.45 + 0.06 * i))


def _cymbals(bar: Bar, force: float) -> Iterator[Note]:
    """A crash where something loud begins, a roll that swells towards it, a triangle over the loudest bars."""
    if bar.energy > 0.7 and bar.position == 0:
        yield Note("cymbals", bar.start, 1.0, CRASH, 0.8 * force)
    if bar.energy > 0.6 and bar.turns:
        yield Note("cymbals", bar.start + 1, 3.0, SWELL, 0.6 * force)
    if bar.energy > 0.82 and bar.position % 2 == 0:
        yield Note("cymbals", bar.start, 1.0, TRIANGLE, 0.5 * force)


def _final(bar: Bar, force: float) -> Iterator[Note]:
    for harmony in bar.harmony:
        for part, voice in _DESKS:
            yield Note(part, bar.start + harmony.beat, harmony.beats, harmony.voicing[voice], force)
    yield from last_chord(bar, {"horns": 0.7 * force} if bar.energy > 0.4 else {"harp": 0.7 * force})
    if bar.energy > 0.45:
        tonic = root_pitch(bar.key.tonic, 43)
        yield Note("timpani", bar.start + bar.harmony[-1].beat, 1.0, tonic, force)
    if bar.energy > 0.65:
        yield Note("cymbals", bar.start + bar.harmony[-1].beat, 1.0, CRASH, 0.8 * force)


_MOVEMENT = Form(
    (
        Section("intro", "A", 4, 0.34, rise=0.1),
        Section("theme", "A", 8, 0.46),
        Section("theme", "B", 8, 0.55, 0.15),
    ),
    (
        Section("theme", "A", 8, 0.6, rise=0.12),
        Section("episode", "C", 8, 0.44, rise=0.25),
        Section("theme", "B", 8, 0.66, rise=0.12),
    ),
    (Section("theme", "A", 8, 0.78, rise=0.1), Section("coda", "A", 4, 0.62, rise=-0.15)),
)
_SHORT = Form(
    (Section("theme", "A", 4, 0.46),),
    (Section("theme", "B", 4, 0.6, rise=0.15),),
    (Section("theme", "A", 4, 0.74),),
)

ORCHESTRAL = Genre(
    name="orchestral",
    tempo=(76, 112),
    modes=("minor", "major"),
    idioms={
        "major": Idiom(
            mode="major",
            vocabulary={
                "T": {"I": 6, "Ib": 1.5, "vi": 2, "iii": 0.5},
                "S": {"IV": 4, "ii": 1.5, "ii7b": 1.5, "iv": 0.5},
                "D": {"V": 4, "V7": 3, "Vb": 0.5, "viiob": 0.5},
            },
            skeletons=PERIODIC,
            close=("ii7b", "V7"),
            home="I",
            rules=((0.4, suspensions), (0.35, applied_dominants)),
            turnaround=0.25,
        ),
        "minor": Idiom(
            mode="minor",
            vocabulary={
                "T": {"i": 6, "ib": 1.5, "bVI": 2, "bIII": 1},
                "S": {"iv": 4, "iiob": 1.5, "ivb": 1, "bIIb": 0.4},
                "D": {"V": 5, "V7": 3, "viio7": 0.5},
            },
            skeletons=PERIODIC,
            close=("iiø7b", "V7"),
            home="i",
            rules=((0.4, suspensions), (0.3, applied_dominants)),
            turnaround=0.25,
        ),
    },
    forms=(_MOVEMENT, _MOVEMENT.halved(), _SHORT),
    rhythms=(
        ((0.0, 2.0), (2.0, 1.0), (3.0, 1.0), (4.0, 3.0), (7.0, 1.0)),
        ((0.0, 1.5), (1.5, 0.5), (2.0, 2.0), (4.0, 1.0), (5.0, 1.0), (6.0, 2.0)),
        ((0.0, 1.0), (1.0, 1.0), (2.0, 2.0), (4.0, 1.5), (5.5, 0.5), (6.0, 2.0)),
        ((0.0, 3.0), (3.0, 1.0), (4.0, 2.0), (6.0, 2.0)),
        ((0.0, 1.0), (1.0, 0.5), (1.5, 0.5), (2.0, 1.0), (3.0, 1.0), (4.0, 2.0), (6.0, 1.0), (7.0, 1.0)),
    ),
    groove=lambda bpm, rng: Groove(spread=0.005, touch=0.05, behind={"timpani": 0.002, "spiccato": 0.003}),
    desk=desks.ORCHESTRAL,
    play=play,
    register=74,
    four_parts=True,
)
