"""What a request asks for is what is heard."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from mixdown_kernel import Audio, Fingerprinted, Problem, ReportsHealth

SENTENCE = "The quick brown fox jumps over the lazy dog while seven sailors sing about the sea."
RATE = 22_050


def median_pitch(audio: Audio) -> float:
    """Hz, by autocorrelation of the voiced 40 ms frames."""
    signal = audio.samples[:, 0].astype(np.float64)
    size = int(0.04 * audio.rate)
    found = []
    for start in range(0, len(signal) - size, size // 2):
        frame = signal[start : start + size] - signal[start : start + size].mean()
        if np.mean(frame**2) < 1e-4:
            continue
        correlation = np.correlate(frame, frame, "full")[size - 1 :]
        lag = audio.rate // 500 + int(np.argmax(correlation[audio.rate // 500 : audio.rate // 50]))
        if correlation[lag] > 0.5 * correlation[0]:
            found.append(audio.rate / lag)
    return float(np.median(found))


async def test_a_chunk_is_mono_float_at_the_engines_rate(espeak, say):
    audio = (await say(espeak, SENTENCE)).audio.check()
    assert (audio.rate, audio.channels) == (RATE, 1)
    assert 4.5 < audio.frames / RATE < 5.5
    assert 0.3 < np.abs(audio.samples).max() <= 1


@pytest.mark.parametrize("semitones", [-7, -5, -2, 3, 6, 9])
async def test_pitch_moves_by_semitones(espeak, say, semitones):
    plain = median_pitch((await say(espeak, SENTENCE)).audio)
    moved = median_pitch((await say(espeak, SENTENCE, pitch=semitones)).audio)
    assert 12 * np.log2(moved / plain) == pytest.approx(semitones, abs=0.7)


@pytest.mark.parametrize("speed", [0.46, 0.7, 1.5, 2.0, 2.57])
async def test_speed_divides_the_length(espeak, say, speed):
    plain = (await say(espeak, SENTENCE)).audio.frames
    assert (await say(espeak, SENTENCE, speed=speed)).audio.frames == pytest.approx(plain / speed, rel=0.06)


async def test_volume_is_linear(espeak, say):
    plain = (await say(espeak, SENTENCE)).audio.samples
    np.testing.assert_allclose((await say(espeak, SENTENCE, volume=0.25)).audio.samples, plain / 4, atol=1e-7)
    assert not (await say(espeak, SENTENCE, volume=0)).audio.samples.any()


async def test_intonation_flattens_the_pitch_and_word_gap_lengthens(espeak, say):
    plain = (await say(espeak, SENTENCE)).audio
    flat = (await say(espeak, SENTENCE, parameters={"intonation": 0})).audio
    assert not np.array_equal(flat.samples, plain.samples)
    gaps = (await say(espeak, SENTENCE, parameters={"word_gap_ms": 200})).audio
    assert 1.5 < (gaps.frames - plain.frames) / RATE < 4  # fifteen gaps


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"speed": 0.3}, "speed"),
        ({"speed": 3}, "speed"),
        ({"pitch": -12}, "pitch"),
        ({"pitch": 9.1}, "pitch"),
        ({"text": "a" * 2001}, "text"),
    ],
)
async def test_out_of_range_is_refused_with_the_range(espeak, say, members, field):
    with pytest.raises(Problem) as caught:
        await say(espeak, **{"text": "Hello.", **members})
    assert (caught.value.kind, caught.value.field) == ("invalid", field)
    assert len(caught.value.allowed) == 2


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"flutter": 1}, "parameters.flutter"),
        ({"intonation": 101}, "parameters.intonation"),
        ({"intonation": "50"}, "parameters.intonation"),
        ({"word_gap_ms": -1}, "parameters.word_gap_ms"),
        ({"x" * 1000: 1}, "parameters." + "x" * 40),
    ],
)
async def test_parameters_are_checked(espeak, say, parameters, field):
    with pytest.raises(Problem) as caught:
        await say(espeak, "Hello.", parameters=parameters)
    assert (caught.value.kind, caught.value.field) == ("invalid", field)
    assert caught.value.allowed == ["intonation", "word_gap_ms"]


@pytest.mark.parametrize("text", ["", " ", "...", "—", "\n\t", "\x00", "\ud800", "​"])
async def test_nothing_to_say_is_silence_and_no_word(espeak, say, text):
    chunk = await say(espeak, text)
    assert chunk.words == ()
    assert not chunk.audio.check().samples.any()


async def test_a_control_character_is_a_space_and_never_a_command(espeak, say):
    # \x01 begins an embedded command in espeak-ng: this one would raise the pitch.
    spaced = await say(espeak, "one  99P two")
    commanded = await say(espeak, "one \x0199P two")
    assert np.array_equal(commanded.audio.samples, spaced.audio.samples)


@pytest.mark.parametrize("text", ["<speak>one</speak>", '<sub alias="x">y</sub>', "[[h@l'oU]]", "&lt;b&gt;"])
async def test_markup_is_read_as_text(espeak, say, text):
    plain = await say(espeak, "one")
    assert (await say(espeak, text)).audio.frames > 1.5 * plain.audio.frames


async def test_text_that_takes_too_long_is_refused(espeak, say):
    with pytest.raises(Problem) as caught:
        await say(espeak, "😀 " * 1000, speed=0.46)
    assert (caught.value.kind, caught.value.code) == ("too_large", "speech_too_long")


async def test_the_backend_says_how_it_is_and_what_it_sounds_like(espeak, say):
    await say(espeak, "Hello.")
    assert isinstance(espeak, ReportsHealth)
    assert isinstance(espeak, Fingerprinted)
    health = await espeak.health()
    assert health.ok
    assert health.figures["processes_alive"] == 1
    assert (health.figures["requests"], health.figures["restarts"]) == (1, 0)
    assert len(espeak.fingerprint()) == 64


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs procfs")
async def test_the_gpl_library_is_never_in_our_process(espeak, say):
    await say(espeak, "Hello.")
    mapped = await asyncio.to_thread(Path("/proc/self/maps").read_text)
    assert "espeakbridge" not in mapped
    assert "libespeak" not in mapped
