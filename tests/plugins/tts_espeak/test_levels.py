"""The voices of the cast are about equally loud, and none peaks out of range."""

from __future__ import annotations

import pytest
from meters.levels import loudness, true_peak

TEXT = "The quick brown fox jumps over the lazy dog, and nobody left the harbour before the tide came in."
NAMES = (
    "alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer", "verse", "marin", "cedar",
    "en_us_001", "en_epic_001",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
async def test_a_voice_of_the_cast(espeak, say, name):
    voice = espeak.resolve_voice(name) or next(
        voice for voice in await espeak.voices() if name in voice.aliases
    )
    audio = (await say(espeak, TEXT, voice=voice.id)).audio
    assert loudness(audio.samples, audio.rate) == pytest.approx(-20.5, abs=1.6)
    assert true_peak(audio.samples) < -0.5
