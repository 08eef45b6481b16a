"""Jazz: a trio and a vibraphone. Two-five-ones, a walking bass, ride and hi-hat, piano off the beat."""

from __future__ import annotations

from collections.abc import Iterator

from mixdown_music import desks
from mixdown_music.players import (
    Generator,
    bass_line,
    beat_pattern,
    chords,
    last_bass,
    last_chord,
    melody,
    walking_bass,
)
from mixdown_music.score import Bar, Genre, Note
from mixdown_music.synth.kit import BRUSH, CRASH, KICK, PEDAL_HAT, RIDE, SNARE

SWING = 0.165

_COMPS = (
    ((0.0, 1.3), (1.5, 0.4)),
    ((0.5, 0.4), (2.5, 1.2)),
    ((1.5, 1.6), (3.5, 0.4)),
    ((0.0, 0.4), (2.5, 0.4), (3.5, 0.4)),
)
_TWO_BEAT = ((0.0, 1.8, "r"), (2.0, 1.4, "5"), (3.5, 0.4, "a"))
_RIDES = ("8... 7.5. 8... 7.5.", "8... 7.5. 8.5. 7...")


def play(bar: Bar, rng: Generator) -> Iterator[Note]:
    force = 0.45 + 0.5 * bar.energy
    if bar.is_last:
        yield from last_chord(bar, rng, {"piano": 0.8 * force})
        yield last_bass("bass", bar, force)
        yield Note("drums", bar.start, 0.5, CRASH, 0.5 * force)
        return
    comp = _COMPS[int(rng.integers(len(_COMPS)))]  # a pianist answers; no two bars need be alike
    yield from chords("piano", bar, rng, comp, 0.8 * force, swing=SWING, strum=0.003)
    if bar.energy > 0.4:
        yield from walking_bass("bass", bar, rng, force, swing=SWING)
    else:
        yield from bass_line("bass", bar, rng, _TWO_BEAT, force, swing=SWING)
    yield from beat_pattern("drums", bar, rng, _lines(bar, rng), force, swing=SWING)
    if bar.section in ("verse", "chorus") and bar.position % 4 < 3 and bar.energy > 0.3:
        yield from melody("tune", bar, rng, 0.9 * force, swing=SWING)


def _lines(bar: Bar, rng: Generator) -> dict[int, str]:
    if bar.energy < 0.4:
        return {BRUSH: "5... 6... 5... 6...", PEDAL_HAT: ".... 6... .... 6..."}
    lines = {
        RIDE: _RIDES[int(rng.integers(len(_RIDES)))],
        PEDAL_HAT: ".... 7... .... 7...",
        KICK: "3... 2... 3... 2...",
    }
    if bar.energy > 0.6:
        lines[SNARE] = "..?. ..?. ?.?. ..?." if not bar.turns else "..4. .4.5 ..5. 5.67"
    return lines


JAZZ = Genre(
    name="jazz",
    tempo=(112, 168),
    modes=("major", "minor", "major"),
    progressions={
        "major": (
            "Imaj9 VI7b9 | ii9 V13 | Imaj9 | V13",
            "Imaj9 | ii9 V13 | Imaj9 | V13",
            "Imaj9 | Imaj7 | ii9 | V13 | Imaj9 VI7b9 | ii9 V13 | Imaj9 | ii9 V13",
            "IVmaj9 | iv6 | Imaj9 VI7b9 | ii9 V13",
        ),
        "minor": (
            "i9 | iv9 | iiø7 | V7b9",
            "i9 | i6 | iiø7 V7b9 | i9",
            "iv9 | bVII7 | bIIImaj7 | iiø7 V7b9",
            "i9 | bVImaj7 | iiø7 V7b9 | i6",
        ),
    },
    cadence={"major": ("ii9 V13", "I69"), "minor": ("iiø7 V7b9", "i6")},
    rhythms=(
        ((0.0, 0.5), (0.5, 0.5), (1.0, 1.0), (2.5, 1.0), (4.0, 0.5), (4.5, 1.0), (6.0, 1.5)),
        ((0.5, 0.5), (1.0, 0.5), (1.5, 0.5), (2.0, 0.5), (2.5, 1.0), (5.0, 0.5), (5.5, 1.5)),
        ((1.5, 0.5), (2.0, 0.5), (2.5, 0.5), (3.0, 0.5), (3.5, 1.5), (5.5, 0.5), (6.0, 1.0)),
        ((0.0, 1.5), (1.5, 0.5), (2.0, 1.5), (3.5, 2.0), (6.5, 1.0)),
    ),
    desk=desks.JAZZ,
    play=play,
    centre=59,
    register=75,
)
