"""Free text against what a recogniser makes of it."""

from __future__ import annotations

import numpy as np
import pytest
from meters.transcription import Transcriber, WordErrors, compared, distance, spoken

from mixdown_kernel import Kernel, Master, Scene, VoiceLayer

TEXT = "She opened the window and listened to the rain."


def test_what_counts_of_a_text():
    assert compared("It’s a well-known “fact”, OKAY?") == ["it's", "a", "well", "known", "fact", "ok"]
    assert compared(spoken("It costs $5.20.")) == ["it", "costs", "five", "dollars", "and", "twenty", "cents"]


@pytest.mark.parametrize(
    ("heard", "errors"),
    [("a b c d", 0), ("a x c d", 1), ("a c d", 1), ("a b b c d", 1), ("", 4), ("d c b a", 4), ("x a b c", 2)],
)
def test_words_replaced_left_out_and_put_in(heard, errors):
    assert distance(["a", "b", "c", "d"], heard.split()) == errors


def test_the_rate_is_that_of_all_words_together():
    both = WordErrors(1, 4) + WordErrors(1, 16)
    assert both.rate == 10
    assert WordErrors(3, 2).rate == 150


async def test_equal_sound_is_heard_equally_at_any_level(tmp_path):
    layer = VoiceLayer(id="voice", text=TEXT, voice="coral", backend="espeak")
    scene = Scene(layers=[layer], rate=24_000, channels=1, seed=1, master=Master(mode="none"))
    async with Kernel({"data_dir": tmp_path}) as kernel:
        audio, _ = await kernel.render(scene)
    transcriber = Transcriber()
    heard = transcriber.heard(audio.samples, audio.rate)
    assert len(set(heard) & set(compared(TEXT))) >= 3
    assert transcriber.heard(0.01 * audio.samples, audio.rate) == heard
    noise = np.random.default_rng(0).standard_normal(24_000)
    assert transcriber.errors(noise, 24_000, TEXT).rate > 80
    assert transcriber.heard(audio.samples, audio.rate) == heard
    score = transcriber.score([(audio.samples, audio.rate)], [TEXT])
    assert score == WordErrors(distance(compared(TEXT), heard), 9)
