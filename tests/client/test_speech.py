"""Speech: whole, streamed, into a file."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import get_args

import pytest

from mixdown_client import AsyncMixdown, Mixdown, MixdownError
from mixdown_client.options import Format

HELLO = "Hello there. This is a second sentence."
BEGINNINGS: dict[Format, tuple[bytes, ...]] = {
    "mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3"),
    "opus": (b"OggS",),
    "aac": (b"\xff\xf1", b"\xff\xf9"),
    "flac": (b"fLaC",),
    "wav": (b"RIFF",),
}


@pytest.mark.parametrize("format_", BEGINNINGS)
def test_every_format_is_spoken(mixdown: Mixdown, format_: Format) -> None:
    audio = mixdown.speak(HELLO, format=format_)
    assert audio.startswith(BEGINNINGS[format_])
    assert len(audio) > 4000


def test_every_format_is_tested() -> None:
    assert {*BEGINNINGS, "pcm"} == set(get_args(Format))


def test_pcm_is_the_wav_without_its_header(mixdown: Mixdown) -> None:
    with wave.open(io.BytesIO(mixdown.speak(HELLO, format="wav"))) as file:
        assert (file.getframerate(), file.getnchannels()) == (24_000, 1)
        frames = file.readframes(10**9)  # streamed: its header cannot say how many
    assert mixdown.speak(HELLO, format="pcm") == frames


def test_what_is_streamed_is_what_is_spoken(mixdown: Mixdown) -> None:
    with mixdown.stream_speech(HELLO, format="flac") as speech:
        chunks = list(speech)
        assert (speech.media_type, speech.backend) == ("audio/flac", "espeak")
    assert len(chunks) > 1
    assert b"".join(chunks) == mixdown.speak(HELLO, format="flac")


def test_speech_is_saved_under_its_name_once_it_is_whole(mixdown: Mixdown, tmp_path: Path) -> None:
    with mixdown.stream_speech(HELLO) as speech:
        path = speech.save(tmp_path / "hello.mp3")
    assert path.read_bytes() == mixdown.speak(HELLO)
    assert [file.name for file in tmp_path.iterdir()] == ["hello.mp3"]


def test_word_times_are_fetched_when_the_speech_has_ended(mixdown: Mixdown) -> None:
    with mixdown.stream_speech(HELLO, timestamps=True, captions="srt") as speech:
        for _ in speech:
            pass
    assert speech.timestamps_url
    assert speech.captions_url
    words = mixdown.words(speech.timestamps_url)
    assert [HELLO[word.start : word.end] for word in words][:2] == ["Hello", "there."]
    assert words[0].start_ms < words[-1].start_ms
    assert b" --> " in mixdown.fetch(speech.captions_url)


def test_a_bed_and_another_speed_change_the_speech(mixdown: Mixdown) -> None:
    plain = len(mixdown.speak(HELLO, format="pcm"))
    assert len(mixdown.speak(HELLO, format="pcm", speed=2.0)) < 0.6 * plain
    mixed = mixdown.speak(
        HELLO, format="pcm", background={"type": "rain", "volume": 60}, music={"genre": "lofi"}
    )
    assert mixed != mixdown.speak(HELLO, format="pcm")


def test_a_stream_that_is_refused_raises_before_its_first_byte(mixdown: Mixdown) -> None:
    with pytest.raises(MixdownError) as caught, mixdown.stream_speech(HELLO, voice="nobody"):
        pytest.fail("the block must not be entered")
    assert caught.value.code == "unknown_voice"


async def test_the_asynchronous_client_speaks_streams_and_saves(
    amixdown: AsyncMixdown, tmp_path: Path
) -> None:
    whole = await amixdown.speak(HELLO, format="flac")
    async with amixdown.stream_speech(HELLO, format="flac") as speech:
        assert b"".join([chunk async for chunk in speech]) == whole
    async with amixdown.stream_speech(HELLO, format="flac", timestamps=True) as speech:
        assert (await speech.save(tmp_path / "hello.flac")).read_bytes() == whole
    assert speech.timestamps_url
    assert (await amixdown.words(speech.timestamps_url))[0].text == "Hello"
