"""What this voice promises beyond the contract: the tones are the letters."""

from __future__ import annotations

import mixdown_template
import pytest
from mixdown_template import RATE, VOICE, spell

from mixdown_kernel import SpeechRequest
from mixdown_kernel.testing.plugin import OpenBackend
from mixdown_kernel.testing.rendering import collect
from mixdown_kernel.testing.signals import dominant_frequency


async def test_letters_are_heard_as_their_tones(open_backend: OpenBackend) -> None:
    voice = await open_backend(VOICE)
    render = await collect(voice, SpeechRequest(text="cab, fed!"))
    letter = render.words[0].end_frame // 3
    for word, tones in zip(render.words, ([2, 0, 1], [5, 4, 3]), strict=True):
        for place, tone in enumerate(tones):
            start = word.start_frame + place * letter
            heard = dominant_frequency(render.audio.samples[start : start + letter], RATE)
            assert heard == pytest.approx(440 * 2 ** (tone / 12), rel=0.01)


async def test_a_letter_takes_the_time_that_was_set(open_backend: OpenBackend) -> None:
    voice = await open_backend(VOICE, section={"letter_ms": 100})
    word = (await collect(voice, SpeechRequest(text="abcd"))).words[0]
    assert word.end_frame - word.start_frame == 4 * RATE // 10


def test_accents_are_dropped_and_signs_are_silent() -> None:
    assert spell("Éa!") == [4, 0]
    assert spell("…") == []


def test_the_plugin_offers_its_voice() -> None:
    assert mixdown_template.synthesis_backends() == [VOICE]
