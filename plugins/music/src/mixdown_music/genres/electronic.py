"""Electronic: four on the floor, off-beat bass, a pad that breathes between the kicks, an arpeggio, a lead."""

from __future__ import annotations

from collections.abc import Iterator

from mixdown_music import desks
from mixdown_music.players import Generator, arpeggio, bass_line, beat_pattern, last_bass, last_chord, melody
from mixdown_music.score import Bar, Genre, Note
from mixdown_music.synth.kit import CLAP, CRASH, HAT, KICK, OPEN_HAT, SHAKER, SNARE

_SHAPES = ((0, 1, 2, 3, 2, 1), (0, 2, 1, 3), (0, 1, 2, 4, 2, 1, 3, 1), (3, 2, 1, 0, 1, 2))
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
)


def play(bar: Bar, rng: Generator) -> Iterator[Note]:
    force = 0.5 + 0.45 * bar.energy
    pattern = bar.theme.pattern
    if bar.is_last:
        yield from last_chord(bar, rng, {"pad": force, "arp": 0.7 * force}, octaves={"arp": 1})
        yield last_bass("bass", bar, force)
        yield from (Note("drums", bar.start, 0.25, pitch, 0.7 * force) for pitch in (KICK, CRASH))
        return
    yield from _pumping(bar, force)
    if bar.energy > 0.3:
        yield from bass_line("bass", bar, rng, _BASSES[pattern % len(_BASSES)], force)
    step = 0.25 if bar.energy > 0.45 else 0.5
    yield from arpeggio("arp", bar, rng, _SHAPES[pattern % len(_SHAPES)], step, 0.8 * force, octave=1)
    yield from beat_pattern("drums", bar, rng, _lines(bar), force)
    leads = bar.section == "chorus" or (bar.section == "verse" and bar.position >= 4)
    if leads and bar.energy > 0.4:
        yield from melody("lead", bar, rng, 0.85 * force)


def _pumping(bar: Bar, force: float) -> Iterator[Note]:
    """The pad steps back for every kick, as if a compressor listened to it."""
    beats = range(4) if bar.energy > 0.35 else (0,)
    for beat in beats:
        offset, length = (0.25, 0.7) if len(beats) > 1 else (0.0, 4.0)
        for pitch in bar.harmony_at(beat).voicing:
            yield Note("pad", bar.start + beat + offset, length, pitch, 0.75 * force)


def _lines(bar: Bar) -> dict[int, str]:
    """Layer upon layer as the energy rises."""
    lines = {HAT: "..5. ..5. ..5. ..5."}
    if bar.energy > 0.3:
        lines[KICK] = "9... 9... 9... 9..."
    if bar.energy > 0.45:
        lines[CLAP] = ".... 8... .... 8..."
        lines[HAT] = "4.64 4.64 4.64 4.64"
    if bar.energy > 0.62:
        lines[OPEN_HAT] = "..7. ..7. ..7. ..7."
        lines[SHAKER] = "3535 3535 3535 3535"
    if bar.turns and bar.energy > 0.4:
        lines[SNARE] = ".... .... 4.5. 5678"
    if bar.position == 0 and bar.section == "chorus":
        lines[CRASH] = "7... .... .... ...."
    return lines


ELECTRONIC = Genre(
    name="electronic",
    tempo=(116, 130),
    modes=("minor", "minor", "major"),
    progressions={
        "major": ("I | V | vi7 | IVadd9", "Iadd9 | vi7 | IVmaj7 | Vsus4", "I | IVadd9 | vi7 | V"),
        "minor": (
            "i7 | bVI | bIII | bVII",
            "i | iv7 | bVI | v7",
            "iadd9 | bVII | bVImaj7 | bVII",
            "i7 | i7 | bVI | iv7",
        ),
    },
    cadence={"major": ("Vsus4 V", "Iadd9"), "minor": ("bVI bVII", "iadd9")},
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
    ),
    desk=desks.ELECTRONIC,
    play=play,
    centre=60,
    register=76,
)
