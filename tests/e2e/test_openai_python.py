"""The official OpenAI SDK for Python, unmodified, against a real server process."""

from __future__ import annotations

import asyncio
import base64
import json

import httpx
import numpy as np
import openai
import pyebur128
import pytest

from .server import Server, events
from .sound import Signal, decode, pcm, pitch, seconds

MODEL = "gpt-4o-mini-tts"
TEXT = "Rain falls on the seven old houses by the sea."
LONG = " ".join(f"This is sentence number {n}, and it says nothing that matters." for n in range(1, 61))
VOICES = (
    "alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer", "verse", "marin", "cedar",
)  # fmt: skip
FRAME_SLACK = {"wav": 0, "flac": 0, "opus": 0, "mp3": 1152 * 2, "aac": 1024 * 3}
"""Frames that a format's own padding adds at most; a lossy stream without a table of contents cannot be exact."""


def speak(client: openai.OpenAI, **members: object) -> openai.HttpxBinaryResponseContent:
    asked = {"model": MODEL, "voice": "alloy", "input": TEXT, "response_format": "wav", **members}
    return client.audio.speech.create(**asked)  # type: ignore[arg-type]


def level(samples: Signal, rate: int) -> float:
    """The root of the energy, which padding with silence leaves alone."""
    return float(np.linalg.norm(samples)) / rate**0.5


@pytest.fixture(scope="module")
def plain(server: Server) -> bytes:
    """The text at 24 kHz mono, 16 bit, without a header."""
    asked = {"model": MODEL, "voice": "alloy", "input": TEXT, "response_format": "pcm"}
    return server.http.post("/v1/audio/speech", json=asked).content


@pytest.mark.parametrize(
    ("format_", "media_type"),
    [
        ("mp3", "audio/mpeg"),
        ("opus", "audio/ogg"),
        ("aac", "audio/aac"),
        ("flac", "audio/flac"),
        ("wav", "audio/wav"),
    ],
)
def test_each_format_decodes_to_the_same_speech(
    client: openai.OpenAI, plain: bytes, format_: str, media_type: str
) -> None:
    answer = speak(client, response_format=format_)
    assert answer.response.headers["content-type"] == media_type
    samples, rate = decode(answer.content)
    frames = len(pcm(plain)) * rate // 24_000
    assert (rate, samples.shape[1]) == (48_000 if format_ == "opus" else 24_000, 1)
    assert frames <= len(samples) <= frames + FRAME_SLACK[format_]
    assert abs(20 * np.log10(level(samples, rate) / level(pcm(plain), 24_000))) < 0.5


def test_pcm_is_24_khz_16_bit_mono_without_a_header(client: openai.OpenAI, plain: bytes) -> None:
    exact, _ = decode(speak(client).content)
    assert np.array_equal(pcm(plain), exact)
    assert 2.0 < len(exact) / 24_000 < 4.0


def test_mp3_is_the_default(client: openai.OpenAI) -> None:
    answer = client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT)
    assert answer.response.headers["content-type"] == "audio/mpeg"
    assert answer.content[:3] == b"ID3" or answer.content[0] == 0xFF
    assert 8 * len(answer.content) / seconds(answer.content) == pytest.approx(96_000, rel=0.05)


def test_thirteen_voices_sound_like_thirteen(client: openai.OpenAI) -> None:
    spoken = {name: speak(client, voice=name, response_format="pcm").content for name in VOICES}
    assert all(spoken.values())
    assert len(set(spoken.values())) == len(VOICES)


def test_a_voice_may_be_an_object_with_its_id(client: openai.OpenAI) -> None:
    by_name = speak(client, voice="nova", response_format="pcm").content
    assert speak(client, voice={"id": "nova"}, response_format="pcm").content == by_name
    overridden = speak(client, response_format="pcm", extra_body={"voice": {"id": "nova"}})
    assert overridden.content == by_name


@pytest.mark.parametrize("speed", [0.25, 4.0])
def test_speed_changes_the_length_and_not_the_pitch(
    client: openai.OpenAI, plain: bytes, speed: float
) -> None:
    samples, rate = decode(speak(client, input=f"{TEXT} {TEXT}", speed=speed).content)
    normal, _ = decode(speak(client, input=f"{TEXT} {TEXT}").content)
    assert len(samples) * speed == pytest.approx(len(normal), rel=0.1)
    assert pitch(samples, rate) == pytest.approx(pitch(normal, rate), rel=0.05)


def test_instructions_are_taken(client: openai.OpenAI) -> None:
    assert seconds(speak(client, instructions="Speak calmly.").content) > 2


# ---------------------------------------------------------------- streaming


def test_the_first_bytes_come_while_most_is_still_unspoken(client: openai.OpenAI, server: Server) -> None:
    """With a bed the answer has forty megabytes, far more than the sockets between us hold."""
    before = server.spoken()
    with client.audio.speech.with_streaming_response.create(
        model=MODEL,
        voice="alloy",
        input=LONG,
        response_format="wav",
        extra_body={"background": {"type": "rain"}},
    ) as answer:
        chunks = answer.iter_bytes(4096)
        first = next(chunks)
        spoken_by_then = server.spoken() - before
        assert server.running() == 1
        whole = first + b"".join(chunks)
    spoken_in_all = server.spoken() - before
    assert spoken_by_then < spoken_in_all / 2
    assert seconds(whole) > 120
    server.wait_until(lambda: server.running() == 0)


def test_a_stream_can_go_to_a_file(client: openai.OpenAI, tmp_path, plain: bytes) -> None:
    with client.audio.speech.with_streaming_response.create(
        model=MODEL, voice="alloy", input=TEXT, response_format="pcm"
    ) as answer:
        answer.stream_to_file(tmp_path / "speech.pcm")
    assert (tmp_path / "speech.pcm").read_bytes() == plain


def test_server_sent_events_carry_the_same_audio_and_end_with_usage(
    client: openai.OpenAI, plain: bytes
) -> None:
    with client.audio.speech.with_streaming_response.create(
        model=MODEL, voice="alloy", input=TEXT, response_format="pcm", stream_format="sse"
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        found = [json.loads(data) for _, data in events(answer.iter_lines())]
    *deltas, done = found
    assert {delta["type"] for delta in deltas} == {"speech.audio.delta"}
    assert b"".join(base64.b64decode(delta["audio"]) for delta in deltas) == plain
    assert done["type"] == "speech.audio.done"
    usage = done["usage"]
    assert set(usage) == {"input_tokens", "output_tokens", "total_tokens"}
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0


async def test_the_asynchronous_client_runs_several_at_once(server: Server, plain: bytes) -> None:
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any") as client:
        answers = await asyncio.gather(
            *(
                client.audio.speech.create(model=MODEL, voice="alloy", input=TEXT, response_format="pcm")
                for _ in range(6)
            )
        )
    assert {answer.content for answer in answers} == {plain}


def test_the_request_id_reaches_the_sdk(client: openai.OpenAI) -> None:
    answer = client.audio.speech.with_raw_response.create(model=MODEL, voice="alloy", input="Hi.")
    assert answer.request_id
    assert client.models.list()._request_id
    with pytest.raises(openai.NotFoundError) as refused:
        speak(client, model="nobody")
    assert refused.value.request_id


def test_models_are_listed_and_found(client: openai.OpenAI) -> None:
    models = {model.id: model for model in client.models.list()}
    assert {"tts-1", "tts-1-hd", MODEL, "espeak"} <= set(models)
    assert all(model.object == "model" and model.created and model.owned_by for model in models.values())
    assert client.models.retrieve("espeak").owned_by == models["espeak"].owned_by
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody")
    for model in ("espeak", "tts-1-hd"):
        assert speak(client, model=model, response_format="pcm").content


# ---------------------------------------------------------------- our members, through extra_body


def test_a_bed_under_the_voice_makes_it_wide(client: openai.OpenAI, plain: bytes) -> None:
    answer = speak(client, extra_body={"background": {"type": "rain"}, "music": {"genre": "lofi"}, "seed": 3})
    samples, rate = decode(answer.content)
    assert (rate, samples.shape[1]) == (48_000, 2)
    assert abs(len(samples) - 2 * len(pcm(plain))) <= 2
    assert not np.array_equal(samples[:, 0], samples[:, 1])
    again = speak(client, extra_body={"background": {"type": "rain"}, "music": {"genre": "lofi"}, "seed": 3})
    assert again.content == answer.content


def test_pcm_stays_24_khz_mono_over_a_bed(client: openai.OpenAI, plain: bytes) -> None:
    mixed = speak(client, response_format="pcm", extra_body={"background": {"type": "rain"}}).content
    assert len(mixed) == len(plain)
    assert mixed != plain


def test_events_carry_word_times_and_captions_at_the_end(client: openai.OpenAI) -> None:
    text = "It costs $5.20 today."
    with client.audio.speech.with_streaming_response.create(
        model=MODEL,
        voice="alloy",
        input=text,
        stream_format="sse",
        extra_body={"timestamps": True, "captions": "srt"},
    ) as answer:
        done = json.loads(events(answer.iter_lines())[-1][1])
    assert [word["text"] for word in done["words"]] == ["It", "costs", "$5.20", "today."]
    assert [text[word["start"] : word["end"]] for word in done["words"]] == [w["text"] for w in done["words"]]
    assert done["captions"].startswith("1\n00:00:00,000 --> 00:00:0")
    assert text in done["captions"]


def test_a_plain_stream_names_where_its_timings_and_captions_lie(client: openai.OpenAI) -> None:
    answer = speak(client, extra_body={"timestamps": True, "captions": "vtt"})
    timings = httpx.get(answer.response.headers["x-timestamps-url"])
    assert [word["text"] for word in timings.json()["words"]] == TEXT.split()
    captions = httpx.get(answer.response.headers["x-captions-url"])
    assert captions.headers["content-type"].startswith("text/vtt")
    assert captions.text.startswith("WEBVTT\n\n")


def test_a_project_keeps_what_was_streamed(client: openai.OpenAI, server: Server) -> None:
    answer = speak(client, response_format="mp3", extra_body={"project": "novel"})
    url = answer.response.headers["x-render-url"]
    assert url.startswith(f"{server.url}/v1/renders/")
    kept = httpx.get(url)
    assert kept.content == answer.content
    assert kept.headers["content-type"] == "audio/mpeg"


def test_without_a_project_nothing_is_kept(client: openai.OpenAI, server: Server) -> None:
    files, listed = server.files(), server.listed()
    speak(client)
    server.wait_until(lambda: server.running() == 0)
    assert (server.files(), server.listed()) == (files, listed)


@pytest.mark.parametrize("lufs", [-30.0, -20.0])
def test_loudness_is_met(client: openai.OpenAI, lufs: float) -> None:
    samples, rate = decode(speak(client, input=f"{TEXT} {TEXT}", extra_body={"loudness": lufs}).content)
    meter = pyebur128.R128State(1, rate, pyebur128.MeasurementMode.MODE_I)
    meter.add_frames(np.ascontiguousarray(samples[:, 0]), len(samples))
    assert pyebur128.get_loudness_global(meter) == pytest.approx(lufs, abs=0.3)


def test_normalising_can_be_switched(client: openai.OpenAI) -> None:
    on, off = (
        speak(
            client, input="Pay $5.20.", response_format="pcm", extra_body={"normalize": {"currency": switch}}
        )
        for switch in (True, False)
    )
    assert on.content != off.content


def test_a_seed_is_reported_where_none_was_given(client: openai.OpenAI) -> None:
    music = {"background": None, "music": {"genre": "lofi"}}
    first = speak(client, extra_body=music)
    again = speak(client, extra_body={**music, "seed": int(first.response.headers["x-mixdown-seed"])})
    assert again.content == first.content
    assert speak(client, extra_body=music).content != first.content
