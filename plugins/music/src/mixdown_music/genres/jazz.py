"""Jazz: a rhythm section and two who tell the story. Head, solos, head; two-five-ones with applied and tritone
dominants, a walking bass, ride and hi-hat, comping off the beat."""

from __future__ import annotations

from collections.abc import Iterator

from mixdown_music import desks
from mixdown_music.dice import Generator, pick
from mixdown_music.form import Form, Section
from mixdown_music.genre import Bar, Genre
from mixdown_music.grammar import (
    PERIODIC,
    Idiom,
    applied_dominants,
    applied_two_fives,
    tritone_substitutes,
    two_fives,
)
from mixdown_music.groove import Groove, jazz_swing
from mixdown_music.players import (
    bass_line,
    beat_pattern,
    chords,
    harmonized,
    last_bass,
    last_chord,
    melody,
    walking_bass,
)
from mixdown_music.score import Note
from mixdown_music.synth.kit import BRUSH, CRASH, KICK, PEDAL_HAT, RIDE, RIDE_BELL, SNARE, TOM_HIGH, TOM_LOW

_COMPS = (
    ((0.0, 1.3), (1.5, 0.4)),
    ((0.5, 0.4), (2.5, 1.2)),
    ((1.5, 1.6), (3.5, 0.4)),
    ((0.0, 0.4), (2.5, 0.4), (3.5, 0.4)),
    ((1.0, 0.5), (2.5, 1.0)),
    ((1.5, 2.0),),
)
_SPARSE = (((0.0, 3.5),), ((0.0, 1.8), (2.0, 1.8)), ((1.5, 2.2),))
_TWO_BEAT = ((0.0, 1.8, "r"), (2.0, 1.4, "5"), (3.5, 0.4, "a"))
_RIDES = ("8... 7.5. 8... 7.5.", "8... 7.5. 8.5. 7...", "8... 7... 8... 7.5.", "8.5. 7.5. 8... 7.5.")
_SNARES = ("..?. ..?. ?.?. ..?.", ".... ..3. .... ?...", "..?. .... ..4. ..?.")
_FILLS: tuple[dict[int, str], ...] = (
    {SNARE: "..4. .4.5 ..5. 5.67"},
    {SNARE: ".... 4.5. 4... ....", TOM_HIGH: ".... .... ..6. ....", TOM_LOW: ".... .... .... 6.6."},
    {SNARE: "..5. ..5. .... ....", TOM_HIGH: ".... .... 6.5. ....", TOM_LOW: ".... .... .... 6.7."},
)
"""A drummer's answers at the end of a section."""


def play(bar: Bar, rng: Generator) -> Iterator[Note]:
    force = 0.45 + 0.5 * bar.energy
    if bar.is_last:
        yield from last_chord(bar, {"piano": 0.8 * force})
        yield from last_bass("bass", bar, force)
        yield Note("drums", bar.start, 0.5, CRASH, 0.5 * force)
        return
    soloing = bar.section == "solo"
    # A pianist answers: no two bars need be alike, and under a tune there are fewer words than under a solo.
    comp = pick(rng, _COMPS if bar.energy > 0.42 else _SPARSE)
    yield from chords("piano", bar, comp, (0.72 if soloing else 0.8) * force, strum=0.003)
    walks = bar.energy > 0.4 and not (bar.section == "intro" and bar.energy < 0.6)
    yield from (
        walking_bass("bass", bar, rng, force) if walks else bass_line("bass", bar, rng, _TWO_BEAT, force)
    )
    yield from beat_pattern("drums", bar, rng, _lines(bar, rng), force)
    if soloing:
        yield from melody("solo", bar, 0.9 * force)
    elif bar.section in ("head", "verse"):
        yield from melody("tune", bar, 0.9 * force)
        if bar.energy > 0.78:
            yield from harmonized("solo", bar, 0.7 * force)


def _lines(bar: Bar, rng: Generator) -> dict[int, str]:
    """Brushes, then ride and hat, then the left hand and foot talk back."""
    if bar.energy < 0.34:
        return {BRUSH: "5... 6... 5... 6...", PEDAL_HAT: ".... 6... .... 6..."}
    lines = {RIDE: pick(rng, _RIDES), PEDAL_HAT: ".... 7... .... 7..."}
    if bar.energy > 0.45:
        lines[KICK] = "3... 2... 3... 2..."
    if bar.energy > 0.55:
        lines |= pick(rng, _FILLS) if bar.turns else {SNARE: pick(rng, _SNARES)}
    if bar.energy > 0.8:
        lines[RIDE_BELL] = "..4. .... ..4. ...."
    if bar.position == 0 and bar.energy > 0.7:
        lines[CRASH] = "6... .... .... ...."
    return lines


_HEAD = (
    Section("head", "A", 8, 0.5),
    Section("head", "A", 8, 0.54),
    Section("head", "B", 8, 0.6),
    Section("head", "A", 8, 0.56),
)
_CHORUS = (
    Section("solo", "A", 8, 0.6),
    Section("solo", "A", 8, 0.66),
    Section("solo", "B", 8, 0.74),
    Section("solo", "A", 8, 0.7),
)
_THIRTY_TWO = Form(
    (Section("intro", "A", 4, 0.36), *_HEAD),
    _CHORUS,
    (Section("head", "B", 8, 0.62), Section("head", "A", 8, 0.62), Section("tag", "A", 4, 0.5, rise=-0.1)),
)
_SHORT = Form(
    (Section("head", "A", 4, 0.5),),
    (Section("solo", "A", 4, 0.62), Section("solo", "B", 4, 0.7)),
    (Section("head", "A", 4, 0.58),),
)

JAZZ = Genre(
    name="jazz",
    tempo=(112, 168),
    modes=("major", "minor", "major"),
    idioms={
        "major": Idiom(
            mode="major",
            vocabulary={
                "T": {"Imaj9": 5, "I69": 3, "iii7": 0.8, "vi9": 1},
                "S": {"ii9": 6, "IVmaj9": 2, "iv6": 0.5},
                "D": {"V13": 6, "V9sus": 1, "V7b9": 1, "bVII9": 0.4},
            },
            skeletons=PERIODIC,
            close=("ii9", "V13"),
            home="I69",
            rules=(
                (0.9, two_fives),
                (0.3, applied_two_fives),
                (0.3, applied_dominants),
                (0.25, tritone_substitutes),
            ),
            turnaround=0.6,
        ),
        "minor": Idiom(
            mode="minor",
            vocabulary={
                "T": {"i9": 5, "i69": 3, "imaj7": 0.7, "bVImaj7": 0.7, "bIIImaj7": 0.5},
                "S": {"iiø7": 6, "iv9": 3},
                "D": {"V7b9": 5, "V7alt": 2},
            },
            skeletons=PERIODIC,
            close=("iiø7", "V7b9"),
            home="i69",
            rules=((0.9, two_fives), (0.3, applied_dominants), (0.2, tritone_substitutes)),
            turnaround=0.6,
        ),
    },
    forms=(_THIRTY_TWO, _THIRTY_TWO.halved(), _SHORT),
    rhythms=(
        ((0.0, 0.5), (0.5, 0.5), (1.0, 1.0), (2.5, 1.0), (4.0, 0.5), (4.5, 1.0), (6.0, 1.5)),
        ((0.5, 0.5), (1.0, 0.5), (1.5, 0.5), (2.0, 0.5), (2.5, 1.0), (5.0, 0.5), (5.5, 1.5)),
        ((1.5, 0.5), (2.0, 0.5), (2.5, 0.5), (3.0, 0.5), (3.5, 1.5), (5.5, 0.5), (6.0, 1.0)),
        ((0.0, 1.5), (1.5, 0.5), (2.0, 1.5), (3.5, 2.0), (6.5, 1.0)),
        ((0.0, 0.5), (1.0, 0.5), (1.5, 1.5), (3.5, 0.5), (4.0, 1.0), (5.5, 0.5), (6.0, 2.0)),
    ),
    groove=lambda bpm, rng: Groove(
        swing=jazz_swing(bpm),
        behind={"tune": 0.012, "solo": 0.014, "piano": 0.007, "bass": 0.003, "drums": 0.003},
        spread=0.004,
        touch=0.08,
    ),
    desk=desks.JAZZ,
    play=play,
    centre=59,
    register=74,
    solos=("solo",),
)
