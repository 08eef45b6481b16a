"""Every genre: in the tempo and the key that were asked, level, without clicks, exactly as long as asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from meters.clicks import Click, clicks
from meters.keys import key, same
from meters.levels import levels
from meters.listen.case import Case
from meters.listen.figures import Item, Reading, Sound
from meters.listen.studio import Studio
from meters.tempo import TOLERANCE, tempo
from mixdown_kernel import Audio, MusicRequest, Samples

ABOUT = (
    "The table: pieces of 30 s by genre, tempo, key and seed. Key: on pitched stems. Clicks: those of the crackle in the stem texture are "
    "meant and left out. The pieces to hear last 20 s, in the genre's own tempo, at three intensities and seeds."
)
TEMPI = (60, 80, 100, 120, 160, 200)
KEYS = ("C_minor", "A_minor", "G_major", "Eb_major", "F#_minor", "D_major", "Bb_minor")
SECONDS, SHOWN_S = 30.0, 20.0
SHOWN = ((0.2, 1, "calm"), (0.5, 2, "middling"), (0.9, 3, "full"))
_SUMMED = (("bpm", "tempo", 30), ("key", "key", 27))


async def cases(studio: Studio, quick: bool) -> list[Case]:
    genres = studio.kernel.backend("music").genres()
    asked = [(genre, bpm) for genre in genres for bpm in TEMPI]
    table = [
        Case(
            f"{genre} {bpm} {KEYS[number % len(KEYS)]}",
            2,
            partial(_tabled, studio, genre, bpm, KEYS[number % len(KEYS)], number + 3),
        )
        for number, (genre, bpm) in enumerate(asked)
        if not quick or bpm == 100
    ]
    shown = [
        Case(f"{genre}, {word}", 5, partial(_shown, studio, genre, intensity, seed, word))
        for genre in genres
        for intensity, seed, word in (SHOWN[1:2] if quick else SHOWN)
    ]
    return shown + table


def summary(items: Sequence[Item]) -> list[Item]:
    """How many of the table came out as asked; nothing of a table that is not whole."""
    table = [item for item in items if any(reading.measure == "key" for reading in item.readings)]
    if len(table) < len(TEMPI) * 5:
        return []
    rows = []
    for measure, word, least in _SUMMED:
        right = sum(reading.ok for item in table for reading in item.readings if reading.measure == measure)
        reading = Reading("right", right, low=least * len(table) / 30, shown=f"{right} of {len(table)}")
        rows.append(Item("music", f"all: {word}", f"pieces heard in the {word} that was asked", (reading,)))
    return rows


async def _tabled(studio: Studio, genre: str, bpm: int, wanted: str, seed: int) -> Item:
    request = MusicRequest(
        genre=genre, bpm=bpm, key=wanted, seed=seed, duration_ms=round(SECONDS * 1000), stems=True
    )
    audio, stems = await studio.compose(request)
    beat = await studio.measure(tempo, audio.samples, audio.rate, bpm)
    heard = await studio.measure(key, _pitched(audio, stems), audio.rate)
    slack = TOLERANCE * bpm
    return Item(
        "music",
        f"{genre} {bpm} {wanted}",
        f"{bpm} bpm in {wanted}, seed {seed}",
        (
            Reading("bpm", beat.bpm, low=bpm - slack, high=bpm + slack),
            Reading("key", float(same(heard, wanted)), low=1, shown=heard),
            Reading("length", abs(audio.frames - SECONDS * audio.rate) / audio.rate * 1000, high=0),
        ),
    )


async def _shown(studio: Studio, genre: str, intensity: float, seed: int, word: str) -> Item:
    request = MusicRequest(
        genre=genre, intensity=intensity, seed=seed, duration_ms=round(SHOWN_S * 1000), stems=True
    )
    audio, stems = await studio.compose(request)
    level = await studio.measure(levels, audio.samples, audio.rate)
    found = await studio.measure(_unmeant, audio, stems.get("texture"))
    return Item(
        "music",
        f"{genre}, {word}",
        f"intensity {intensity}, seed {seed}; stems {', '.join(stems)}",
        (
            Reading("lufs", level.lufs, low=-23, high=-16),
            Reading("dbtp", level.dbtp, high=-1),
            Reading("clicks", len(found), high=0),
            Reading("length", abs(audio.frames - SHOWN_S * audio.rate) / audio.rate * 1000, high=0),
        ),
        Sound(audio.samples, audio.rate, [click.frame / audio.rate for click in found]),
    )


def _pitched(audio: Audio, stems: Mapping[str, Samples]) -> Samples:
    return audio.samples - stems["drums"] if "drums" in stems else audio.samples


def _unmeant(audio: Audio, texture: Samples | None) -> list[Click]:
    """Clicks of everything but the texture."""
    return clicks(audio.samples if texture is None else audio.samples - texture, audio.rate)
