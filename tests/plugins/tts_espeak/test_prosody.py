"""What SSML asks for is what is heard: through the text front end, the road and espeak's voices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from math import log2
from pathlib import Path

import numpy as np
import pytest
from meters.pitch import pitch

import mixdown_mixing
import mixdown_text
import mixdown_tts_espeak
from mixdown_kernel import Audio, Kernel, Master, Problem, Scene, VoiceLayer

SENTENCE = "Seven small boats sailed home along the river in the early morning light."


@pytest.fixture
async def kernel(tmp_path: Path) -> AsyncIterator[Kernel]:
    plugins = (mixdown_text, mixdown_tts_espeak, mixdown_mixing)
    async with Kernel({"data_dir": tmp_path}, plugins=plugins, discover=False, strict=True) as running:
        yield running


async def hear(kernel: Kernel, text: str, **layer: object) -> Audio:
    scene = Scene(
        layers=(VoiceLayer.model_validate({"id": "voice", "text": text, **layer}),),
        rate=22_050,
        channels=1,
        master=Master(mode="none"),
    )
    audio, receipt = await kernel.render(scene)
    assert not receipt.notices
    return audio


def level_db(audio: Audio) -> float:
    return 10 * log2(float(np.mean(audio.samples.astype(np.float64) ** 2))) / log2(10)


async def tagged(kernel: Kernel, attributes: str, inner: str = SENTENCE) -> Audio:
    return await hear(kernel, f"<speak><prosody {attributes}>{inner}</prosody></speak>")


@pytest.mark.parametrize("semitones", [-5, -2, 2, 4, 6])
async def test_pitch_moves_by_as_many_semitones(kernel, semitones):
    plain, moved = await hear(kernel, SENTENCE), await tagged(kernel, f"pitch='{semitones:+}st'")
    heard = 12 * log2(pitch(moved.samples, moved.rate).median / pitch(plain.samples, plain.rate).median)
    assert heard == pytest.approx(semitones, abs=max(0.5, abs(semitones) / 10))
    assert moved.frames == pytest.approx(plain.frames, rel=0.03)


@pytest.mark.parametrize(
    ("rate", "factor"), [("50%", 0.5), ("+20%", 1.2), ("fast", 1.25), ("2", 2.0), ("3", 3.0)]
)
async def test_rate_divides_the_length(kernel, rate, factor):
    plain, moved = await hear(kernel, SENTENCE), await tagged(kernel, f"rate='{rate}'")
    assert moved.frames == pytest.approx(plain.frames / factor, rel=0.07)


@pytest.mark.parametrize(
    ("volume", "decibels"), [("-6dB", -6), ("-12dB", -12), ("50", -6.02), ("soft", -4.44)]
)
async def test_volume_moves_the_level(kernel, volume, decibels):
    plain, moved = await hear(kernel, SENTENCE), await tagged(kernel, f"volume='{volume}'")
    assert level_db(moved) - level_db(plain) == pytest.approx(decibels, abs=0.1)


async def test_silent_is_silent_for_as_long(kernel):
    plain, silent = await hear(kernel, SENTENCE), await tagged(kernel, "volume='silent'")
    assert silent.frames == plain.frames
    assert not silent.samples.any()


async def test_nested_prosody_multiplies(kernel):
    inner = f"<prosody pitch='+2st' rate='1.5' volume='-3dB'>{SENTENCE}</prosody>"
    nested = await tagged(kernel, "pitch='+2st' rate='0.8' volume='-3dB'", inner)
    flat = await tagged(kernel, "pitch='+4st' rate='1.2' volume='-6dB'")
    assert nested.frames == flat.frames
    np.testing.assert_allclose(nested.samples, flat.samples, atol=2e-3)


async def test_marks_do_what_tags_do(kernel):
    marked = await hear(kernel, f"[pitch:+3st][rate:1.2][volume:-6dB]{SENTENCE}")
    tags = await tagged(kernel, "pitch='+3st' rate='1.2' volume='-6dB'")
    np.testing.assert_array_equal(marked.samples, tags.samples)


async def test_emphasis_is_louder_and_slower(kernel):
    plain = await hear(kernel, SENTENCE)
    strong = await hear(kernel, f"<speak><emphasis level='strong'>{SENTENCE}</emphasis></speak>")
    assert level_db(strong) > level_db(plain) + 1
    assert strong.frames > plain.frames


async def test_a_lexicon_is_heard_however_it_is_given(kernel):
    """By request, by tag and inline the same sound, and another one than by default."""
    default = await hear(kernel, "I say tomato.")
    asked = await hear(kernel, "I say tomato.", lexicon={"tomato": "/təˈmɑːtoʊ/"})
    tag = await hear(kernel, "<speak>I say <phoneme ph='təˈmɑːtoʊ'>tomato</phoneme>.</speak>")
    inline = await hear(kernel, "I say [tomato](/təˈmɑːtoʊ/).")
    np.testing.assert_array_equal(asked.samples, tag.samples)
    np.testing.assert_array_equal(asked.samples, inline.samples)
    assert not np.array_equal(asked.samples, default.samples)


async def test_two_speakers_sound_apart(kernel):
    scene = f"[voice:onyx]{SENTENCE}[pause:1s][voice:marin]{SENTENCE}"
    audio = await hear(kernel, scene)
    half = audio.frames // 2
    low, high = [pitch(part, audio.rate).median for part in (audio.samples[:half], audio.samples[half:])]
    assert high > 1.8 * low


async def test_an_unknown_speaker_is_refused(kernel):
    with pytest.raises(Problem) as caught:
        await hear(kernel, "[voice:alloy]Hi. [voice:nobody at all]Ho.")
    assert (caught.value.code, caught.value.field) == ("unknown_voice", "text")
    assert "nobody at all" in caught.value.message
