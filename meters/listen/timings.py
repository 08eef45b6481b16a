"""Word times on the final timeline, beside a forced alignment of what was really said."""

from __future__ import annotations

from functools import partial

import numpy as np

from meters.listen.case import Case
from meters.listen.figures import Item, Reading
from meters.listen.studio import Studio, Take

ABOUT = (
    "Ten Harvard sentences in one text. Each is cut out at its utterance's times and aligned alone; aligner frames are 10 ms. "
    "Starts are compared, for it is starts that captions and highlighting follow."
)
VOICES = ("en_us_001", "alloy", "coral", "fable", "nova", "onyx", "verse", "en_epic_001")
SPEEDS = (0.7, 1.5)
TEXT = (
    "The birch canoe slid on the smooth planks. These days a chicken leg is a rare dish. "
    "The juice of lemons makes fine punch. A large size in stockings is hard to sell. "
    "The boy was there when the sun rose. The source of the huge river is the clear spring. "
    "Help the woman get back to her feet. A pot of tea helps to pass the evening. "
    "Four hours of steady work faced us. The ship was torn apart on the sharp reef."
)


async def cases(studio: Studio, quick: bool) -> list[Case]:
    plain = [
        Case(voice, 1, partial(_measure, studio, voice, 1.0)) for voice in VOICES[: 2 if quick else None]
    ]
    if quick:
        return plain
    return plain + [
        Case(f"{VOICES[0]} × {speed}", 1, partial(_measure, studio, VOICES[0], speed)) for speed in SPEEDS
    ]


async def _measure(studio: Studio, voice: str, speed: float) -> Item:
    take = await studio.speak(TEXT, voice, speed)
    apart = await studio.measure(_apart_ms, studio, take)
    return Item(
        "timings",
        voice if speed == 1 else f"{voice} × {speed}",
        f"{len(apart)} words at {speed:g} times the speed",
        (
            Reading("middle", float(np.median(apart)), high=10),
            Reading("start", float(np.quantile(apart, 0.9)), high=30),
            Reading("late", 100 * float(np.mean(apart > 30)), high=10),
        ),
    )


def _apart_ms(studio: Studio, take: Take) -> np.ndarray:
    """|start as told - start as aligned| of every word."""
    rate, found = take.audio.rate, []
    for utterance in take.timeline.utterances:
        words = [
            word for word in take.timeline.words if utterance.start_ms <= word.start_ms < utterance.end_ms
        ]
        start, end = (round(ms * rate / 1000) for ms in (utterance.start_ms, utterance.end_ms))
        aligned = studio.aligner.align(
            take.audio.samples[start:end], rate, [word.text.strip(".,") for word in words]
        )
        found += [
            abs(utterance.start_ms + 1000 * one.start - word.start_ms)
            for one, word in zip(aligned, words, strict=True)
        ]
    return np.asarray(found)
