"""Pitch and volume of a voice that has neither: the road makes them."""

from __future__ import annotations

import numpy as np
import pytest

import mixdown_text
from mixdown_kernel import Audio, Chunk

from .scenes import bare
from .stairs import RATE, STEP, Stairs, spoken, words

HUM_HZ = 200
TEXT = "a" * 60


class Hum(Stairs):
    """One tone for as long as the stairs would take."""

    async def render(self, request):
        self.requests.append(request)
        frames = len(request.text) * STEP
        tone = 0.3 * np.sin(2 * np.pi * HUM_HZ * np.arange(frames) / RATE)
        yield Chunk(Audio(tone.astype(np.float32)[:, None], RATE), words(request.text))


def prosody(text, **attributes):
    written = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return bare(f"<speak><prosody {written}>{text}</prosody></speak>")


def loudest_hz(audio):
    spectrum = np.abs(np.fft.rfft(audio.samples[:, 0] * np.hanning(audio.frames)))
    return np.argmax(spectrum) * audio.rate / audio.frames


@pytest.mark.parametrize("streaming", [False, True])
async def test_volume(road, streaming):
    async with road(Stairs(streaming=streaming), mixdown_text) as kernel:
        audio, receipt = await kernel.render(prosody("Soft", volume="-6.0206dB"))
    assert audio.samples == pytest.approx(spoken("Soft") / 2, rel=1e-4)
    assert not receipt.notices


@pytest.mark.parametrize("semitones", [-12, -3, 7, 12])
async def test_pitch_at_kept_length_and_words(road, semitones):
    async with road(Hum(), mixdown_text) as kernel:
        plain, _ = await kernel.render(bare(TEXT))
        shifted, receipt = await kernel.render(prosody(TEXT, pitch=f"{semitones:+}st"))
    assert loudest_hz(shifted) == pytest.approx(HUM_HZ * 2 ** (semitones / 12), rel=0.01)
    assert shifted.frames == pytest.approx(plain.frames, abs=2)
    assert not receipt.notices


async def test_pitch_and_speed_together(road):
    async with road(Hum(), mixdown_text) as kernel:
        audio, _ = await kernel.render(prosody(TEXT, pitch="+5st", rate="200%"))
    assert audio.frames == pytest.approx(len(TEXT) * STEP / 2, abs=2)
    assert loudest_hz(audio) == pytest.approx(HUM_HZ * 2 ** (5 / 12), rel=0.01)


async def test_what_the_voice_has_the_road_leaves_alone(road):
    hum = Hum(honours=frozenset({"pitch", "volume"}))
    async with road(hum, mixdown_text) as kernel:
        audio, _ = await kernel.render(prosody(TEXT, pitch="+5st", volume="-6dB"))
    assert hum.requests[0].pitch == pytest.approx(5)
    assert hum.requests[0].volume == pytest.approx(0.501, abs=0.001)
    assert loudest_hz(audio) == pytest.approx(HUM_HZ, rel=0.01)


async def test_more_than_an_octave_is_said_to_be_out_of_reach(road):
    async with road(Hum(), mixdown_text) as kernel:
        audio, receipt = await kernel.render(prosody(TEXT, pitch="+20st"))
    assert loudest_hz(audio) == pytest.approx(2 * HUM_HZ, rel=0.01)
    assert [notice.code for notice in receipt.notices] == ["not_honoured"]


async def test_another_pitch_is_another_mix(road):
    async with road(Hum(), mixdown_text) as kernel:
        plans = [await kernel.plan(prosody(TEXT, pitch=f"{pitch}st")) for pitch in ("+1", "+2")]
        assert kernel.mix_signature(plans[0]) != kernel.mix_signature(plans[1])
