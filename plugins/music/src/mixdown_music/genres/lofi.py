"""Lo-fi: dusty drums behind the beat, electric piano in ninths, a round bass, a tune now and then, old tape."""

from __future__ import annotations

from collections.abc import Iterator

from mixdown_music import desks
from mixdown_music.players import Generator, bass_line, beat_pattern, chords, last_bass, last_chord, melody
from mixdown_music.score import Bar, Genre, Note
from mixdown_music.synth.kit import BRUSH, HAT, KICK, OPEN_HAT, RIM, SHAKER, SNARE

SWING = 0.14

_COMPS = (
    ((0.0, 2.2), (2.5, 1.3)),
    ((0.0, 3.6),),
    ((0.0, 1.4), (1.5, 0.8), (3.0, 0.9)),
    ((0.5, 1.4), (2.5, 1.4)),
)
_BASSES = (
    ((0.0, 1.4, "r"), (2.5, 0.9, "5"), (3.5, 0.45, "a")),
    ((0.0, 2.2, "r"), (2.5, 1.2, "r")),
    ((0.0, 1.0, "r"), (1.5, 0.5, "8"), (2.5, 1.0, "5")),
)
_KICKS = ("9... ..?. ..8. ....", "9... ...6 ..8. ....", "9..5 .... ..8. ..?.")
_SNARES = (".... 8... .... 8..?", ".... 8... .... 8...", ".... 8..? .... 8.?.")
_FILLS = (".... 8... ..4. 8.46", ".... 8... ...? 8686")
_HATS = {0: "5... 4... 5... 4...", 1: "6.4. 6.4. 6.4. 6.4.", 2: "7.4? 6.4. 7.4? 6.45"}


def play(bar: Bar, rng: Generator) -> Iterator[Note]:
    force = 0.45 + 0.5 * bar.energy
    pattern = bar.theme.pattern
    if bar.is_last:
        yield from last_chord(bar, rng, {"keys": 0.75 * force})
        yield last_bass("bass", bar, 0.8 * force)
        if bar.energy > 0.4:
            yield Note("drums", bar.start, 0.25, KICK, 0.7 * force)
        return
    yield from chords("keys", bar, rng, _COMPS[pattern % len(_COMPS)], 0.85 * force, swing=SWING, strum=0.009)
    if bar.energy > 0.3 or bar.position % 2 == 0:
        yield from bass_line("bass", bar, rng, _BASSES[pattern % len(_BASSES)], force, swing=SWING)
    if bar.energy > 0.22 and not (bar.section == "intro" and bar.position < 2):
        yield from beat_pattern(
            "drums", bar, rng, _lines(bar, pattern), force, swing=SWING, late={SNARE: 0.014, RIM: 0.012}
        )
    sings = bar.section == "chorus" or (bar.section == "verse" and bar.position % 4 < 2)
    if sings and bar.energy > 0.35:
        yield from melody("tune", bar, rng, 0.9 * force, swing=SWING)


def _lines(bar: Bar, pattern: int) -> dict[int, str]:
    """The kit fills up as the energy rises: brushes and rim, then snare and hats, then shaker and open hat."""
    if bar.energy < 0.36:
        return {KICK: "8... .... ..7. ....", RIM: ".... 7... .... 7...", BRUSH: "4... 3... 4... 3..."}
    snares = _FILLS if bar.turns and bar.energy > 0.5 else _SNARES
    lines = {
        KICK: _KICKS[pattern % len(_KICKS)],
        SNARE: snares[pattern % len(snares)],
        HAT: _HATS[min(int(bar.energy * 3), 2)],
    }
    if bar.energy > 0.7:
        lines[SHAKER] = "..4. ..4. ..4. ..4."
    if bar.energy > 0.6 and bar.position % 4 == 3:
        lines[OPEN_HAT] = ".... .... .... ..6."
    return lines


LOFI = Genre(
    name="lofi",
    tempo=(70, 88),
    modes=("minor", "major", "minor"),
    progressions={
        "major": (
            "Imaj9 | vi9 | ii9 | V13",
            "Imaj9 | vi9 | IVmaj9 | V9sus",
            "Imaj9 | IVmaj9 | ii9 V13 | Imaj7",
            "Imaj7 | IVmaj9 | Imaj9 vi7 | ii9 V9",
        ),
        "minor": (
            "i9 | bVImaj7 | bIIImaj7 | bVII",
            "i9 | iv9 | bVImaj7 | v7",
            "i9 | iv9 | bVII7 | bIIImaj7",
            "i9 | bVImaj9 | iv9 | v7 i7",
        ),
    },
    cadence={"major": ("ii9 V13", "Imaj9"), "minor": ("iiø7 V7b9", "i9")},
    rhythms=(
        ((0.0, 1.4), (1.5, 0.5), (2.0, 1.5), (4.5, 0.5), (5.0, 1.0), (6.0, 1.5)),
        ((0.5, 0.5), (1.0, 0.5), (1.5, 1.0), (3.0, 1.0), (4.0, 2.0), (6.5, 1.0)),
        ((0.0, 0.5), (0.5, 1.0), (2.0, 0.5), (2.5, 1.0), (4.0, 1.5), (5.5, 2.0)),
        ((1.0, 0.5), (1.5, 0.5), (2.0, 2.0), (5.0, 0.5), (5.5, 0.5), (6.0, 2.0)),
    ),
    desk=desks.LOFI,
    play=play,
    centre=60,
    register=74,
)
