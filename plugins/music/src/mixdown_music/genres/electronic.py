"""Electronic: layers that enter one by one, a build that takes the bass away and opens the filters, a drop that
gives everything back. Four on the floor, a broken beat or rolling sixteenths, by the seed."""

from __future__ import annotations

from collections.abc import Iterator

from mixdown_music import desks
from mixdown_music.dice import Generator
from mixdown_music.form import Form, Section
from mixdown_music.genre import Bar, Genre
from mixdown_music.grammar import LOOPS, Cadence, Idiom
from mixdown_music.groove import Groove
from mixdown_music.players import (
    arpeggio,
    bass_line,
    beat_pattern,
    choose,
    chords,
    held,
    last_bass,
    last_chord,
    melody,
    sweep,
)
from mixdown_music.score import Move, Note
from mixdown_music.synth.kit import CLAP, CRASH, HAT, KICK, OPEN_HAT, SHAKER, SNARE, TOM_HIGH, TOM_LOW

_SHAPES = (
    (0, 1, 2, 3, 2, 1),
    (0, 2, 1, 3),
    (0, 1, 2, 4, 2, 1, 3, 1),
    (3, 2, 1, 0, 1, 2),
    (0, 3, 1, 4, 2, 3, 1, 2),
)
_BASSES = (
    tuple((k + 0.5, 0.42, "r") for k in range(4)),
    (
        (0.5, 0.22, "r"),
        (0.75, 0.22, "r"),
        (1.5, 0.42, "8"),
        (2.5, 0.22, "r"),
        (2.75, 0.22, "r"),
        (3.5, 0.42, "5"),
    ),
    tuple((k + o, 0.22, "r") for k in range(4) for o in (0.25, 0.5, 0.75)),
    ((0.0, 0.7, "r"), (0.75, 0.7, "r"), (1.5, 0.9, "r"), (2.75, 0.5, "8"), (3.5, 0.4, "5")),
)
_KICKS = ("9... 9... 9... 9...", "9... ..7. ..9. ....", "9... 9... 9... 9...")
_BACKBEATS = (".... 8... .... 8...", ".... 8..? .?.. 8..?", ".... 8... .... 8...")
_STABS = (
    ((0.0, 0.4), (0.75, 0.4), (1.5, 0.4), (2.5, 0.4), (3.25, 0.4)),
    ((0.5, 0.3), (1.5, 0.3), (2.5, 0.3), (3.5, 0.3)),
    ((0.0, 0.7), (1.5, 0.7), (3.0, 0.7)),
)
_FILLS: tuple[dict[int, str], ...] = (
    {SNARE: ".... .... 4.5. 5678"},
    {TOM_HIGH: ".... .... 6..6 ....", TOM_LOW: ".... .... .... 6..7"},
    {SNARE: ".... .... .... 6.66", OPEN_HAT: ".... .... ..7. ...."},
)
_ROLLS = ("5... 5... 5... 5...", "5.5. 5.5. 6.6. 6.6.", "6.6. 6.6. 6666 7777", "6666 7777 8888 ....")


def play(bar: Bar, rng: Generator) -> Iterator[Note | Move]:
    force = 0.5 + 0.45 * bar.energy
    if bar.is_last:
        yield from last_chord(bar, {"pad": force, "arp": 0.7 * force}, octaves={"arp": 1})
        yield from last_bass("bass", bar, force)
        yield from (Note("drums", bar.start, 0.25, pitch, 0.7 * force) for pitch in (KICK, CRASH))
        return
    yield from held("pad", bar, 0.75 * force)
    yield from _filters(bar)
    if bar.section == "build":
        yield from _build(bar, rng, force)
        return
    grooves = bar.section != "break"
    pattern = bar.theme.pattern
    if grooves and bar.energy > 0.3 and not (bar.section == "intro" and bar.energy < 0.45):
        yield from bass_line("bass", bar, rng, _BASSES[pattern % len(_BASSES)], force)
    step = 0.25 if bar.energy > 0.45 else 0.5
    yield from arpeggio("arp", bar, _SHAPES[pattern % len(_SHAPES)], step, 0.8 * force, octave=1)
    yield from beat_pattern("drums", bar, rng, _lines(bar), force)
    if bar.section in ("drop", "break", "verse") and bar.energy > 0.4:
        yield from melody("lead", bar, 0.85 * force)
    if bar.turns and bar.energy > 0.35:
        yield Note("riser", bar.start + 2, 2.0, 72, 0.6 * force)
    if bar.section == "drop" and bar.energy > 0.6:
        yield from chords("stab", bar, _STABS[bar.style % len(_STABS)], 0.7 * force, strum=0.0)


def _filters(bar: Bar) -> Iterator[Move]:
    """Closed at the beginning, opened by a build, closed again in a break."""
    start, end = {
        "intro": (0.35, 0.75),
        "build": (0.45, 1.0),
        "break": (0.8, 0.5),
        "outro": (0.9, 0.4),
        "drop": (1.0, 1.0),
    }.get(bar.section, (0.75, 0.9))
    for part in ("pad", "arp"):
        yield from sweep(part, "brightness", bar, start, end)


def _build(bar: Bar, rng: Generator, force: float) -> Iterator[Note]:
    """No bass; a roll that doubles its pace, an arpeggio that climbs, a riser over all of it."""
    stage = int(bar.progress * len(_ROLLS)) if bar.length > 1 else len(_ROLLS) - 1
    lines = {SNARE: _ROLLS[len(_ROLLS) - 1 if bar.turns else stage], HAT: "..5. ..5. ..5. ..5."}
    if not bar.turns:
        lines[KICK] = "9... 9... 9... 9..."
    yield from beat_pattern("drums", bar, rng, lines, force * (0.7 + 0.3 * bar.progress))
    shape = _SHAPES[bar.theme.pattern % len(_SHAPES)]
    up = 1 + int(bar.progress * 2) % 2
    yield from arpeggio("arp", bar, shape, 0.25, 0.8 * force, octave=up)
    if bar.position == 0:
        yield Note("riser", bar.start, 4.0 * bar.length, 72, 0.8 * force)


def _lines(bar: Bar) -> dict[int, str]:
    """Layer upon layer as the energy rises."""
    if bar.section == "break":
        return {HAT: "..5. ..5. ..5. ..5."} if bar.energy > 0.3 else {}
    lines = {HAT: "..5. ..5. ..5. ..5."}
    if bar.energy > 0.25:
        lines[KICK] = choose(_KICKS, bar.style)
    if bar.energy > 0.42:
        lines[CLAP] = choose(_BACKBEATS, bar.style)
        lines[HAT] = "4.64 4.64 4.64 4.64"
    if bar.energy > 0.62:
        lines[OPEN_HAT] = "..7. ..7. ..7. ..7."
        lines[SHAKER] = "3535 3535 3535 3535"
    if (bar.turns or bar.position % 8 == 7) and bar.energy > 0.4:
        lines |= _FILLS[(bar.style + bar.visit) % len(_FILLS)]
    if bar.position == 0 and bar.section == "drop":
        lines[CRASH] = "8... .... .... ...."
    return lines


_CLUB = Form(
    (
        Section("intro", "A", 8, 0.36, rise=0.2),
        Section("verse", "A", 8, 0.55),
        Section("build", "B", 4, 0.55, rise=0.3),
        Section("drop", "B", 8, 0.8),
    ),
    (
        Section("verse", "A", 8, 0.6),
        Section("break", "C", 8, 0.42),
        Section("build", "B", 4, 0.58, rise=0.3),
        Section("drop", "B", 16, 0.85),
    ),
    (
        Section("break", "C", 4, 0.42),
        Section("build", "B", 4, 0.58, rise=0.3),
        Section("drop", "B", 8, 0.86),
        Section("outro", "A", 4, 0.45, rise=-0.12),
    ),
)
_SINGLE = Form(
    (
        Section("intro", "A", 4, 0.38, rise=0.2),
        Section("verse", "A", 4, 0.55),
        Section("build", "B", 2, 0.55, rise=0.3),
    ),
    (Section("drop", "B", 8, 0.8), Section("break", "C", 4, 0.42), Section("build", "B", 4, 0.58, rise=0.3)),
    (Section("drop", "B", 4, 0.84), Section("outro", "A", 2, 0.45, rise=-0.12)),
)
_SHORT = Form(
    (Section("intro", "A", 2, 0.45, rise=0.2), Section("build", "B", 2, 0.55, rise=0.3)),
    (),
    (Section("drop", "B", 4, 0.8),),
)
_LOOPS = {Cadence.LOOP: (*LOOPS[Cadence.LOOP], "T | D | S | D", "T | T | S | S", "T | D | T | S")}

ELECTRONIC = Genre(
    name="electronic",
    tempo=(116, 130),
    modes=("minor", "minor", "major"),
    idioms={
        "major": Idiom(
            mode="major",
            vocabulary={
                "T": {"I": 5, "Iadd9": 3, "vi7": 2},
                "S": {"IVadd9": 4, "IVmaj7": 2, "ii7": 1},
                "D": {"V": 5, "Vsus4": 2},
            },
            skeletons=_LOOPS,
            close=("IVadd9", "V"),
            home="Iadd9",
            modal=True,
        ),
        "minor": Idiom(
            mode="minor",
            vocabulary={
                "T": {"i": 5, "i7": 3, "iadd9": 2, "bIII": 1.5},
                "S": {"bVI": 4, "iv7": 2, "bVImaj7": 2},
                "D": {"v7": 2, "bVII": 3, "V": 0.7},
            },
            skeletons=_LOOPS,
            close=("bVI", "bVII"),
            home="iadd9",
            modal=True,
        ),
    },
    forms=(_CLUB, _SINGLE, _SHORT),
    rhythms=(
        (
            (0.0, 0.75),
            (0.75, 0.75),
            (1.5, 0.5),
            (2.0, 1.5),
            (4.0, 0.75),
            (4.75, 0.75),
            (5.5, 0.5),
            (6.0, 1.5),
        ),
        ((0.0, 0.5), (0.5, 0.5), (1.5, 0.5), (2.0, 0.5), (3.0, 1.0), (4.0, 0.5), (4.5, 0.5), (5.5, 2.0)),
        ((0.0, 1.5), (1.5, 0.5), (2.0, 2.0), (4.0, 1.5), (5.5, 0.5), (6.0, 2.0)),
        (
            (0.0, 0.25),
            (0.5, 0.25),
            (0.75, 0.75),
            (2.0, 0.5),
            (2.75, 1.0),
            (4.0, 0.75),
            (5.0, 0.5),
            (5.5, 2.0),
        ),
    ),
    groove=lambda bpm, rng: Groove(
        swing=float(rng.uniform(1.0, 1.12)), pair=0.5, behind={"drums": 0.0}, spread=0.0012, touch=0.04
    ),
    desk=desks.ELECTRONIC,
    play=play,
    centre=60,
    register=74,
)
