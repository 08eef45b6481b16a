"""Every voice that has a name: understood, undamaged, level, in pitch and in pace."""

from __future__ import annotations

from functools import partial

import numpy as np

from meters.artefacts import artefacts
from meters.clicks import clicks
from meters.levels import levels
from meters.listen.case import Case
from meters.listen.figures import Item, Reading, Sound
from meters.listen.studio import Studio
from meters.matrix import sentences
from meters.pitch import pitch

ABOUT = (
    "30 matrix sentences are read to a small recogniser (chance is 10 %); three Harvard sentences give the rest. "
    "DNSMOS and PLCMOS are alarms: they do not judge how natural a voice is."
)
OPENAI = ("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse")  # fmt: skip
NAMES = (*OPENAI, "en_us_001", "en_epic_001", "custom")
QUICK = ("alloy", "coral", "fable", "en_us_001")
PASSAGE = (
    "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. "
    "It's easy to tell the depth of a well."
)
_SENTENCES = 30


async def cases(studio: Studio, quick: bool) -> list[Case]:
    return [Case(name, 6, partial(_measure, studio, name)) for name in (QUICK if quick else NAMES)]


async def _measure(studio: Studio, name: str) -> Item:
    heard = await _words_heard(studio, name)
    take = await studio.speak(PASSAGE, name)
    samples, rate = take.audio.samples, take.audio.rate
    level = await studio.measure(levels, samples, rate)
    found = await studio.measure(clicks, samples, rate)
    alarm = await studio.measure(artefacts, samples, rate)
    track = await studio.measure(pitch, samples, rate)
    minutes = take.audio.frames / rate / 60
    return Item(
        "voices",
        name,
        _about(name, take.timeline.used["voice"].name),
        (
            Reading("words", 100 * heard, low=90),
            Reading("overall", alarm.overall, low=1.8),
            Reading("concealment", alarm.concealment, low=1.6),
            Reading("clicks", len(found), high=0),
            Reading("lufs", level.lufs, low=-24, high=-14),
            Reading("dbtp", level.dbtp, high=-0.5),
            Reading("pitch", track.median, low=60, high=260),
            Reading("pace", len(PASSAGE.split()) / minutes, low=130, high=260),
        ),
        Sound(samples, rate, [click.frame / rate for click in found]),
    )


def _about(name: str, backend: str) -> str:
    return f"{'an OpenAI name' if name in OPENAI else 'a name of the sources'}, spoken by {backend}"


async def _words_heard(studio: Studio, voice: str) -> float:
    said = sentences(_SENTENCES)
    clips = []
    for words in said:
        take = await studio.speak(f"{' '.join(words).capitalize()}.", voice)
        clips.append(np.asarray(take.audio.samples))
    return await studio.measure(studio.matrix.score, clips, take.audio.rate, said)
