"""Equal requests give equal bytes, in any process and in any order."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import Counter

from mixdown_tts_espeak import open_synthesis
from mixdown_tts_espeak.settings import EspeakSettings

VOICES = ("", "en-gb", "en-us+f3", "de", "cmn", "fr-fr+m7", "en-us+whisper", "en-us+announcer")


def requests() -> list[dict[str, object]]:
    draw = random.Random(7)
    words = [
        "sixty",
        "small",
        "ships",
        "rush",
        "past",
        "these",
        "fresh",
        "zephyrs",
        "as",
        "fierce",
        "seas",
        "hiss",
    ]
    return [
        {
            "text": " ".join(draw.sample(words, draw.randint(2, 9))) + draw.choice(".?!"),
            "voice": VOICES[index % len(VOICES)],
            "speed": draw.choice([0.5, 1.0, 1.3, 2.2]),
            "pitch": draw.choice([-6.0, 0.0, 4.0]),
        }
        for index in range(50)
    ]


async def digests(context, say, order: list[int]) -> dict[int, str]:
    found: dict[int, str] = {}

    async def one(espeak, index: int) -> None:
        chunk = await say(espeak, **requests()[index])
        found[index] = hashlib.sha256(chunk.audio.samples.tobytes() + repr(chunk.words).encode()).hexdigest()

    async with open_synthesis(EspeakSettings(processes=2), context) as espeak:
        await asyncio.gather(*(one(espeak, index) for index in order))
    return found


async def test_fifty_utterances_in_three_orders_and_six_processes(context, say):
    forward = list(range(50))
    shuffled = random.Random(1).sample(forward, 50)
    first = await digests(context, say, forward)
    assert await digests(context, say, forward[::-1]) == first
    assert await digests(context, say, shuffled) == first
    assert max(Counter(first.values()).values()) == 1  # and they are not all the same


async def test_repeating_one_utterance_never_drifts(espeak, say):
    renders = [await say(espeak, "Sixty small ships.") for _ in range(12)]
    assert len({render.audio.samples.tobytes() for render in renders}) == 1
