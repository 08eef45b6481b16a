"""Lo-fi: dusty drums behind the beat in swung sixteenths, electric piano in ninths, a round bass, a tune now and
then. Loops of four bars that turn every eighth, with gaps where the drums drop out."""

from __future__ import annotations

from collections.abc import Iterator

from mixdown_music import desks
from mixdown_music.dice import Generator
from mixdown_music.form import Form, Section
from mixdown_music.genre import Bar, Genre
from mixdown_music.grammar import LOOPS, Idiom, applied_dominants, two_fives
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
    sometimes,
)
from mixdown_music.score import Note
from mixdown_music.synth.kit import BRUSH, HAT, KICK, OPEN_HAT, RIM, SHAKER, SNARE

_COMPS = (
    ((0.0, 2.2), (2.5, 1.3)),
    ((0.0, 3.6),),
    ((0.0, 1.4), (1.75, 0.8), (3.0, 0.9)),
    ((0.5, 1.4), (2.5, 1.4)),
    ((0.0, 0.7), (0.75, 1.6), (2.75, 1.0)),
)
_BASSES = (
    ((0.0, 1.4, "r"), (2.5, 0.9, "5"), (3.5, 0.45, "a")),
    ((0.0, 2.2, "r"), (2.75, 1.1, "r")),
    ((0.0, 1.0, "r"), (1.75, 0.6, "8"), (2.5, 1.0, "5")),
    ((0.0, 0.7, "r"), (0.75, 1.2, "r"), (2.5, 0.7, "r"), (3.25, 0.6, "a")),
)
_KICKS = ("9... ..?. ..8. ....", "9... ...6 ..8. ....", "9..5 .... ..8. ..?.", "9... .... .68. ....")
_SNARES = (".... 8... .... 8..?", ".... 8... .... 8...", ".... 8..? .?.. 8...", ".... 8..? .... 8.?.")
_FILLS = (".... 8... ..4. 8.46", ".... 8... ...? 8686", ".... 8.4. .4.. 8..5")
_DROPS = ("9... .... .... ....", "9... .... ..8. ....")
_HATS = {0: "5... 4... 5... 4...", 1: "6.4. 6.43 6.4. 6.4.", 2: "7.43 6.4? 7.43 6.45"}
_SHAPES = ((0, 2, 1, 3, 2, 1), (3, 2, 1, 0), (0, 1, 2, 3, 4, 3, 2, 1))


def play(bar: Bar, rng: Generator) -> Iterator[Note]:
    force = 0.45 + 0.5 * bar.energy
    pattern = bar.theme.pattern
    if bar.is_last:
        yield from last_chord(bar, {"keys": 0.75 * force})
        yield from last_bass("bass", bar, 0.8 * force)
        if bar.energy > 0.4:
            yield Note("drums", bar.start, 0.25, KICK, 0.7 * force)
        return
    comp = _COMPS[(pattern + bar.position // 8) % len(_COMPS)]
    yield from chords("keys", bar, comp, 0.85 * force, strum=0.009)
    if bar.energy > 0.3 or bar.position % 2 == 0:
        yield from bass_line("bass", bar, rng, _BASSES[pattern % len(_BASSES)], force)
    if bar.section != "break" and bar.energy > 0.22 and not (bar.section == "intro" and bar.position < 2):
        yield from beat_pattern("drums", bar, rng, _lines(bar, pattern, rng), force)
    sings = bar.section == "chorus" or (bar.section == "verse" and bar.position % 8 < 4)
    if sings and bar.energy > 0.35:
        yield from melody("tune", bar, 0.9 * force)
    if bar.energy > 0.62 or bar.section == "break":
        shape = _SHAPES[pattern % len(_SHAPES)]
        yield from arpeggio("guitar", bar, shape, 0.5, 0.55 * force, octave=0, length=1.5)
    if bar.energy > 0.74:
        yield from held("pad", bar, 0.5 * force)


def _lines(bar: Bar, pattern: int, rng: Generator) -> dict[int, str]:
    """The kit fills up as the energy rises: brushes and rim, then snare and hats, then shaker and open hat. Every
    eighth bar it fills or falls silent for a moment."""
    if bar.energy < 0.36:
        return {KICK: "8... .... ..7. ....", RIM: ".... 7... .... 7...", BRUSH: "4... 3... 4... 3..."}
    eighth = bar.turns or bar.position % 8 == 7
    if eighth and bar.visit % 2:
        return {KICK: choose(_DROPS, pattern), HAT: "6... 5... .... ...."}
    lines = {
        KICK: sometimes(rng, choose(_KICKS, pattern), _KICKS, 0.15),
        SNARE: choose(_FILLS if eighth and bar.energy > 0.45 else _SNARES, pattern),
        HAT: _HATS[min(int(bar.energy * 3), 2)],
    }
    if bar.energy > 0.7:
        lines[SHAKER] = "..4. ..4. ..4. ..4."
    if bar.energy > 0.6 and bar.position % 4 == 3:
        lines[OPEN_HAT] = ".... .... .... ..6."
    return lines


def _groove(bpm: float, rng: Generator) -> Groove:
    """The sixteenths swing as much as a worn drum machine's (54 to 60 per cent); where the tempo makes them run,
    the eighths do."""
    share = float(rng.uniform(0.54, 0.6))
    return Groove(
        swing=share / (1 - share),
        pair=0.5 if bpm < 110 else 1.0,
        behind={
            f"drums:{SNARE}": 0.018,
            f"drums:{RIM}": 0.016,
            f"drums:{KICK}": 0.004,
            "drums": 0.005,
            "keys": 0.008,
            "bass": 0.009,
            "tune": 0.014,
            "guitar": 0.011,
        },
        spread=0.004,
        touch=0.08,
    )


_SONG = Form(
    (Section("intro", "A", 4, 0.36), Section("verse", "A", 8, 0.55)),
    (Section("chorus", "B", 8, 0.72), Section("break", "C", 4, 0.42), Section("verse", "A", 8, 0.6)),
    (Section("chorus", "B", 8, 0.78), Section("outro", "A", 4, 0.4, rise=-0.1)),
)
_SHORT = Form(
    (Section("intro", "A", 2, 0.36), Section("verse", "A", 4, 0.56)),
    (),
    (Section("chorus", "B", 4, 0.7),),
)

LOFI = Genre(
    name="lofi",
    tempo=(70, 88),
    modes=("minor", "major", "minor"),
    idioms={
        "major": Idiom(
            mode="major",
            vocabulary={
                "T": {"Imaj9": 5, "Imaj7": 2, "iii7": 0.6, "vi9": 1.2},
                "S": {"IVmaj9": 4, "ii9": 4, "iv6": 0.7},
                "D": {"V13": 4, "V9sus": 3, "bVII9": 0.5},
            },
            skeletons=LOOPS,
            close=("ii9", "V13"),
            home="Imaj9",
            rules=((0.3, two_fives), (0.35, applied_dominants)),
            modal=True,
        ),
        "minor": Idiom(
            mode="minor",
            vocabulary={
                "T": {"i9": 6, "i7": 4, "bIIImaj7": 0.35},
                "S": {"iv9": 4, "bVImaj7": 3, "bVImaj9": 1, "iiø7": 0.8},
                "D": {"v7": 3, "bVII9": 0.5, "V7b9": 2},
            },
            skeletons=LOOPS,
            close=("iiø7", "V7b9"),
            home="i9",
            rules=((0.25, applied_dominants),),
            modal=True,
        ),
    },
    forms=(_SONG, _SONG.halved(), _SHORT),
    rhythms=(
        ((0.0, 1.4), (1.5, 0.5), (2.0, 1.5), (4.5, 0.5), (5.0, 1.0), (6.0, 1.5)),
        ((0.5, 0.5), (1.0, 0.5), (1.5, 1.0), (3.0, 1.0), (4.0, 2.0), (6.5, 1.0)),
        ((0.0, 0.5), (0.5, 1.0), (2.0, 0.5), (2.75, 1.0), (4.0, 1.5), (5.5, 2.0)),
        ((1.0, 0.5), (1.75, 0.25), (2.0, 2.0), (5.0, 0.5), (5.75, 0.25), (6.0, 2.0)),
        ((0.0, 0.75), (0.75, 0.75), (1.5, 1.5), (4.0, 0.75), (4.75, 1.25), (7.0, 1.0)),
    ),
    groove=_groove,
    desk=desks.LOFI,
    play=play,
    centre=60,
    register=72,
)
