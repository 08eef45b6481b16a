"""Forced alignment beside what espeak says of its own phonemes."""

from __future__ import annotations

import numpy as np
import pytest
from meters.alignment import Aligner

from mixdown_kernel import Audio, Kernel, Master, Scene, VoiceLayer

SENTENCES = (
    "The birch canoe slid on the smooth planks.",
    "These days a chicken leg is a rare dish.",
    "A large size in stockings is hard to sell.",
)


@pytest.fixture(scope="module")
def aligner() -> Aligner:
    return Aligner()


async def spoken(kernel: Kernel, text: str, voice: str):
    layer = VoiceLayer(id="voice", text=text, voice=voice, backend="espeak")
    scene = Scene(layers=[layer], rate=24_000, channels=1, seed=1, master=Master(mode="none"))
    async with kernel.perform(await kernel.plan(scene)) as performance:
        audio = Audio.join([block async for block in performance.blocks()])
    return audio, performance.timeline.words


async def test_starts_are_where_espeak_says(aligner, tmp_path):
    apart = []
    async with Kernel({"data_dir": tmp_path}) as kernel:
        for voice in ("en-us", "coral", "onyx"):
            for text in SENTENCES:
                audio, words = await spoken(kernel, text, voice)
                aligned = aligner.align(audio.samples, audio.rate, text.strip(".").split())
                apart += [
                    abs(found.start - word.start_ms / 1000)
                    for found, word in zip(aligned, words, strict=True)
                ]
    assert np.median(apart) < 0.010
    assert np.quantile(apart, 0.9) < 0.030


async def test_a_shift_is_seen(aligner, tmp_path):
    async with Kernel({"data_dir": tmp_path}) as kernel:
        audio, _ = await spoken(kernel, SENTENCES[0], "en-us")
    words = SENTENCES[0].strip(".").split()
    before = aligner.align(audio.samples, audio.rate, words)
    later = np.pad(audio.samples, ((round(0.2 * audio.rate), 0), (0, 0)))
    after = aligner.align(later, audio.rate, words)
    shifts = [b.start - a.start for a, b in zip(before, after, strict=True)]
    assert np.median(shifts) == pytest.approx(0.2, abs=0.011)


def test_a_word_that_no_dictionary_has(aligner):
    with pytest.raises(ValueError, match="zxqv"):
        aligner.align(np.zeros(16_000), 16_000, ["hello", "zxqv"])


def test_sound_without_the_words(aligner):
    with pytest.raises(ValueError, match="does not hold"):
        aligner.align(np.zeros(800), 16_000, ["hello", "world", "again", "and", "again"])
